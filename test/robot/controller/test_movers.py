"""The simulated arm's motions, by finite differences of what it does."""

import numpy as np
import pytest

from ur3_dancer.motion.kinematics import DH
from ur3_dancer.robot.controller.kinematics import Kinematics
from ur3_dancer.robot.controller.movers import (
    MoveJ,
    MoveL,
    Speed,
    Stop,
    UnreachableError,
)
from ur3_dancer.robot.controller.profile import Trapezoid
from ur3_dancer.robot.controller.servo import Servo

STEP_S = 0.002
START = [0.0, -1.2, -1.0, -1.57, 1.57, 0.0]


def play(mover, q, dq=(0.0,) * 6, steps=100_000) -> np.ndarray:
    """Joint angles, (N, 6), from the start until the mover is done."""
    q, dq = list(q), list(dq)
    places = [q]
    while not mover.done and len(places) <= steps:
        q, dq = mover.step(q, dq, STEP_S)
        places.append(q)
    return np.array(places)


def speeds(places: np.ndarray) -> np.ndarray:
    return np.diff(places, axis=0) / STEP_S


@pytest.mark.parametrize(("length", "duration_s"), [(1.0, 1.5), (0.125, 0.5)])
def test_when_a_way_is_long_or_short_expect_the_trapezoids_time(length, duration_s):
    # 1 /s and 2 /s^2: half a second to full speed and half to rest take half a unit of way.
    way = Trapezoid(length, 1.0, 2.0)
    assert way.duration_s == pytest.approx(duration_s)
    assert way.progress(way.duration_s / 2.0) == pytest.approx(0.5)
    assert (way.progress(-1.0), way.progress(1e9)) == (0.0, 1.0)


def test_when_a_way_has_a_duration_expect_it_to_take_that_long():
    way = Trapezoid(0.7, 9.0, 9.0, duration_s=2.0)
    assert way.duration_s == pytest.approx(2.0)
    assert way.progress(1.0) == pytest.approx(0.5)


def test_when_joints_move_expect_speed_and_acceleration_within_what_was_asked():
    move = MoveJ(START)
    goal = np.add(START, [0.8, -0.4, 0.1, 0.0, 0.2, -0.5])
    move.add(goal, 1.05, 1.4, 0.0)
    places = play(move, START)
    np.testing.assert_array_equal(places[-1], goal)
    assert np.abs(speeds(places)).max() == pytest.approx(1.05, rel=1e-6)
    assert np.abs(np.diff(speeds(places), axis=0)).max() / STEP_S < 1.4 * 1.001
    # All joints keep step: each has done the same share of its way.
    shares = (places - START)[1:-1, :3] / np.subtract(goal, START)[:3]
    assert np.ptp(shares, axis=1).max() < 1e-12


def test_when_more_than_the_arms_own_speed_is_asked_expect_that_speed():
    move = MoveJ(START)
    move.add(np.add(START, [2.0, 0.0, 0.0, 0.0, 0.0, 2.0]), 50.0, 30.0, 0.0)
    assert np.abs(speeds(play(move, START))).max() <= np.pi * (1.0 + 1e-9)


def test_when_ways_are_blended_expect_no_jump_of_speed():
    move = MoveJ(START)
    move.add(np.add(START, [0.5, 0, 0, 0, 0, 0]), 1.0, 2.0, 0.0)
    q, dq, places = list(START), [0.0] * 6, [START]
    while move.left_s() > 0.25:
        q, dq = move.step(q, dq, STEP_S)
        places.append(q)
    move.add(np.add(START, [0.5, 0.5, 0, 0, 0, 0]), 1.0, 2.0, 0.0)
    places = np.vstack((places, play(move, q, dq)[1:]))
    np.testing.assert_allclose(places[-1], np.add(START, [0.5, 0.5, 0, 0, 0, 0]))
    assert np.abs(np.diff(speeds(places), axis=0)).max() / STEP_S < 4.0
    assert np.abs(speeds(places)[100:-300]).max(axis=1).min() > 0.1


def test_when_the_arm_stops_expect_a_straight_ramp_and_rest():
    dq = [1.0, -0.5, 0.0, 0.0, 0.0, 0.2]
    places = play(Stop(dq, 0.5), START, dq)
    assert places[-1] - START == pytest.approx(np.multiply(dq, 0.25), abs=1e-9)
    assert len(places) == pytest.approx(251, abs=1)


def test_when_the_tool_goes_straight_expect_a_line_at_the_speed_asked():
    kinematics = Kinematics(DH["ur3"])
    goal = kinematics.forward(START)
    goal[2] -= 0.1
    move = MoveL(kinematics, START, goal)
    move.pace(0.1, 0.5, 0.0)
    tools = np.array([kinematics.forward(q) for q in play(move, START)])
    np.testing.assert_allclose(tools[-1], goal, atol=1e-9)
    assert np.abs(tools[:, :2] - tools[0, :2]).max() < 1e-9
    assert np.abs(speeds(tools[:, 2])).max() == pytest.approx(0.1, rel=1e-6)


def test_when_speeds_are_asked_expect_a_ramp_to_them():
    mover = Speed([0.3, -0.2, 0.0, 0.0, 0.0, 0.0], [0.5] * 6)
    q, dq = list(START), [0.0] * 6
    for _ in range(200):
        q, dq = mover.step(q, dq, STEP_S)
    assert dq[0] == pytest.approx(0.2)
    for _ in range(200):
        q, dq = mover.step(q, dq, STEP_S)
    assert dq == [0.3, -0.2, 0.0, 0.0, 0.0, 0.0]
    assert mover.reached


@pytest.mark.parametrize(("lookahead_s", "gain"), [(0.03, 1200.0), (0.1, 300.0), (0.2, 2000.0)])
def test_when_a_target_moves_steadily_expect_to_follow_behind_by_the_lag(lookahead_s, gain):
    servo = Servo(START)
    q, dq = list(START), [0.0] * 6
    for k in range(1, 1500):
        target = [START[0] + 0.5 * k * STEP_S, *START[1:]]
        servo.aim(target, lookahead_s, gain)
        q, dq = servo.step(q, dq, STEP_S)
    lag_s = (target[0] - q[0]) / 0.5
    assert lag_s == pytest.approx(lookahead_s + 4.8 / gain, abs=STEP_S)
    # The target is held over a cycle, so at its end the speed is a little below the average.
    assert dq[0] == pytest.approx(0.5, rel=2e-3)


def test_when_a_target_steps_a_little_expect_a_smooth_way_without_overshoot():
    servo = Servo(START)
    servo.aim([START[0] + 0.05, *START[1:]], 0.05, 600.0)
    places = play(servo, START, steps=500)[:, 0]
    assert places.max() <= 0.05 + 1e-12
    assert places[-1] == pytest.approx(0.05, abs=1e-6)
    assert np.diff(places).min() > -1e-12


def test_when_a_target_jumps_expect_to_break_off():
    with pytest.raises(UnreachableError, match=r"joint 1 jumps by 0\.300"):
        Servo(START).aim([START[0], START[1] + 0.3, *START[2:]], 0.05, 600.0)


def test_when_following_would_be_too_fast_expect_to_break_off():
    servo = Servo(START)
    q, dq, target = list(START), [0.0] * 6, list(START)
    with pytest.raises(UnreachableError, match="joint 0 would need"):
        for _ in range(200):
            target[0] += 5.0 * STEP_S
            servo.aim(target, 0.03, 2000.0)
            q, dq = servo.step(q, dq, STEP_S)
    assert abs(dq[0]) <= np.pi
