"""AIST++: the real files, and folders with every fault."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import aist, sources
from ur3_dancer.learning.data.item import Entry
from ur3_dancer.motion.arm_angles import SIDES, arm_angles_rad, arm_points
from ur3_dancer.motion.body import SMPL_JOINTS, body_fk


def entry(path):
    return Entry(path.stem, "BR", "mBR0", path, path)


def test_when_real_dances_are_read_expect_upright_people_that_move(aist_mini):
    paths = sorted((aist_mini / "motions").glob("*.pkl"))
    assert len(paths) == 5
    for path in paths:
        item = sources.load("aist", entry(path))
        positions = body_fk(item.motion)
        if path.stem.startswith("gJS"):  # break dancers spend their time on the floor
            head, foot = (SMPL_JOINTS.index(name) for name in ("head", "left_foot"))
            standing_m = positions[:, head, 1] - positions[:, foot, 1]
            assert 1.2 < np.median(standing_m) < 1.7
        place_m = item.motion.translation_m
        assert np.abs(place_m[:, [0, 2]]).max() < 4.0
        speed_m_s = np.linalg.norm(np.diff(place_m, axis=0), axis=1) * 60.0
        assert 0.05 < np.median(speed_m_s) < 3.0
        for side in SIDES:
            angles = arm_angles_rad(arm_points(positions, side), side)
            assert np.isfinite(angles).all()
            assert (angles[:, :3].std(axis=0) > 0.1).all()


def test_when_real_folder_has_no_music_expect_that_said(aist_mini):
    with pytest.raises(ConfigError, match=r"no dance of .* has music: 4 files such as mBR0\.wav"):
        aist.catalogue(aist_mini)


def test_when_folder_is_whole_expect_its_dances_splits_and_ignored_ones(aist_folder):
    found = sources.catalogue("aist", aist_folder())
    assert [each.name[-10:] for each in found.entries] == [
        "_mBR0_ch01",
        "_mBR0_ch02",
        "_mBR1_ch01",
        "_mJS0_ch01",
    ]
    assert {each.genre for each in found.entries} == {"BR", "JS"}
    assert {each.song for each in found.entries} == {"mBR0", "mBR1", "mJS0"}
    assert {part: len(names) for part, names in found.crossmodal.items()} == {
        "train": 2,
        "val": 1,
        "test": 1,
    }
    assert found.label == "recorded"
    assert len(found.skipped) == 1 and "ignore list" in found.skipped[0]


def test_when_some_music_is_missing_expect_its_dances_skipped_with_a_line(aist_folder):
    folder = aist_folder()
    (folder / "music/mBR0.wav").unlink()
    found = aist.catalogue(folder)
    assert len(found.entries) == 2
    assert sum("mBR0.wav is missing" in line for line in found.skipped) == 2


def test_when_music_lies_beside_the_motions_folder_expect_it_found(aist_folder):
    folder = aist_folder()
    (folder / "music/mBR0.wav").rename(folder / "mBR0.wav")
    assert len(aist.catalogue(folder).entries) == 4


@pytest.mark.parametrize("what", ["missing", "file", "empty"])
def test_when_folder_is_wrong_expect_what_it_lacks(tmp_path, what):
    folder = tmp_path / "set"
    if what == "empty":
        folder.mkdir()
    elif what == "file":
        folder.write_text("x")
    lacks = r"lacks motions/\*\.pkl" if what == "empty" else "is no folder"
    with pytest.raises(ConfigError, match=lacks):
        aist.catalogue(folder)


def test_when_translation_is_scaled_expect_metres(tmp_path, swaying, write_aist_motion):
    motion, path = swaying(1.0), tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    write_aist_motion(path, motion, scale=93.5)
    read = aist.load_motion(entry(path))
    assert read.poses_rad == pytest.approx(motion.poses_rad)
    assert read.translation_m == pytest.approx(motion.translation_m, abs=1e-6)
    assert read.rate_hz == 60.0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"smpl_poses": np.zeros((0, 72))}, "holds no frames"),
        ({"smpl_poses": np.full((60, 72), np.nan)}, "frame 0 holds values that are not finite"),
        ({"smpl_poses": np.zeros((60, 69))}, r"shape \(60, 69\), not \(T, 72\)"),
        ({"smpl_trans": None}, "lacks smpl_trans"),
        ({"smpl_trans": np.zeros((5, 3))}, r"shape \(5, 3\) beside 60 poses"),
        ({"smpl_scaling": np.zeros(1)}, "smpl_scaling is"),
        ({"fps": 30}, "states fps 30, but this set has 60"),
        ({"mocap_framerate": 120.0}, "states mocap_framerate 120"),
    ],
)
def test_when_motion_is_broken_expect_a_reason(
    tmp_path, swaying, write_aist_motion, changes, complaint
):
    path = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    write_aist_motion(path, swaying(1.0), **changes)
    with pytest.raises(ConfigError, match=complaint):
        aist.load_motion(entry(path))


def test_when_set_was_generated_expect_its_beats_lyrics_and_genres(aist_folder):
    folder = aist_folder()
    records = [
        {
            "name": path.stem,
            "genre": "popping",
            "beats_s": [0.5, 1.0, 1.5],
            "lyrics": [{"start_s": 1.0, "end_s": 2.0, "text": "hands up", "gesture": "up"}],
        }
        for path in (folder / "motions").glob("*.pkl")
    ]
    path = folder / "generated.json"
    path.write_text(json.dumps({"label": "generated", "songs": records}))
    found = sources.catalogue("generated", folder)
    assert found.label == "generated"
    assert found.entries[0].known_beats_s == (0.5, 1.0, 1.5)
    assert found.entries[0].known_lyrics == ((1.0, 2.0, "hands up"),)
    assert found.entries[0].genre == "popping"
    for broken in ({"label": "recorded", "songs": records}, {"label": "generated"}, [1]):
        path.write_text(json.dumps(broken))
        with pytest.raises(ConfigError, match="does not tell of every dance"):
            sources.catalogue("generated", folder)


def test_when_generated_folder_is_not_whole_expect_that_said(aist_folder):
    with pytest.raises(ConfigError, match=r"lacks generated\.json"):
        sources.catalogue("generated", aist_folder())


def test_when_source_is_unknown_expect_the_choices(tmp_path):
    with pytest.raises(ConfigError, match="choose one of aist, phantom-dance"):
        sources.catalogue("aist++", tmp_path)
