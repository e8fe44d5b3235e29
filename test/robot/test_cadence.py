import numpy as np
import pytest
from support.clock import FakeClock

from ur3_dancer.robot.cadence import Cadence, SampleRing
from ur3_dancer.robot.record import Record


def test_when_ticks_are_on_time_expect_the_nominal_rate_and_no_error():
    clock = FakeClock()
    cadence = Cadence(0.008, clock)
    for _ in range(100):
        clock.sleep_until_s(cadence.wait())
        cadence.mark(clock.now_s())
    report = cadence.report()
    assert report["rate_hz"] == pytest.approx(125.0)
    assert report["missed"] == 0
    assert report["period_error_ms"]["max"] == pytest.approx(0.0, abs=1e-6)


def test_when_a_tick_is_very_late_expect_deadlines_skipped_and_counted_never_caught_up():
    clock = FakeClock()
    cadence = Cadence(0.008, clock)
    deadlines = []
    for i in range(20):
        deadlines.append(cadence.wait())
        clock.sleep_until_s(deadlines[-1])
        cadence.mark(clock.now_s())
        if i == 9:
            clock.advance_s(0.030)
    steps = np.diff(deadlines) / 0.008
    np.testing.assert_allclose(steps[[9]], 4.0)
    np.testing.assert_allclose(np.delete(steps, 9), 1.0)
    assert cadence.missed == 3
    assert cadence.report()["period_error_ms"]["max"] == pytest.approx(24.0)


def test_when_nothing_is_streamed_expect_no_missed_deadlines():
    clock = FakeClock()
    cadence = Cadence(0.002, clock)
    cadence.wait()
    clock.advance_s(1.0)
    cadence.wait()
    cadence.rest(0.02)
    assert cadence.missed == 0
    assert cadence.report()["rate_hz"] == 0.0


def test_when_the_ring_is_full_expect_the_newest_and_the_maximum_of_all():
    ring = SampleRing(10)
    assert ring.percentiles() == {"p50": None, "p99": None, "max": None}
    for value in [100.0, *range(30)]:
        ring.add(float(value))
    found = ring.percentiles(2.0)
    assert found["p50"] == pytest.approx(2 * 24.5)
    assert found["max"] == 200.0


def test_when_a_performance_is_recorded_expect_bounded_memory_in_order(tmp_path):
    record = Record(500.0, minutes=1 / 60)
    for i in range(2000):
        record.add(i / 500, [float(i)] * 6, [float(-i)] * 6)
        record.add_energy([1.0, -1.0, 0.0, 0.0, 2.0, -2.0])
    trajectory = record.trajectory()
    assert trajectory["time_s"].shape == (125,)
    assert np.all(np.diff(trajectory["time_s"]) > 0)
    np.testing.assert_allclose(trajectory["sent_rad"], -trajectory["measured_rad"])
    assert record.energy_rad_s == pytest.approx(1.0)
    record.save(tmp_path / "dance.npz")
    with np.load(tmp_path / "dance.npz") as saved:
        np.testing.assert_array_equal(saved["measured_rad"], trajectory["measured_rad"])
