"""JustLMD: bodies in a camera's frame, lyrics, and gaps."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import just_lmd, sources
from ur3_dancer.motion.body import body_fk

SONG = "Songs_2020/OneTwo"


@pytest.fixture
def songs(tmp_path, clicks, swaying, write_lmd):
    """One song that is whole, and one without sound."""
    write_lmd(tmp_path / SONG, swaying(6.0, rate_hz=30.0))
    clicks(tmp_path / SONG / "audio.wav", 9.0)
    write_lmd(tmp_path / "Songs_2021/Silent", swaying(1.0, rate_hz=30.0))
    return tmp_path


def test_when_folder_is_read_expect_songs_with_start_and_lyrics(songs):
    found = sources.catalogue("just-lmd", songs)
    (entry,) = found.entries
    assert (entry.name, entry.genre, entry.song) == ("2020/OneTwo", "2020", "OneTwo")
    assert entry.music_start_s == 1.5
    assert entry.lyrics_path == songs / SONG / "lyrics.lrc"
    assert found.skipped == ("2021/Silent: audio.wav missing",)


def test_when_body_goes_through_its_format_expect_it_upright_again(songs, swaying):
    motion = swaying(6.0, rate_hz=30.0)
    found = sources.load("just-lmd", sources.catalogue("just-lmd", songs).entries[0]).motion
    np.testing.assert_allclose(body_fk(found), body_fk(motion), atol=1e-5)


def test_when_few_frames_are_missing_expect_them_filled(songs, swaying, write_lmd):
    motion = swaying(6.0, rate_hz=30.0)
    write_lmd(songs / SONG, motion, leave_out=(50, 51, 100))
    found = just_lmd.load_motion(sources.catalogue("just-lmd", songs).entries[0])
    assert len(found) == len(motion)
    np.testing.assert_allclose(body_fk(found), body_fk(motion), atol=0.02)
    np.testing.assert_allclose(body_fk(found)[120:], body_fk(motion)[120:], atol=1e-5)


def test_when_many_frames_are_missing_expect_the_dance_to_end_there(songs, swaying, write_lmd):
    write_lmd(songs / SONG, swaying(6.0, rate_hz=30.0), leave_out=range(140, 160))
    found = just_lmd.load_motion(sources.catalogue("just-lmd", songs).entries[0])
    assert len(found) == 140


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({}, "holds no frames"),
        ({"000000": {"annots": []}}, "frames cannot be read"),
        ({"first": {}}, "frames cannot be read"),
        ([1], "no frames by number"),
    ],
)
def test_when_motion_is_broken_expect_a_reason(songs, content, complaint):
    (songs / SONG / "smplfull.json").write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=complaint):
        just_lmd.load_motion(sources.catalogue("just-lmd", songs).entries[0])


def test_when_poses_are_not_finite_or_first_frame_is_missing_expect_a_reason(songs):
    path = songs / SONG / "smplfull.json"
    whole = json.loads(path.read_text())
    entry = sources.catalogue("just-lmd", songs).entries[0]
    whole["000007"]["annots"][0]["Th"] = [[0.0, float("nan"), 0.0]]
    path.write_text(json.dumps(whole))
    with pytest.raises(ConfigError, match="frame 7 holds values that are not finite"):
        just_lmd.load_motion(entry)
    del whole["000000"]
    path.write_text(json.dumps(whole))
    with pytest.raises(ConfigError, match="begins with frame 1"):
        just_lmd.load_motion(entry)


@pytest.mark.parametrize("stamps", [(), ("later",), ("00:01.500", "x")])
def test_when_start_is_unknown_expect_a_line(songs, swaying, write_lmd, stamps):
    write_lmd(songs / SONG, swaying(1.0, rate_hz=30.0), stamps=stamps)
    found = sources.catalogue("just-lmd", songs)
    assert not found.entries
    assert "no time stamps" in found.skipped[0]


def test_when_folder_is_wrong_expect_what_it_lacks(tmp_path):
    with pytest.raises(ConfigError, match=r"lacks Songs_\*/\*/"):
        sources.catalogue("just-lmd", tmp_path)
