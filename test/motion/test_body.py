import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.body import (
    REST_OFFSETS_M,
    SMPL_JOINTS,
    SMPL_PARENTS,
    BodyMotion,
    body_fk,
)
from ur3_dancer.motion.rotations import matrix_from_axis_angle


def body(frames=2, rate_hz=60.0, **rotations_rad) -> BodyMotion:
    """A body with some joints turned, at the origin."""
    poses = np.zeros((frames, 24, 3))
    for name, rotation in rotations_rad.items():
        poses[:, SMPL_JOINTS.index(name)] = rotation
    return BodyMotion(poses, np.zeros((frames, 3)), rate_hz)


def place(motion: BodyMotion, joint: str) -> np.ndarray:
    return body_fk(motion)[0, SMPL_JOINTS.index(joint)]


def test_when_at_rest_expect_a_t_pose_that_faces_z_with_its_left_at_plus_x():
    positions = body_fk(body())
    for joint, parent in enumerate(SMPL_PARENTS[1:], start=1):
        np.testing.assert_allclose(
            positions[0, joint] - positions[0, parent], REST_OFFSETS_M[joint], atol=1e-12
        )
    assert place(body(), "left_wrist")[0] > 0.7 and place(body(), "right_wrist")[0] < -0.7
    assert place(body(), "left_foot")[2] > 0.1
    height_m = place(body(), "head")[1] - place(body(), "left_foot")[1]
    assert 1.4 < height_m < 1.7


def test_when_left_and_right_are_compared_expect_mirror_images():
    for name, offset in zip(SMPL_JOINTS, REST_OFFSETS_M, strict=True):
        if name.startswith("left_"):
            mirrored = REST_OFFSETS_M[SMPL_JOINTS.index(name.replace("left", "right"))]
            np.testing.assert_array_equal(mirrored, offset * [-1, 1, 1])


def test_when_an_arm_is_turned_down_expect_it_to_hang_and_only_it():
    turned = body(right_shoulder=[0, 0, np.pi / 2])
    down = place(turned, "right_wrist") - place(turned, "right_shoulder")
    np.testing.assert_allclose(down, [0, -0.57, 0], atol=1e-7)
    np.testing.assert_allclose(place(turned, "left_wrist"), place(body(), "left_wrist"))


def test_when_the_elbow_bends_after_the_shoulder_expect_turns_to_add_along_the_chain():
    both = body(left_shoulder=[0, 0.3, 0], left_elbow=[0, 0.4, 0])
    forearm = place(both, "left_wrist") - place(both, "left_elbow")
    expected = matrix_from_axis_angle(np.array([0, 0.7, 0])) @ [0.25, 0, 0]
    np.testing.assert_allclose(forearm, expected, atol=1e-7)


def test_when_the_pelvis_turns_and_moves_expect_the_whole_body_to():
    rng = np.random.default_rng(0)
    poses, root = rng.normal(0, 0.5, (5, 24, 3)), np.array([0.2, -1.0, 0.4])
    still, moved = poses.copy(), poses.copy()
    still[:, 0], moved[:, 0] = 0.0, root
    shift = rng.normal(size=(5, 3))
    expected = body_fk(BodyMotion(still, 0 * shift, 60)) @ matrix_from_axis_angle(root).T
    found = body_fk(BodyMotion(moved, shift, 60))
    np.testing.assert_allclose(found, expected + shift[:, None], atol=1e-6)


def test_when_halved_in_rate_expect_every_second_frame_unchanged():
    rng = np.random.default_rng(1)
    motion = BodyMotion(rng.normal(0, 0.5, (11, 24, 3)), rng.normal(size=(11, 3)), 60)
    half = motion.resample(30)
    np.testing.assert_array_equal(half.poses_rad, motion.poses_rad[::2])
    np.testing.assert_array_equal(half.translation_m, motion.translation_m[::2])
    assert half.rate_hz == 30 and half.duration_s == motion.duration_s
    np.testing.assert_array_equal(motion.resample(60).poses_rad, motion.poses_rad)


def test_when_turning_evenly_expect_any_rate_to_turn_evenly():
    angle_rad = np.arange(31) * 0.2  # goes on through pi, where axis and angle leap
    poses = np.zeros((31, 24, 3))
    poses[:, 16, 1] = (angle_rad + np.pi) % (2 * np.pi) - np.pi
    motion = BodyMotion(poses, np.outer(angle_rad, [1, 0, 0]), 30).resample(47)
    turned = matrix_from_axis_angle(motion.poses_rad[:, 16])
    expected = np.zeros((len(motion), 3))
    expected[:, 1] = np.arange(len(motion)) / 47 * 30 * 0.2
    np.testing.assert_allclose(turned, matrix_from_axis_angle(expected), atol=1e-5)
    np.testing.assert_allclose(motion.translation_m[:, 0], expected[:, 1], atol=1e-5)


def test_when_times_lie_outside_expect_the_ends():
    motion = body(frames=3, left_knee=[0.4, 0, 0]).at(np.array([-1.0, 9.0]), 60)
    np.testing.assert_allclose(motion.poses_rad[:, 4, 0], 0.4)
    assert len(body(frames=1).resample(30)) == 1


@pytest.mark.parametrize(
    ("poses", "translation", "rate_hz", "text"),
    [
        (np.zeros((4, 72)), np.zeros((4, 3)), 60, r"\(4, 72\)"),
        (np.zeros((0, 24, 3)), np.zeros((0, 3)), 60, "T >= 1"),
        (np.zeros((4, 24, 3)), np.zeros((3, 3)), 60, r"\(3, 3\)"),
        (np.full((4, 24, 3), np.nan), np.zeros((4, 3)), 60, "frame 0"),
        (np.zeros((4, 24, 3)), np.zeros((4, 3)), 0, "0 Hz"),
    ],
)
def test_when_a_motion_is_impossible_expect_the_value_named(poses, translation, rate_hz, text):
    with pytest.raises(ConfigError, match=text):
        BodyMotion(poses, translation, rate_hz)
