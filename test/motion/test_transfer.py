import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.transfer import longest_stop_s, move_to, stop_from

CONFIG = load_arm_config("ur3")
LIMITS = CONFIG.limits
ZERO = [0.0] * 6


def derivatives(path, rate_hz=1000):
    times = np.arange(0.0, path.duration_s, 1 / rate_hz)
    q = np.array([path.sample(path.end_s - path.duration_s + t)[0] for t in times])
    return [np.diff(q, n, axis=0) * rate_hz**n for n in (1, 2, 3)]


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_when_going_home_expect_its_share_of_the_limits_and_rest_there(share):
    upright = [0, -np.pi / 2, 0, -np.pi / 2, 0, 0]
    path = move_to(CONFIG.home_rad, upright, ZERO, ZERO, LIMITS, 5.0, share)
    velocity, acceleration, jerk = derivatives(path)
    assert np.all(np.abs(velocity) <= share * LIMITS.velocity_rad_s)
    assert np.all(np.abs(acceleration) <= share**2 * LIMITS.acceleration_rad_s2)
    assert np.all(np.abs(jerk) <= 1.01 * share**3 * LIMITS.jerk_rad_s3)
    np.testing.assert_allclose(path.sample(0.0)[0], upright)
    q, dq = path.sample(path.end_s + 1.0)
    np.testing.assert_allclose(q, CONFIG.home_rad, atol=1e-9)
    assert dq == ZERO


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12))
@example([0.0] * 10 + [0.984375] * 2)  # two joints alike, both all but at their limit
@example([0.0] * 10 + [1.0] * 2)
@example([1.0] * 12)
def test_when_stopping_from_any_motion_expect_rest_in_the_stated_time_and_bounded_jerk(shares):
    dq = np.array(shares[:6]) * LIMITS.velocity_rad_s
    ddq = np.array(shares[6:]) * LIMITS.acceleration_rad_s2
    path = stop_from(CONFIG.home_rad, dq, ddq, LIMITS, 0.0)
    assert path.duration_s <= longest_stop_s(LIMITS)
    np.testing.assert_allclose(path.sample(path.end_s)[1], 0.0, atol=1e-9)
    if path.duration_s > 0.01:
        _, _, jerk = derivatives(path)
        assert np.all(np.abs(jerk) <= 1.01 * LIMITS.jerk_rad_s3)
