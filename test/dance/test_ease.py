import numpy as np
import pytest

from ur3_dancer.dance.ease import (
    PEAK_ACCELERATION,
    PEAK_VELOCITY,
    Ease,
    State,
    minimum_jerk,
    travel_limit_rad,
)


def test_when_rest_to_rest_expect_minimum_jerk():
    ease = Ease(2.0, 2.5, State.at_rest(np.zeros(6)), np.ones(6))
    times_s = np.linspace(2.0, 2.5, 50)
    expected = minimum_jerk((times_s - 2.0) / 0.5)
    np.testing.assert_allclose(ease.poses(times_s)[:, 3], expected, atol=1e-12)


def test_when_replanned_on_the_way_expect_the_same_curve():
    goal = np.array([0.3, -0.2, 0.1, 0.0, 0.5, -0.6])
    ease = Ease(0.0, 0.6, State.at_rest(np.zeros(6)), goal)
    again = Ease(0.25, 0.6, ease.state(0.25), goal)
    times_s = np.linspace(0.25, 0.6, 40)
    np.testing.assert_allclose(again.poses(times_s), ease.poses(times_s), atol=1e-12)


def test_when_it_ends_expect_rest_at_the_goal():
    moving = State(np.zeros(6), np.full(6, 0.7), np.full(6, -2.0))
    end = Ease(1.0, 1.4, moving, np.full(6, 0.2)).state(1.4)
    np.testing.assert_allclose(end.q, 0.2)
    assert not end.dq.any() and not end.ddq.any()


def test_when_state_is_asked_expect_derivatives_of_the_poses():
    moving = State(np.zeros(6), np.full(6, 0.7), np.full(6, -2.0))
    ease = Ease(1.0, 1.4, moving, np.full(6, 0.2))
    step_s = 1e-5
    before, now, after = ease.poses(np.array([1.2 - step_s, 1.2, 1.2 + step_s]))
    state = ease.state(1.2)
    np.testing.assert_allclose(state.dq, (after - before) / (2 * step_s), rtol=1e-6)
    np.testing.assert_allclose(state.ddq, (after - 2 * now + before) / step_s**2, rtol=1e-3)


def test_when_travel_is_at_its_limit_expect_peaks_at_the_limits():
    velocity, acceleration = np.full(6, 2.0), np.full(6, 8.0)
    for duration_s in (0.3, 2.0):
        travel = travel_limit_rad(duration_s, velocity, acceleration)
        ease = Ease(0.0, duration_s, State.at_rest(np.zeros(6)), travel)
        peak_velocity, peak_acceleration = ease.peaks(2001)
        worst = np.maximum(peak_velocity / velocity, peak_acceleration / acceleration)
        np.testing.assert_allclose(worst, 1.0, rtol=1e-4)


@pytest.mark.parametrize(("derivative", "peak"), [(1, PEAK_VELOCITY), (2, PEAK_ACCELERATION)])
def test_when_peaks_are_stated_expect_those_of_the_curve(derivative, peak):
    phase = np.linspace(0.0, 1.0, 4001)
    curve = minimum_jerk(phase)
    for _ in range(derivative):
        curve = np.gradient(curve, phase)
    assert np.abs(curve).max() == pytest.approx(peak, rel=1e-3)
