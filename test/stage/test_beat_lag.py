"""The beat lag of motions whose lag is known."""

import numpy as np
import pytest

from ur3_dancer.stage import beat_lag

BEATS_S = 10.0 + 0.5 * np.arange(40)


def moves_between(times_s: np.ndarray, beats_s: np.ndarray) -> np.ndarray:
    """Minimum-jerk moves to and fro that rest exactly on each beat."""
    i = np.clip(np.searchsorted(beats_s, times_s, side="right") - 1, 0, len(beats_s) - 2)
    u = np.clip((times_s - beats_s[i]) / (beats_s[i + 1] - beats_s[i]), 0, 1)
    ease = u**3 * (10 - 15 * u + 6 * u**2)
    position = np.where(i % 2 == 0, ease, 1 - ease)
    return np.stack([position * 0.4, *[position * 0.1] * 5], axis=1)


@pytest.mark.parametrize("lag_s", [0.0, 0.04, -0.06])
def test_when_motion_lags_expect_that_lag(lag_s):
    times_s = np.arange(10.0, 29.5, 0.008)
    q_rad = moves_between(times_s - lag_s, BEATS_S)
    result = beat_lag.summary(times_s, q_rad, BEATS_S)
    assert result["median"] == pytest.approx(1000 * lag_s, abs=6)
    assert result["iqr"] < 10
    assert result["beats"] >= 34


def test_when_motion_has_nothing_to_do_with_the_beat_expect_a_wide_spread():
    times_s = np.arange(10.0, 29.5, 0.008)
    rng = np.random.default_rng(3)
    foreign = np.cumsum(rng.uniform(0.3, 0.8, 40)) + 9.5
    result = beat_lag.summary(times_s, moves_between(times_s, foreign), BEATS_S)
    assert result["iqr"] > 100


def test_when_the_arm_rests_or_trembles_expect_no_lag():
    times_s = np.arange(10.0, 20.0, 0.008)
    still = np.zeros((len(times_s), 6))
    noise = np.random.default_rng(4).normal(scale=1e-6, size=still.shape)
    assert beat_lag.summary(times_s, still, BEATS_S) is None
    assert beat_lag.summary(times_s, noise, BEATS_S) is None


def test_when_no_beat_is_known_expect_null():
    times_s = np.arange(10.0, 20.0, 0.008)
    assert beat_lag.summary(times_s, moves_between(times_s, BEATS_S), None) is None
    assert beat_lag.summary(times_s[:1], np.zeros((1, 6)), BEATS_S) is None
