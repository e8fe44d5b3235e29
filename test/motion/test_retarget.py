import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.retarget import Retargeting

CONFIG = load_arm_config("ur3")
SPACE = CONFIG.pose_space()
ANGLES = st.lists(st.floats(-np.pi, np.pi), min_size=4, max_size=4)


def to_joints(angles, retargeting=CONFIG.retargeting):
    return retargeting.joints(np.array(angles), CONFIG.home_rad, SPACE)


@given(ANGLES)
def test_when_any_gesture_is_mapped_expect_joints_within_the_limits(angles):
    q = to_joints(angles)
    assert np.all((q >= SPACE.lower_rad) & (q <= SPACE.upper_rad))


def test_when_the_human_arm_is_neutral_expect_home():
    np.testing.assert_allclose(to_joints([0, 0, 0, 0]), CONFIG.home_rad, atol=1e-6)


def test_when_a_small_gesture_is_made_expect_the_stated_gain():
    moved = to_joints([0, 0, 0.02, 0]) - to_joints([0, 0, 0, 0])
    np.testing.assert_allclose(moved, [0, 0, 0.7 * 0.02, 0, 0, 0], atol=1e-5)


def test_when_the_gain_is_configured_expect_it_used_for_whole_sequences():
    flipped = Retargeting.from_dict(
        {"neutral_rad": {"elbow": 0.5}, "gain": {"elbow_joint": {"elbow": -0.5}}}
    )
    q = to_joints([[0, 0, 0.5, 0], [0, 0, 0.6, 0]], flipped)
    assert q.shape == (2, 6)
    np.testing.assert_allclose(q[0], CONFIG.home_rad, atol=1e-6)
    np.testing.assert_allclose(q[1, 2] - q[0, 2], -0.05, atol=1e-3)
