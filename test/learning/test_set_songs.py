import numpy as np
import pytest
from support.tiny_set import write_tiny_set

from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.set_songs import arm_angles_from_joints, mean_pose_rad, set_songs
from ur3_dancer.learning.turns import around_neutral


def test_when_a_set_is_read_expect_names_times_and_angles_of_its_test_part(tmp_path, ur3):
    prepared = write_tiny_set(tmp_path)
    first, second = set_songs(prepared, "crossmodal", "test", MDLT_ARM, ur3)
    assert [first.dance.name, second.dance.name] == ["gbreak_00", "glock_03"]
    assert (second.dance.genre, second.music) == ("lock", "mlock3")
    assert first.dance.times_s[0] == pytest.approx(1 / 60)
    assert first.frames.shape == (360, 438) and second.dance.poses_rad.shape == (360, 4)
    np.testing.assert_array_equal(second.dance.poses_rad, prepared.arm_angles_rad[1080:1440])
    np.testing.assert_allclose(mean_pose_rad([first, second])[2], 0.2, atol=0.05)


def test_when_the_model_speaks_joints_expect_the_truth_retargeted(tmp_path, ur3):
    prepared = write_tiny_set(tmp_path)
    space = ur3.pose_space()
    (song, _) = set_songs(prepared, "crossmodal", "test", space, ur3)
    assert song.dance.poses_rad.shape == (360, 6)
    assert (np.abs(space.to_unit(song.dance.poses_rad)) < 1.0).all()
    back = arm_angles_from_joints(song.dance.poses_rad, ur3)
    np.testing.assert_allclose(back, prepared.arm_angles_rad[:360], atol=1e-4)


def test_when_a_dance_began_a_turn_away_expect_no_error_of_a_turn(tmp_path, ur3):
    prepared = write_tiny_set(tmp_path, turns=-2)
    (song, _) = set_songs(prepared, "crossmodal", "test", MDLT_ARM, ur3)
    assert np.abs(song.dance.poses_rad).max() < 1.0
    angles = np.array([[3.0, -7.0], [3.2, -7.2]])
    np.testing.assert_allclose(around_neutral(angles), angles + np.array([0, 2 * np.pi]))


def test_when_a_part_is_empty_expect_config_error_naming_the_split(tmp_path, ur3):
    prepared = write_tiny_set(tmp_path)
    with pytest.raises(ConfigError, match="val part of split crossmodal is empty"):
        set_songs(prepared, "crossmodal", "val", MDLT_ARM, ur3)
    with pytest.raises(ConfigError, match="waltz"):
        set_songs(prepared, "genre:waltz", "test", MDLT_ARM, ur3)
