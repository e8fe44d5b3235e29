"""The loop's logic on a fake clock with an arm in memory."""

import numpy as np
import pytest
from support.clock import FakeClock
from support.memory_arm import MemoryArm
from support.rig import chunk_of, swing

from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver_state import DriverState, Event, State
from ur3_dancer.robot.record import Record
from ur3_dancer.robot.servo_loop import ServoLoop

CONFIG = load_arm_config("ur3")
UPRIGHT = [0.0, -np.pi / 2, 0.0, -np.pi / 2, 0.0, 0.0]
PERIOD_S = 0.008


class Stage:
    def __init__(self, q=UPRIGHT, amplitude=1.0):
        self.clock = FakeClock()
        self.arm = MemoryArm(self.clock, q)
        self.arm.connect()
        self.machine = DriverState()
        self.machine.on(Event.CONNECT)
        self.record = Record(125.0, 1.0)
        self.poses = swing(CONFIG)
        self.loop = ServoLoop(
            self.arm,
            CONFIG,
            self.clock,
            self.machine,
            self.record,
            amplitude=amplitude,
            homing_speed_share=0.6,
            arm_delay_s=0.03,
            stale_s=0.1,
        )

    def run(self, seconds, chunks=False, until=None):
        for i in range(round(seconds / PERIOD_S)):
            due_s = self.clock.now_s() + PERIOD_S
            chunk = chunk_of(self.poses, self.clock.now_s() - 0.03) if chunks and i % 2 else None
            self.loop.tick(due_s, lambda chunk=chunk: chunk)
            self.clock.sleep_until_s(due_s)
            if until is not None and self.machine.state is until:
                return
        assert until is None, self.machine.status

    def start_dancing(self):
        self.loop.hand_over(Event.START)
        self.run(10.0, until=State.READY)
        self.run(1.0, chunks=True, until=State.DANCING)

    def moved_rad(self):
        return np.ptp(np.array(self.arm.commands[-40:]), axis=0).max()


def assert_no_limit_broken(arm, start=UPRIGHT):
    q = np.array([start, start, *arm.commands])
    v = np.diff(q, axis=0) / PERIOD_S
    assert np.all(np.abs(v) <= CONFIG.limits.velocity_rad_s)
    assert np.all(np.abs(np.diff(v, axis=0)) / PERIOD_S <= CONFIG.limits.acceleration_rad_s2)


def test_when_only_connected_expect_nothing_sent():
    stage = Stage()
    stage.run(1.0, chunks=True)
    assert stage.arm.commands == []
    assert "prepare" not in stage.arm.calls


def test_when_started_far_from_home_expect_a_slow_way_there_and_then_the_dance():
    stage = Stage()
    stage.loop.hand_over(Event.START)
    assert stage.machine.state is State.HOMING
    stage.run(10.0, until=State.READY)
    speed = np.abs(np.diff(stage.arm.commands, axis=0)).max(axis=0) / PERIOD_S
    assert np.all(speed <= 0.61 * CONFIG.limits.velocity_rad_s)
    np.testing.assert_allclose(stage.arm.q, CONFIG.home_rad, atol=2e-3)
    stage.run(3.0, chunks=True)
    assert stage.machine.state is State.DANCING
    assert stage.moved_rad() > 0.1
    assert_no_limit_broken(stage.arm)


def test_when_the_dance_is_played_expect_it_ahead_by_the_arms_delay():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(4.0, chunks=True)
    at_home_s = np.array(stage.arm.times_s[-100:])
    np.testing.assert_allclose(
        stage.arm.commands[-100:], stage.poses(at_home_s + 0.03), atol=0.02 * 0.12
    )


def test_when_a_chunk_is_first_played_expect_its_age_noted_once():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(1.0, chunks=True)
    found = stage.record.latency.percentiles(1000.0)
    assert found["p50"] == pytest.approx((0.03 + 1 / 60 + PERIOD_S) * 1000, abs=0.1)


@pytest.mark.parametrize("share", [0.1, 0.37, 0.8])
def test_when_stopped_on_the_way_home_expect_rest_and_the_stream_ended(share):
    stage = Stage()
    stage.loop.hand_over(Event.HOME)
    stage.run(share)
    stage.machine.on(Event.STOP, "test", "reset")
    stage.run(0.5)
    assert not stage.loop.streaming
    assert stage.arm.calls[-1] == "stop"
    count = len(stage.arm.commands)
    stage.run(0.5, chunks=True)
    assert len(stage.arm.commands) == count
    assert_no_limit_broken(stage.arm)


