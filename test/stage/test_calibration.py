import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.stage.calibration import Calibration, read, write

SHOW = """# Friday
songs:          # three of them
  - title: one
calibration:    # old
  arm_delay_s: 0.1
  # a word on it
# about the stage
stage: {arm: ur3}
"""


def test_when_a_calibration_is_written_expect_it_read_and_all_else_as_it_was(tmp_path):
    path = tmp_path / "show.yaml"
    path.write_text(SHOW)
    write(path, Calibration(arm_delay_s=0.0463, audio_delay_s=0.021))
    assert read(path) == Calibration(0.0463, 0.021)
    text = path.read_text()
    for line in ("# Friday", "songs:          # three of them", "stage: {arm: ur3}"):
        assert line in text.splitlines()
    assert "0.1\n" not in text
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


@pytest.mark.parametrize("before", ["", "songs: []", "songs: []\n", "a: 1\n\n"])
def test_when_there_was_no_section_expect_it_at_the_end(tmp_path, before):
    path = tmp_path / "show.yaml"
    path.write_text(before)
    write(path, Calibration(arm_delay_s=0.05))
    assert path.read_text().startswith(before)
    assert read(path) == Calibration(0.05, None)


def test_when_one_delay_is_measured_expect_the_other_kept(tmp_path):
    path = tmp_path / "new.yaml"
    write(path, Calibration(arm_delay_s=0.05))
    write(path, Calibration(audio_delay_s=-0.004))
    assert read(path) == Calibration(0.05, -0.004)
    assert read(path).settings() == ["driver.arm_delay_s=0.05", "microphone.delay_s=-0.004"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("calibration: {arm_delay_s: 0.7}", r"calibration\.arm_delay_s is 0\.7: .*0 to 0\.5"),
        ("calibration: {arm_delay_s: yes}", r"calibration\.arm_delay_s is True"),
        ("calibration: {audio_delay_s: soon}", r"calibration\.audio_delay_s is 'soon'"),
        ("calibration: {ear_delay_s: 0.1}", "unknown key 'ear_delay_s'"),
        ("calibration: 3", "calibration is 3"),
        ("calibration: [", "is not valid YAML"),
        ("- a list", "holds no names with values"),
    ],
)
def test_when_a_show_file_is_wrong_expect_the_value_and_nothing_written(tmp_path, text, said):
    path = tmp_path / "show.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read(path)
    with pytest.raises(ConfigError, match=said):
        write(path, Calibration(arm_delay_s=0.1))
    assert path.read_text() == text


def test_when_the_folder_is_missing_expect_the_figures_in_the_error(tmp_path):
    with pytest.raises(ConfigError, match=r"could not be written.*arm_delay_s=0\.1"):
        write(tmp_path / "none" / "show.yaml", Calibration(arm_delay_s=0.1))
