import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.pulse import null_sink, pulse_missing

from ur3_dancer.errors import AudioError
from ur3_dancer.music.measure_audio_path import CLICKS, click_track, find_delay

REPOSITORY = Path(__file__).parents[2]
RATE_HZ = 48_000
# PortAudio reads its environment once a process.
MEASURE = """
import json
from ur3_dancer.music.loudspeaker import Loudspeaker
from ur3_dancer.music.measure_audio_path import measure_audio_path
from ur3_dancer.music.microphone import Microphone
path = measure_audio_path(Microphone("pulse"), Loudspeaker("pulse"))
late = measure_audio_path(Microphone("pulse", delay_s=0.05), Loudspeaker("pulse"))
print(json.dumps([path.delay_s, path.heard, late.delay_s]))
"""


def hear(delay_s, room_s=0.0, noise=0.0, keep=CLICKS):
    """What a microphone hears of the track `delay_s` later, and when the clicks left."""
    samples, starts_s = click_track(RATE_HZ)
    if keep < CLICKS:
        samples[int((starts_s[keep] - 0.05) * RATE_HZ) :] = 0.0
    random = np.random.default_rng(1)
    heard = np.zeros(len(samples) + 3 * RATE_HZ, np.float32)
    first = round((0.5 + delay_s) * RATE_HZ)
    if room_s:
        echo = random.standard_normal(int(room_s * RATE_HZ)) * 0.05
        samples = np.convolve(samples, np.concatenate([[1.0], echo]))[: len(samples)]
    heard[first : first + len(samples)] += samples.astype(np.float32)
    return heard + noise * random.standard_normal(len(heard)).astype(np.float32), starts_s


@pytest.mark.parametrize("delay_s", [-0.1, -0.01, 0.0, 0.013, 0.25, 0.8])
def test_when_sound_comes_late_expect_by_how_much(delay_s):
    heard, starts_s = hear(delay_s, room_s=0.1, noise=0.02)
    path = find_delay(heard, 99.5, RATE_HZ, 100.0 + starts_s)
    assert path.delay_s == pytest.approx(delay_s, abs=0.001)
    assert path.heard == path.played == CLICKS


@pytest.mark.parametrize(("noise", "keep"), [(3.0, CLICKS), (0.01, 5), (0.01, 0)])
def test_when_clicks_are_lost_in_noise_or_in_the_air_expect_what_to_do(noise, keep):
    heard, starts_s = hear(0.05, noise=noise, keep=keep)
    with pytest.raises(AudioError, match=r"only \d+ of 12 clicks were heard: turn the loudspeaker"):
        find_delay(heard, 99.5, RATE_HZ, 100.0 + starts_s)


def test_when_the_microphone_heard_another_time_expect_it_said():
    heard, starts_s = hear(0.05)
    with pytest.raises(AudioError, match="did not hear the whole measurement"):
        find_delay(heard, 500.0, RATE_HZ, 100.0 + starts_s)


@pytest.mark.skipif(bool(pulse_missing()), reason=pulse_missing() or "present")
@pytest.mark.slow
def test_when_a_loudspeaker_plays_into_a_microphone_expect_its_path_measured():
    with null_sink() as sink:
        done = subprocess.run(
            [sys.executable, "-c", MEASURE],
            env=sink.env | {"PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    delay_s, heard, late_s = json.loads(done.stdout)
    assert heard >= 8
    assert abs(delay_s) < 0.1, "a null sink has no air in it"
    assert delay_s - late_s == pytest.approx(0.05, abs=0.03), "a known delay is taken off"
