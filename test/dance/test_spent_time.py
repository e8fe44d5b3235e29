import pytest
from support.clock import FakeClock

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.spent_time import measure_machine, percentiles_ms, spent_ms


def test_when_work_is_timed_expect_its_own_time_without_that_of_making_what_it_is_given():
    clock = FakeClock()

    def inputs():
        for took_s in (0.002, 0.004):
            clock.advance_s(1.0)
            yield took_s

    assert spent_ms(clock.advance_s, inputs(), clock) == pytest.approx([2.0, 4.0])


def test_when_a_rate_is_given_expect_work_to_begin_at_it():
    clock, begun_s = FakeClock(), []
    start_s = clock.now_s()
    spent_ms(lambda _: begun_s.append(clock.now_s() - start_s), range(3), clock, rate_hz=50.0)
    assert begun_s == pytest.approx([0.0, 0.02, 0.04])


def test_when_most_work_is_quick_expect_the_rare_slow_one_in_the_upper_percentile_alone():
    figures = percentiles_ms([1.0] * 98 + [9.0] * 2)
    assert figures["p50_ms"] == 1.0 and figures["p99_ms"] > 8.9


def test_when_the_machine_is_measured_expect_time_that_passed():
    figures = measure_machine(5, SystemClock())
    assert 0.0 < figures["p50_ms"] <= figures["p99_ms"]
