import numpy as np
import pytest

from ur3_dancer.music.sample_clock import SampleClock

BLOCK, RATE_HZ = 192, 48_000
PERIOD_S = BLOCK / RATE_HZ


def stamps(clock: SampleClock, seconds_s: float, start_s: float = 7.0, drift: float = 0.0):
    """Blocks that arrive up to 12 ms late, in bursts, from a device of the given drift."""
    rng = np.random.default_rng(0)
    count = int(seconds_s / PERIOD_S)
    true_s = start_s + np.arange(1, count + 1) * PERIOD_S * (1 + drift)
    arrival_s = np.maximum.accumulate(true_s + rng.exponential(0.003, count).clip(0, 0.012))
    return true_s - PERIOD_S, np.array([clock.stamp(BLOCK, each_s) for each_s in arrival_s])


def test_when_arrivals_jitter_expect_even_stamps():
    true_s, stamped_s = stamps(SampleClock(RATE_HZ), 20.0)
    np.testing.assert_allclose(np.diff(stamped_s)[500:], PERIOD_S, atol=2e-4)
    np.testing.assert_allclose(stamped_s[500:], true_s[500:], atol=5e-4)


@pytest.mark.parametrize("drift_ppm", [-150, 150])
def test_when_the_device_drifts_expect_stamps_that_follow_and_the_drift_known(drift_ppm):
    clock = SampleClock(RATE_HZ)
    true_s, stamped_s = stamps(clock, 90.0, drift=drift_ppm * 1e-6)
    np.testing.assert_allclose(stamped_s[-500:], true_s[-500:], atol=2e-3)
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=15)


def test_when_sound_is_lost_expect_the_loss_in_samples_once():
    clock = SampleClock(RATE_HZ)
    stamps(clock, 5.0)
    lost = 0
    for index in range(1, 1000):
        clock.stamp(BLOCK, 12.0 + 0.1 + index * PERIOD_S)
        lost += clock.lost_samples()
    assert lost / RATE_HZ == pytest.approx(0.1, abs=0.002)


def test_when_nothing_is_lost_expect_no_loss():
    clock = SampleClock(RATE_HZ)
    stamps(clock, 20.0)
    assert clock.lost_samples() == 0
