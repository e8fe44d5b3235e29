"""PhantomDance: world quaternions of a left-handed frame, read as what they are."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import phantom_dance, sources
from ur3_dancer.learning.data.item import Entry
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.body import SMPL_JOINTS, body_fk


def read(path):
    return phantom_dance.load_motion(Entry(path.stem, "", path.stem, path, path))


def test_when_body_goes_through_its_format_expect_it_back(tmp_path, swaying, write_phantom):
    motion, path = swaying(2.0, rate_hz=30.0), tmp_path / "001.json"
    write_phantom(path, motion)
    found = read(path)
    assert found.rate_hz == 30.0
    np.testing.assert_allclose(body_fk(found), body_fk(motion), atol=1e-5)
    for side in ("right", "left"):
        ours, theirs = (arm_angles_rad(arm_points(body_fk(m), side), side) for m in (found, motion))
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def unity_dancer(path, turned, **changes):
    """A dancer in T-pose, but for the world rotations named: x, y, z, w in Unity's frame."""
    names = ["Pelvis" if n == "pelvis" else n.replace("left_", "L_").replace("right_", "R_")
             for n in SMPL_JOINTS]  # fmt: skip
    quaternions = np.tile([0.0, 0.0, 0.0, 1.0], (3, 24, 1))
    for name, quaternion in turned.items():
        quaternions[:, SMPL_JOINTS.index(name)] = quaternion
    content = {
        "bone_name": names,
        "root_positions": [[0.3, 1.0, 2.0]] * 3,
        "rotations": quaternions.tolist(),
        **changes,
    }
    path.write_text(json.dumps(content))
    return path


def test_when_a_right_arm_is_turned_in_unity_expect_the_right_arm_forward(tmp_path):
    """Unity: x right, z forward, left-handed: about y by -90 degrees, right goes to forward."""
    turn = [0.0, -np.sqrt(0.5), 0.0, np.sqrt(0.5)]
    arm = dict.fromkeys(("right_shoulder", "right_elbow", "right_wrist", "right_hand"), turn)
    motion = read(unity_dancer(tmp_path / "001.json", arm))
    positions = body_fk(motion)[0]
    shoulder, wrist = (
        positions[SMPL_JOINTS.index(name)] for name in ("right_shoulder", "right_wrist")
    )
    limb = (wrist - shoulder) / np.linalg.norm(wrist - shoulder)
    np.testing.assert_allclose(limb, [0, 0, 1], atol=1e-6)
    assert shoulder[0] < positions[SMPL_JOINTS.index("left_shoulder"), 0]
    # The elbow's world rotation is its own, not one on top of the shoulder's.
    angles = arm_angles_rad(arm_points(body_fk(motion), "right"), "right")[0]
    assert angles[2] == pytest.approx(0.0, abs=1e-6)


def test_when_an_arm_is_lowered_expect_it_to_hang(tmp_path):
    """About z by -90 degrees in Unity (x towards -y): the right arm of a T-pose hangs down."""
    turn = [0.0, 0.0, -np.sqrt(0.5), np.sqrt(0.5)]
    arm = dict.fromkeys(("right_shoulder", "right_elbow", "right_wrist", "right_hand"), turn)
    motion = read(unity_dancer(tmp_path / "001.json", arm))
    angles = arm_angles_rad(arm_points(body_fk(motion), "right"), "right")[0]
    assert angles == pytest.approx(np.zeros(4), abs=0.1)
    np.testing.assert_allclose(motion.translation_m[0], [-0.3, 1.0, 2.0], atol=1e-6)


def test_when_quaternions_are_read_in_the_other_order_expect_another_body(tmp_path):
    """The order x, y, z, w matters: a file in w, x, y, z is not understood as the same pose."""
    turn = np.array([0.1, -0.5, 0.2, 0.8])
    right = read(unity_dancer(tmp_path / "001.json", {"right_shoulder": turn}))
    wrong = read(unity_dancer(tmp_path / "002.json", {"right_shoulder": turn[[3, 0, 1, 2]]}))
    assert np.abs(body_fk(right) - body_fk(wrong)).max() > 0.1


def test_when_bones_come_in_another_order_expect_the_same_body(tmp_path, swaying, write_phantom):
    motion, path = swaying(1.0, rate_hz=30.0), tmp_path / "001.json"
    write_phantom(path, motion)
    content, order = json.loads(path.read_text()), np.random.default_rng(0).permutation(24)
    content["bone_name"] = [content["bone_name"][i] for i in order]
    content["rotations"] = np.array(content["rotations"])[:, order].tolist()
    path.write_text(json.dumps(content))
    np.testing.assert_allclose(body_fk(read(path)), body_fk(motion), atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"root_positions": [], "rotations": []}, "holds no frames"),
        ({"rotations": [[[0, 0, 0, 1]] * 24] * 5}, "do not fit"),
        ({"bone_name": ["Pelvis"] * 24}, "not SMPL's 24"),
        ({"bone_name": ["Hips", *["L_Hip"] * 22]}, "not SMPL's 24"),
        ({"rotations": [[[0, 0, 0, float("nan")]] * 24] * 3}, "frame 0 has a rotation"),
        ({"rotations": [[[0, 0, 0, 0]] * 24] * 3}, "frame 0 has a rotation"),
        ({"root_positions": [[0, float("inf"), 0]] * 3}, "not finite"),
        ({"root_positions": [["a", 0, 0]] * 3}, "numbers cannot be read"),
        ({"fps": 60}, "states fps 60, but this set has 30"),
    ],
)
def test_when_motion_is_broken_expect_a_reason(tmp_path, changes, complaint):
    path = unity_dancer(tmp_path / "001.json", {}, **changes)
    with pytest.raises(ConfigError, match=complaint):
        read(path)


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", "{}", '"text"'])
def test_when_file_is_no_motion_expect_a_clear_error(tmp_path, content):
    path = tmp_path / "001.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"JSON|no names|lacks"):
        read(path)


def test_when_some_music_is_missing_expect_a_line(tmp_path, swaying, write_phantom, clicks):
    for name in ("001", "002"):
        write_phantom(tmp_path / f"motion/{name}.json", swaying(1.0, rate_hz=30.0))
    clicks(tmp_path / "music/001.wav", 1.0)
    found = sources.catalogue("phantom-dance", tmp_path)
    assert [each.name for each in found.entries] == ["001"]
    assert found.skipped == ("002: its music music/002.wav is missing",)


def test_when_folder_is_wrong_expect_all_that_it_lacks(tmp_path):
    with pytest.raises(ConfigError, match=r"lacks motion/\*\.json .* and music/\*"):
        sources.catalogue("phantom-dance", tmp_path)