def test_when_sent_home_from_the_dance_expect_rest_first_then_home_and_no_dance():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(2.0, chunks=True)
    stage.loop.hand_over(Event.HOME)
    stage.run(5.0, chunks=True, until=State.READY)
    stage.run(1.0, chunks=True)
    assert stage.machine.state is State.READY
    assert stage.moved_rad() < 3e-3
    assert stage.arm.calls.count("prepare") == 1
    assert_no_limit_broken(stage.arm, CONFIG.home_rad)


def test_when_reset_comes_before_rest_expect_patience_asked_for():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(2.0, chunks=True)
    stage.machine.on(Event.STOP, "test", "reset")
    stage.run(0.02)
    with pytest.raises(RobotError, match="still coming to rest"):
        stage.loop.reset()
    stage.run(0.5)
    stage.arm.q = list(CONFIG.home_rad + 0.1)  # somebody moved it by hand meanwhile
    stage.loop.reset()
    stage.loop.hand_over(Event.START)
    stage.run(PERIOD_S)
    np.testing.assert_allclose(stage.arm.commands[-1], CONFIG.home_rad + 0.1, atol=1e-3)


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda arm: setattr(arm, "safety", "protective stop"), "protective stop"),
        (lambda arm: setattr(arm, "refuses", True), "refused a set-point"),
        (lambda arm: setattr(arm, "silent_since_s", arm.clock.now_s()), "no new state"),
        (lambda arm: setattr(arm, "silent_since_s", 0.0), "started anew"),
    ],
)
def test_when_the_arm_fails_expect_a_latched_fault_and_nothing_more_sent(break_it, text):
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(1.0, chunks=True)
    break_it(stage.arm)
    stage.run(0.2, chunks=True)
    assert stage.machine.state is State.FAULT
    assert text in stage.machine.status.reason
    assert stage.machine.status.recovery
    assert any(text in error for error in stage.loop.errors)
    count = len(stage.arm.commands)
    stage.arm.safety, stage.arm.refuses, stage.arm.silent_since_s = "", False, None
    stage.run(0.5, chunks=True)
    assert len(stage.arm.commands) == count
    stage.loop.reset()
    assert stage.machine.state is State.IDLE
    if "state" in text or "anew" in text:
        assert stage.arm.calls[-2:] == ["disconnect", "connect"]


def test_when_the_stamp_stands_still_expect_the_fault_after_100_ms_and_not_before():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.arm.silent_since_s = stage.clock.now_s()
    stage.run(0.09, chunks=True)
    assert stage.machine.state is State.DANCING
    stage.run(0.04, chunks=True)
    assert stage.machine.state is State.FAULT


def test_when_the_straight_way_home_hits_the_table_expect_a_refusal_and_no_motion():
    home = CONFIG.home_rad.tolist()
    stage = Stage([home[0], home[1] + 2 * np.pi, *home[2:]])  # home, but a turn away
    with pytest.raises(RobotError, match="no straight way home"):
        stage.loop.hand_over(Event.START)
    assert stage.machine.state is State.IDLE
    assert stage.arm.commands == []
    assert stage.arm.calls[-1] == "stop"


def test_when_the_slider_is_low_expect_a_smaller_dance_on_the_same_beat():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(3.0, chunks=True)
    full = stage.moved_rad()
    stage.arm.speed_scaling = 0.2
    stage.run(3.0, chunks=True)
    assert stage.moved_rad() < 0.3 * full


@pytest.mark.parametrize("amplitude", [0.0, 0.2])
def test_when_a_smaller_amplitude_is_set_expect_motion_in_proportion(amplitude):
    whole, small = Stage(CONFIG.home_rad), Stage(CONFIG.home_rad, amplitude)
    for stage in (whole, small):
        stage.start_dancing()
        stage.run(4.0, chunks=True)
    assert small.moved_rad() <= amplitude / 0.4 * whole.moved_rad() + 1e-6
    assert small.moved_rad() >= amplitude * whole.moved_rad() - 1e-6


def test_when_amplitude_is_set_while_dancing_expect_a_smaller_dance_and_no_jump():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.run(3.0, chunks=True)
    full = stage.moved_rad()
    stage.loop.amplitude = 0.2
    stage.run(3.0, chunks=True)
    assert stage.moved_rad() < 0.3 * full
    stage.loop.amplitude = 1.0
    stage.run(3.0, chunks=True)
    assert stage.moved_rad() > 0.9 * full
    assert_no_limit_broken(stage.arm, CONFIG.home_rad)


def test_when_a_link_cannot_be_made_again_expect_the_fault_to_stay():
    stage = Stage(CONFIG.home_rad)
    stage.start_dancing()
    stage.arm.silent_since_s = stage.clock.now_s()
    stage.run(0.3)
    stage.arm.unreachable = True
    with pytest.raises(RobotError, match="does not answer"):
        stage.loop.reset()
    assert stage.machine.state is State.FAULT
