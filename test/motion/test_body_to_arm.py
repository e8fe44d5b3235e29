import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion
from ur3_dancer.motion.body_pose import to_vector
from ur3_dancer.motion.body_to_arm import arm_angles_of


def standing(frames=5):
    """Vectors of a body whose right arm hangs."""
    poses = np.zeros((frames, 24, 3))
    shoulder = SMPL_JOINTS.index("right_shoulder")
    poses[:, shoulder, 2] = np.pi / 2  # from the T-pose down to the thigh
    hanging = BodyMotion(poses, np.zeros((frames, 3)), 30.0)
    return to_vector(hanging)


def test_when_the_arm_hangs_expect_angles_of_zero_and_the_robot_near_home():
    arm = load_arm_config("ur3")
    assert (
        np.abs(arm_angles_of(standing(), "right")).max() < 0.06
    )  # the rest skeleton leans a little
    near = arm.pose_space().to_rad(np.tanh(arm.pose_space().to_unit(arm.home_rad)))
    assert arm.joints_from_body(standing())[0] == pytest.approx(near, abs=0.06)


def test_when_any_numbers_are_given_expect_joints_inside_the_limits():
    arm = load_arm_config("ur3")
    wild = np.random.default_rng(0).normal(size=(200, 147))
    joints = arm.joints_from_body(wild)
    assert joints.shape == (200, 6)
    assert (joints >= arm.limits.lower_rad).all()
    assert (joints <= arm.limits.upper_rad).all()


def test_when_poses_are_not_finite_or_of_another_width_expect_refusal():
    wrong = standing()
    wrong[2, 50] = np.nan
    with pytest.raises(ConfigError, match="NaN"):
        arm_angles_of(wrong, "right")
    with pytest.raises(ConfigError, match="147"):
        arm_angles_of(standing()[:, :100], "right")
    with pytest.raises(ConfigError, match="side"):
        arm_angles_of(standing(), "both")
