import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.recorder import Recorder
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import SPECS

REPOSITORY = Path(__file__).parents[2]
RATE_HZ = 48_000


@pytest.mark.parametrize("ending", [".wav", ".w64"])
def test_when_a_performance_is_recorded_and_replayed_expect_its_frames_bit_for_bit(
    tmp_path, ending
):
    spec = SPECS["mdlt60"]
    recorder = Recorder(tmp_path / f"heard{ending}", RATE_HZ)
    listener = Listener(spec, 1, RATE_HZ, gain_db=9.0, recorder=recorder)
    samples = np.random.default_rng(0).normal(0.0, 0.2, 2 * RATE_HZ).astype(np.float32)
    samples[5_000:5_100] = np.nan
    windows = []
    for start in range(0, len(samples), 192):
        if 20_000 < start < 26_000:
            continue  # lost on the way: recorded as silence
        block = Block(samples[start : start + 192], 3.0 + start / RATE_HZ)
        windows += listener.process(block)
    recorder.close()
    recorder.close()
    replayed, rate_hz = soundfile.read(recorder.path, dtype="float32")
    assert (rate_hz, len(replayed), recorder.lost, recorder.failure) == (
        RATE_HZ,
        2 * RATE_HZ,
        0,
        "",
    )
    assert listener.gaps == 1 and np.count_nonzero(replayed[20_200:25_900]) == 0
    frames = FeatureStream(spec).process(Resampler(RATE_HZ, spec.sample_rate_hz).process(replayed))
    np.testing.assert_array_equal(np.concatenate([each.frames for each in windows]), frames)


def test_when_the_file_exists_expect_it_left_alone(tmp_path):
    for expected in ("heard.flac", "heard-2.flac", "heard-3.flac"):
        recorder = Recorder(tmp_path / "heard.flac", RATE_HZ)
        recorder.take(np.zeros(100, np.float32))
        recorder.close()
        assert recorder.path.name == expected
    assert soundfile.info(tmp_path / "heard.flac").frames == 100


@pytest.mark.parametrize(
    ("name", "text"), [("heard.mp3", "ends in .wav"), ("no/where/heard.wav", "another folder")]
)
def test_when_nothing_can_be_recorded_expect_the_reason_before_the_show(tmp_path, name, text):
    with pytest.raises(AudioError, match=text) as caught:
        Recorder(tmp_path / name, RATE_HZ)
    assert name in str(caught.value)


FULL_DISK = """
import resource, sys, time
import numpy as np
from ur3_dancer.music.recorder import Recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
recorder = Recorder(sys.argv[1], 48_000)
for _ in range(50):
    recorder.take(np.zeros(4800, np.float32))
recorder.close()
print(recorder.failure)
"""


def test_when_the_disk_is_full_expect_the_music_to_go_on_and_the_reason_kept(tmp_path):
    path = tmp_path / "heard.wav"
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert answer.returncode == 0, answer.stderr
    assert str(path) in answer.stdout and "free some space" in answer.stdout
    assert 20_000 < soundfile.info(path).frames < 25_001
