import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.stage.rehearsal.folder import Folder


def test_when_a_file_cannot_be_made_expect_none_of_it_and_the_reason(tmp_path):
    folder = Folder(tmp_path / "out")

    def half(part):
        part.write_text("half of it")
        raise ConfigError("no ffmpeg: install it")

    assert folder.put("rehearsal.mp4", half) is None
    assert list(folder.path.iterdir()) == []
    assert folder.left_out == ["rehearsal.mp4 is left out: no ffmpeg: install it"]


def test_when_interrupted_expect_no_half_written_file(tmp_path):
    folder = Folder(tmp_path)

    def interrupted(part):
        part.write_text("half of it")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.put("report.json", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_when_cleared_expect_an_earlier_rehearsal_gone_and_other_files_kept(tmp_path):
    folder = Folder(tmp_path)
    folder.put_json("report.json", {"old": 1})
    (tmp_path / "notes.txt").write_text("mine")
    folder.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_when_the_folder_is_a_file_expect_config_error(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(ConfigError, match="out cannot be written"):
        Folder(tmp_path / "out")
