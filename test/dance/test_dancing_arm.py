import numpy as np
import pytest

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS

SPACE = PoseSpace("UR3", JOINTS, np.full(6, -1.0), np.full(6, 1.0))


def arm(**changes):
    settings = {
        "pose_space": SPACE,
        "home_rad": np.zeros(6),
        "velocity_rad_s": np.full(6, 2.0),
        "acceleration_rad_s2": np.full(6, 10.0),
    }
    return DancingArm(**{**settings, **changes})


def test_when_inside_expect_soft_limit_to_change_nothing():
    q = np.linspace(-0.8, 0.8, 41)[:, None] * np.ones(6)
    np.testing.assert_allclose(arm().soft_limit(q), q)


def test_when_far_outside_expect_soft_limit_within_bounds_and_monotonic():
    q = np.linspace(-3.0, 3.0, 400)[:, None] * np.ones(6)
    limited = arm().soft_limit(q)
    assert (np.abs(limited) <= 1.0).all()
    assert (np.diff(limited, axis=0) >= 0.0).all()
    slope = np.diff(limited, axis=0) / np.diff(q, axis=0)
    assert slope.max() <= 1.0 + 1e-9


def test_when_beats_are_fast_expect_keys_shrunk_to_what_limits_allow():
    cycle = np.array([[0.5], [-0.5], [0.5], [-0.5]]) * np.ones(6)
    slow, fast = (arm().key_rad(cycle, 0, period_s) for period_s in (2.0, 0.3))
    np.testing.assert_allclose(slow, 0.5)
    np.testing.assert_allclose(2 * fast, arm().travel_rad(0.3))


def test_when_goal_is_too_far_expect_the_way_cut_short_in_its_direction():
    reached = arm().towards(np.zeros(6), np.arange(6.0), 0.3)
    assert reached[5] == pytest.approx(arm().travel_rad(0.3)[5])
    np.testing.assert_allclose(reached / reached[5], np.arange(6.0) / 5)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"home_rad": np.full(6, 1.5)}, "1.5"),
        ({"home_rad": np.zeros(5)}, "6 joints"),
        ({"home_rad": np.full(6, np.nan)}, "nan"),
        ({"velocity_rad_s": np.zeros(6)}, "positive"),
        ({"acceleration_rad_s2": np.full(6, -1.0)}, "-1.0"),
    ],
)
def test_when_values_cannot_be_expect_config_error_naming_them(changes, named):
    with pytest.raises(ConfigError, match=named):
        arm(**changes)
