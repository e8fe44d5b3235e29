from dataclasses import replace

import numpy as np
import pytest
from support.clock import FakeClock
from support.memory_arm import MemoryArm

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.rehearsal import rehearse, rehearse_in_full
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window
from ur3_dancer.robot.driver_state import DriverState, Event, State
from ur3_dancer.robot.record import Record
from ur3_dancer.robot.servo_loop import ServoLoop

PERIOD_S = 0.008


@pytest.fixture(scope="module")
def ur3():
    return load_arm_config("ur3")


def beating_frames(duration_s=12.0, bpm=110.0, seed=0):
    """Frames (T, F) of a song of plain features whose beats are marked exactly."""
    music, random = feature_spec("mdlt60"), np.random.default_rng(seed)
    beats_s = np.arange(0.4, duration_s, 60 / bpm)
    frames = random.normal(0, 0.3, (int(duration_s * music.rate_hz), music.count))
    frames = frames.astype(np.float32)
    frames[:, 0] = -50.0 * np.sqrt(128)
    frames[:, music.columns["beat"]] = 0.0
    frames[(beats_s * music.rate_hz).astype(int), music.columns["beat"]] = 1.0
    return frames


def test_when_rehearsed_expect_the_pose_a_latency_after_each_window(ur3):
    frames = beating_frames()
    motion = rehearse(load_policy("groove", ur3), ur3, frames, latency_s=0.05)
    assert len(motion.times_s) == len(motion.q) == len(frames) - 19
    assert motion.times_s[0] == pytest.approx(20 / 60 + 0.05)
    np.testing.assert_allclose(motion.q[0], ur3.home_rad, atol=0.02)


def windows_of(frames, rate_hz=60.0, count=20):
    """Windows in seconds from the song's start, as a listener gives them."""
    return [
        Window(frames[end - count : end], end / rate_hz, rate_hz)
        for end in range(count, len(frames) + 1)
    ]


def served(arm, chunks, latency_s, amplitude):
    """Set-points that the driver's own servo loop sends for chunks that come `latency_s` late.

    Returns them from song time 0 at the arm on.
    """
    clock, machine = FakeClock(), DriverState()
    memory = MemoryArm(clock, arm.home_rad)
    memory.connect()
    machine.on(Event.CONNECT)
    loop = ServoLoop(
        memory, arm, clock, machine, Record(125.0, 1.0),
        amplitude=amplitude, homing_speed_share=0.25, arm_delay_s=arm.servo.arm_delay_s,
        stale_s=0.1,
    )  # fmt: skip
    loop.hand_over(Event.START)

    def tick(chunk=None):
        due_s = clock.now_s() + PERIOD_S
        loop.tick(due_s, lambda: chunk)
        clock.sleep_until_s(due_s)

    while machine.state is not State.READY:
        tick()
    homed = len(memory.commands)
    song_s = clock.now_s() + PERIOD_S + arm.servo.arm_delay_s  # of the first cursor: song time 0
    waiting = [replace(chunk, start_s=chunk.start_s + song_s) for chunk in chunks]
    while waiting:
        arrived = []
        while waiting and waiting[0].capture_s + latency_s <= clock.now_s() + PERIOD_S + 1e-9:
            arrived.append(waiting.pop(0))
        tick(arrived[-1] if arrived else None)
    return np.array(memory.commands[homed:])


@pytest.mark.parametrize("amplitude", [1.0, 0.5])
def test_when_rehearsed_in_full_expect_what_the_servo_loop_sends(ur3, amplitude):
    windows = windows_of(beating_frames(5.0))
    policy = load_policy("groove", ur3)
    motion = rehearse_in_full(policy, ur3, windows, amplitude=amplitude, latency_s=0.06)
    policy.reset()
    sent = served(ur3, [policy.predict(window) for window in windows], 0.06, amplitude)
    np.testing.assert_allclose(motion.q[: len(sent)], sent, atol=5e-5)
    assert np.ptp(sent, axis=0).max() > 0.1


def test_when_rehearsed_in_full_expect_every_limit_kept_and_rest_at_the_end(ur3):
    wild = replace(ur3, limits=replace(ur3.limits, acceleration_rad_s2=np.full(6, 3.0)))
    policy = load_policy("groove", ur3)  # it knows nothing of the lower limit
    motion = rehearse_in_full(policy, wild, windows_of(beating_frames(5.0)))
    speed = np.diff(motion.q, axis=0) / PERIOD_S
    assert (np.abs(speed) <= wild.limits.velocity_rad_s).all()
    assert (np.abs(np.diff(speed, axis=0)) / PERIOD_S <= 3.0).all()
    assert np.abs(speed[-1]).max() < 1e-3
    assert motion.acceleration_demand.max() > 1.0
    assert motion.amplitude[-1].min() < 0.9
    np.testing.assert_allclose(np.diff(motion.times_s), PERIOD_S)


def test_when_rehearsed_twice_expect_the_same_set_points(ur3):
    windows, policy = windows_of(beating_frames(4.0)), load_policy("groove", ur3)
    once, again = (rehearse_in_full(policy, ur3, windows) for _ in range(2))
    np.testing.assert_array_equal(once.q, again.q)


def test_when_the_rate_is_higher_expect_the_same_dance_more_finely(ur3):
    windows, policy = windows_of(beating_frames(4.0)), load_policy("groove", ur3)
    coarse = rehearse_in_full(policy, ur3, windows)
    fine = rehearse_in_full(policy, ur3, windows, rate_hz=500.0)
    fine_q = [np.interp(coarse.times_s, fine.times_s, joint) for joint in fine.q.T]
    np.testing.assert_allclose(coarse.q, np.stack(fine_q, axis=1), atol=0.02)


def test_when_a_wall_is_in_the_way_expect_it_said(ur3):
    walled = replace(ur3.workspace, lower_m=(-0.255, -np.inf, -np.inf))
    motion = rehearse_in_full(
        load_policy("groove", ur3), replace(ur3, workspace=walled), windows_of(beating_frames(6.0))
    )
    assert any("wall" in why for why in motion.held)


def test_when_the_song_is_shorter_than_a_window_expect_it_refused(ur3):
    with pytest.raises(ConfigError, match=r"first frame"):
        rehearse_in_full(load_policy("groove", ur3), ur3, [])


def test_when_the_amplitude_is_out_of_range_expect_it_refused(ur3):
    with pytest.raises(ConfigError, match=r"amplitude is 1\.5"):
        rehearse_in_full(load_policy("groove", ur3), ur3, [], amplitude=1.5)
