import re

import numpy as np
import pytest

from ur3_dancer.dance.lyrics.lrc import read_lrc
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.generated_set import layout
from ur3_dancer.motion.body import BodyMotion

AIST_NAME = re.compile(r"g[A-Z]{2}_s(BM|FM)_cAll_d\d{2}_m[A-Z]{2}\d+_ch\d{2}")


def test_when_songs_are_named_expect_aist_s_pattern_and_each_music_once():
    names = [layout.song_name(index) for index in range(200)]
    assert len(set(names)) == len({music for _, music in names}) == 200
    assert all(AIST_NAME.fullmatch(name) and f"_{music}_" in name for name, music in names)
    assert {music for _, music in names[:10]} >= {"mPU0", "mSK0", "mSK1", "mTR0"}


def test_when_songs_are_parted_expect_a_tenth_each_of_another_style_each_time():
    parts = [layout.part_of(index) for index in range(100)]
    assert [parts.count(part) for part in layout.PARTS] == [80, 10, 10]
    assert set(parts[:3]) == set(layout.PARTS)
    for part in ("val", "test"):
        assert {index % 10 for index in range(100) if parts[index] == part} == set(range(10))


def test_when_writing_fails_expect_a_clear_error_and_neither_the_file_nor_a_part_of_it(tmp_path):
    path = tmp_path / "file.bin"

    def full(beside):
        beside.write_bytes(b"some")
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match=r"file\.bin.*No space left"):
        layout.write_beside(path, full)
    assert not list(tmp_path.iterdir())
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"):
        layout.write_beside(tmp_path / "taken" / "file.bin", full)


def test_when_motion_is_written_expect_aist_s_arrays(tmp_path):
    from ur3_dancer.learning.data.safe_pickle import load_arrays

    rng = np.random.default_rng(0)
    motion = BodyMotion(rng.normal(size=(7, 24, 3)), rng.normal(size=(7, 3)), 60)
    layout.write_motion(tmp_path / "motion.pkl", motion)
    arrays = load_arrays(tmp_path / "motion.pkl")
    np.testing.assert_array_equal(arrays["smpl_poses"], motion.poses_rad.reshape(7, 72))
    metres = arrays["smpl_trans"] / arrays["smpl_scaling"]
    np.testing.assert_allclose(metres, motion.translation_m, rtol=1e-6)
    assert {values.dtype for values in arrays.values()} == {np.dtype("float32")}


def test_when_lyrics_are_written_expect_them_read_back_to_a_hundredth_of_a_second(tmp_path):
    lines = [
        {"start_s": 1.234, "end_s": 3.5, "text": "put your hands up"},
        {"start_s": 3.51, "end_s": 5.0, "text": "stop, do not move"},
        {"start_s": 61.0, "end_s": 63.999, "text": "turn around"},
    ]
    layout.write_lyrics(tmp_path / "song.lrc", "mPU0", lines)
    lyrics = read_lrc(tmp_path / "song.lrc")
    assert (lyrics.title, lyrics.artist, lyrics.notes) == ("mPU0", "generated", ())
    for line, found in zip(lines, lyrics.lines, strict=True):
        assert found.text == line["text"]
        assert found.start_s == pytest.approx(line["start_s"], abs=0.0051)
        assert found.end_s == pytest.approx(line["end_s"], abs=0.0151)
