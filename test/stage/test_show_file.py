import pytest

from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.stage.calibration import Calibration
from ur3_dancer.stage.show_file import read_show


def models(name):
    if name not in ("mdlt-m", "mdlt-t", "groove"):
        raise CheckpointError(f"unknown model {name!r}: choose mdlt-t or groove")


@pytest.fixture
def show(tmp_path):
    (tmp_path / "one.ogg").write_bytes(b"sound")

    def write(text):
        path = tmp_path / "show.yaml"
        path.write_text(text)
        return path

    return write


def test_when_a_show_is_read_expect_songs_with_their_defaults_and_files_beside_it(show, tmp_path):
    path = show(
        """
title: Friday
defaults: {model: groove, amplitude: 0.5}
songs:
  - {title: One, audio: one.ogg, cue: service}
  - {audio: demo, model: mdlt-t, amplitude: 1, duration_s: 30}
  - {title: Three, cue: level}
calibration: {arm_delay_s: 0.05}
"""
    )
    read = read_show(path, models)
    one, two, three = read.songs
    assert (one.audio, one.model, one.amplitude) == (str(tmp_path / "one.ogg"), "groove", 0.5)
    assert (two.title, two.model, two.amplitude, two.duration_s) == ("song 2", "mdlt-t", 1.0, 30.0)
    assert (three.audio, three.cue) == ("mic", "level")
    assert read.idle == "breathe" and read.simulated
    assert read.calibration == Calibration(0.05, None)


def test_when_much_is_wrong_expect_all_of_it_at_once(show, tmp_path):
    path = show(
        """
titel: Friday
idle: sleep
arm: nobody.yaml
defaults: {amplitud: 1}
songs:
  - {title: One, audio: none.ogg, amplitude: 2}
  - {title: Two, cue: shout, model: waltz}
  - {title: Three, audio: demo, cue: level, lyrics: three.lrc}
  - {title: Four, seed: many, duration_s: -1, model: waltz}
  - just a name
calibration: {arm_delay_s: 9}
"""
    )
    with pytest.raises(ConfigError) as error:
        read_show(path, models)
    said = str(error.value)
    for part in (
        "unknown key 'titel'",
        "idle is 'sleep'",
        "nobody.yaml",
        "defaults has an unknown key 'amplitud'",
        f"song 1 (One): audio: there is no file {tmp_path / 'none.ogg'}",
        "song 1 (One): amplitude is 2",
        "song 2 (Two): cue is 'shout'",
        "Two, Four: unknown model 'waltz'",
        "song 3 (Three): a cue by level needs audio: mic",
        "song 3 (Three): lyrics: there is no file",
        "song 4 (Four): seed is 'many'",
        "song 4 (Four): duration_s is -1",
        "song 5 is 'just a name'",
        "arm_delay_s is 9",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("songs: []", "songs is missing or empty"),
        ("title: x", "songs is missing or empty"),
        ("- one", "holds no names with values"),
        ("songs: [", "is not valid YAML"),
    ],
)
def test_when_there_is_no_show_in_the_file_expect_it_said(show, text, said):
    with pytest.raises(ConfigError, match=said):
        read_show(show(text), models)


def test_when_the_file_is_missing_expect_its_name(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read"):
        read_show(tmp_path / "none.yaml", models)


def test_when_the_arm_is_physical_expect_no_start_that_nobody_asked_for(show):
    text = "robot_ip: 192.168.1.20\nsongs:\n  - {title: One, cue: level}\n  - {title: Two}\n"
    with pytest.raises(ConfigError) as error:
        read_show(show(text), models)
    assert "set allow_motion: true" in str(error.value)
    assert "One: cue 'level' would start a physical arm unasked" in str(error.value)
    assert "Two: cue" not in str(error.value)
    text = "robot_ip: 192.168.1.20\nallow_motion: true\nsongs:\n  - {title: Two}\n"
    assert not read_show(show(text), models).simulated
