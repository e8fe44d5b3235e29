"""Recorded songs, and the beats that are given with them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ur3_dancer.cli.main import main
from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.errors import AudioError, ConfigError
from ur3_dancer.learning.evaluation import evaluate
from ur3_dancer.learning.recorded import hear_file, read_beats

RECORDINGS = Path(__file__).parents[3] / "shared/data/audio"
BEATS = Path(__file__).parent / "recordings"


@pytest.fixture
def noise(tmp_path):
    """Twelve seconds of noise, in which librosa need not look for a beat."""
    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 12 * 24_000), 24_000)
    return path


def test_when_a_file_is_no_audio_expect_audio_error_naming_it(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    with pytest.raises(AudioError, match=r"text\.wav"):
        hear_file(path, "mdlt60")


def test_when_beats_are_given_expect_them_and_their_name(noise, tmp_path):
    beats = tmp_path / "noise.txt"
    beats.write_text("# of noise\n0.5\t1\n1.0\t2\n\n1.75\t3\n")
    song = hear_file(noise, "mdlt60", beats)
    assert song.beats_s.tolist() == [0.5, 1.0, 1.75]
    assert (song.name, song.beats_by) == ("noise.wav", "noise.txt")
    assert len(song.frames) == 12 * 60


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "are 0: give at least two"),
        (b"1.0\n", "are 1: give at least two"),
        (b"one\ntwo\n", "no list of times"),
        (b"\x00\xff\xfe\x00", "no list of times"),
        (b"1.0\n0.5\n", "beat 2 of .* is 0.5: each must be later"),
        (b"1.0\n1.0\n", "beat 2 of .* is 1: each must be later"),
        (b"1.0\nnan\n", "beat 2 of .* is nan"),
        (b"nan\n1.0\n", "beat 1 of .* is nan"),
        (b"1.0\ninf\n", "beat 2 of .* is inf"),
        (b"-1.0\n2.0\n", "reach from -1 to 2 s, but the song from 0 to 9 s"),
        (b"1.0\n9.5\n", "reach from 1 to 9.5 s, but the song from 0 to 9 s"),
    ],
)
def test_when_beats_cannot_be_used_expect_what_is_wrong_and_where(tmp_path, content, complaint):
    path = tmp_path / "beats.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=complaint) as error:
        read_beats(path, 9.0)
    assert "beats.txt" in str(error.value)


@pytest.mark.parametrize("name", ["none.txt", "."])
def test_when_there_are_no_beats_expect_config_error(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_beats(tmp_path / name, 9.0)


def test_when_evaluated_with_beats_expect_said_whose_they_are(noise, tmp_path, capsys):
    beats = tmp_path / "noise.txt"
    beats.write_text("".join(f"{0.5 * i}\n" for i in range(1, 24)))
    verb = ["evaluate", "mean-pose", "--alone", "--audio", str(noise), "--beats", str(beats)]
    assert main(verb) == 0
    assert "noise.wav at 120 BPM (noise.txt)" in " ".join(capsys.readouterr().out.split())


def test_when_given_beats_end_before_the_measuring_expect_config_error(noise, tmp_path, ur3):
    beats = tmp_path / "noise.txt"
    beats.write_text("1.0\n2.0\n")
    song = hear_file(noise, "mdlt60", beats)
    with pytest.raises(ConfigError, match=r"noise\.wav has no two beats after 8 s"):
        evaluate(load_policy("mean-pose", ur3), ur3, [song])


@pytest.mark.parametrize("name", ["vibe_ace", "lets_go_fishin", "hungarian_dance_5"])
def test_when_the_kept_beats_are_read_expect_those_of_the_recording(name):
    path = RECORDINGS / f"{name}.ogg"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    assert len(read_beats(BEATS / f"{name}.beats.txt", soundfile.info(path).duration)) > 90
