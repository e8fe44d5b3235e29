from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.motion.stop_plan import StopPlan

A_MAX, JERK = 16.0, 500.0
PERIODS = st.sampled_from([0.008, 0.002])


def walk(plan, q, v, a, dt):
    """Return the motion that the plan leads to, one row a period: q, v, a."""
    rows = [(q, v, a)]
    while True:
        expected = plan.peek_a()
        a = plan.next_a()
        assert a == expected
        v += a * dt
        q += v * dt
        rows.append((q, v, a))
        if a == 0.0 and plan.peek_a() == 0.0:
            return rows
        assert len(rows) < 10_000


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-A_MAX, A_MAX), PERIODS)
def test_when_a_plan_is_followed_expect_rest_where_it_says_within_acceleration_and_jerk(
    q, v, a, dt
):
    plan = StopPlan(q, v, a, A_MAX, JERK, dt)
    angles, speeds, accelerations = zip(*walk(plan, q, v, a, dt), strict=True)
    assert angles[-1] == pytest.approx(plan.rest, abs=1e-9)
    assert angles == pytest.approx([plan.at(k) for k in range(len(angles))], abs=1e-9)
    assert speeds[-1] == pytest.approx(0.0, abs=1e-9)
    assert plan.low - 1e-9 <= min(angles)
    assert max(angles) <= plan.high + 1e-9
    assert max(map(abs, speeds)) <= abs(plan.fastest) + 1e-9
    assert max(map(abs, accelerations)) <= A_MAX * (1 + 1e-6)
    changes = [abs(after - before) for before, after in pairwise(accelerations)]
    assert max(changes) <= JERK * dt * (1 + 1e-6)


@pytest.mark.parametrize("dt", [0.008, 0.002])
def test_when_braking_from_speed_expect_hardly_longer_than_the_best_possible(dt):
    plan = StopPlan(0.0, 2.0, 0.0, A_MAX, JERK, dt)
    best_s = 2.0 / A_MAX + A_MAX / JERK
    assert len(walk(plan, 0.0, 2.0, 0.0, dt)) * dt <= best_s + 4 * dt


def test_when_at_rest_expect_nothing_to_do():
    plan = StopPlan(1.0, 0.0, 0.0, A_MAX, JERK, 0.008)
    assert (plan.rest, plan.low, plan.high, plan.fastest, plan.next_a()) == (
        1.0,
        1.0,
        1.0,
        0.0,
        0.0,
    )


def test_when_it_moves_back_while_braking_hard_expect_both_ends_named():
    plan = StopPlan(0.0, -0.15, 15.0, A_MAX, JERK, 0.002)
    assert plan.low < -1e-4, "first a little further back"
    assert plan.rest > 1e-3, "then forward, while it lets go"
