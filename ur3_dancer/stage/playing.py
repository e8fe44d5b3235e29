"""Plays a trajectory on an arm, in time with its song: chunks of it, through the live driver.

There is no second way to drive an arm: homing, playout, limits, watchdogs and latched stops are
those of a live performance. All that is different is where the chunks come from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.ease import minimum_jerk, travel_limit_rad
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_state import State
from ur3_dancer.stage.rehearsal.trajectory_file import Trajectory

LEAD_S = 3.0
"""The arm stands at home this long before the song: its amplitude grows, the sound gets started."""

_DECIDE_S = 1.2  # before the dance, when its start must be known
_STEP_S = 1.0 / 125.0
_BEHIND_S, _AHEAD_S = 0.1, 1.1
_EVERY_S = 0.1
_HOMING_S = 60.0
_EASE_SHARE = 0.5  # of the limits, on the way to the first pose
_LONGEST_LAG_S = 0.15


class Sound(Protocol):
    """What plays the song; `music.loudspeaker.Loudspeaker` is one."""

    rate_hz: int

    @property
    def start_s(self) -> float | None:
        """Return the monotonic time at which the first sample left; None before it is known."""
        ...

    def play(self, samples: np.ndarray) -> None:
        """Begin to play; returns at once."""
        ...

    def stop(self) -> None:
        """End the sound."""
        ...


@dataclass(frozen=True)
class Song:
    """Music that goes with a trajectory.

    Attributes:
        samples: (n,) float32 at the sound's rate.
        sound: what plays it.
    """

    samples: np.ndarray
    sound: Sound


@dataclass(frozen=True)
class Played:
    """How it went.

    Attributes:
        state: of the driver at the end.
        rms_rad, worst_rad: between the measured and the wanted joints, the lag taken out.
        lag_ms: of the measured joints behind the wanted.
        errors: what went wrong.
    """

    state: str
    rms_rad: float | None
    worst_rad: float | None
    lag_ms: float | None
    errors: list[str]


def from_home(trajectory: Trajectory, arm: ArmConfig) -> Trajectory:
    """Return the trajectory with a gentle way from home to its first pose before it.

    The way ends at rest at time 0 of the trajectory, which begins at negative times then. A dance
    that begins at home is returned as it is.
    """
    gap = trajectory.q[0] - arm.home_rad
    if np.abs(gap).max() < 1e-3:
        return trajectory
    limits = arm.limits
    speed, acceleration = (
        _EASE_SHARE * limits.velocity_rad_s,
        _EASE_SHARE**2 * limits.acceleration_rad_s2,
    )
    duration_s = 0.5
    while (travel_limit_rad(duration_s, speed, acceleration) < np.abs(gap)).any():
        duration_s += 0.1
    times_s = np.arange(-duration_s, 0.0, _STEP_S)
    way = arm.home_rad + minimum_jerk(1.0 + times_s / duration_s)[:, None] * gap
    first_s = trajectory.times_s[0]
    return Trajectory(
        np.concatenate([first_s + times_s, trajectory.times_s]), np.vstack([way, trajectory.q])
    )


def chunk_at(trajectory: Trajectory, time_s: float, start_s: float) -> Chunk:
    """Return the part of a trajectory around `time_s` as a chunk.

    Args:
        trajectory: what is played; before its first pose and after its last it stands there.
        time_s: now, on the clock's axis.
        start_s: when the trajectory's time 0 is, on the same axis.
    """
    first_s = time_s - start_s - _BEHIND_S
    times_s = first_s + np.arange(round((_BEHIND_S + _AHEAD_S) / _STEP_S)) * _STEP_S
    q = [np.interp(times_s, trajectory.times_s, joint) for joint in trajectory.q.T]
    return Chunk(np.stack(q, axis=1), start_s + first_s, _STEP_S)


def play(
    trajectory: Trajectory,
    arm: ArmConfig,
    driver: Driver,
    clock: Clock,
    song: Song | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Played:
    """Bring the arm home, play the trajectory, and bring the arm to rest.

    Args:
        trajectory: from its song's start.
        arm: the driver's configuration.
        driver: connected; it is stopped at the end, not closed.
        clock: the driver's.
        song: plays along, and decides when the dance begins.
        say: receives a line at each step.

    Raises:
        RobotError: the arm does not come home, or stops on the way.
    """
    trajectory = from_home(trajectory, arm)
    say(f"going home, then dancing for {trajectory.times_s[-1]:.0f} s")
    driver.start()
    status = driver.wait_for([State.READY, State.STOPPED, State.FAULT], _HOMING_S)
    if status.state is not State.READY:
        raise RobotError(f"the arm did not come home within {_HOMING_S:g} s: {status}")
    try:
        start_s = _begin(driver, trajectory, clock, song)
        say("dancing")
        _feed(driver, trajectory, clock, start_s)
    finally:
        if song is not None:
            song.sound.stop()
        ended = driver.status
        driver.stop("the trajectory is over")
        driver.wait_at_rest(driver.stop_time_s + 1.0)
    return _judge(driver, trajectory, start_s, ended.state.value)


def _begin(driver: Driver, trajectory: Trajectory, clock: Clock, song: Song | None) -> float:
    """Stand at home while the sound gets started; return when the song begins."""
    lead_s = LEAD_S - min(trajectory.times_s[0], 0.0)
    expected_s = clock.now_s() + lead_s
    if song is not None:
        silence = np.zeros(round(lead_s * song.sound.rate_hz), np.float32)
        song.sound.play(np.concatenate([silence, song.samples]))
    # Whatever comes later is one number: when the song begins. Until then the arm stands.
    standing = Trajectory(trajectory.times_s[:1], trajectory.q[:1])
    until_s = expected_s + min(trajectory.times_s[0], 0.0) - _DECIDE_S
    while clock.now_s() < until_s:
        _submit(driver, chunk_at(standing, clock.now_s(), expected_s))
        clock.sleep_until_s(clock.now_s() + _EVERY_S)
    if song is None:
        return expected_s
    begun_s = song.sound.start_s
    if begun_s is None:
        raise RobotError(
            f"the sound has not begun after {lead_s - _DECIDE_S:.1f} s: check the loudspeaker, or "
            "play without sound"
        )
    return begun_s + lead_s


def _feed(driver: Driver, trajectory: Trajectory, clock: Clock, start_s: float) -> None:
    end_s = start_s + trajectory.times_s[-1]
    while clock.now_s() < end_s + _EVERY_S:
        _submit(driver, chunk_at(trajectory, clock.now_s(), start_s))
        clock.sleep_until_s(clock.now_s() + _EVERY_S)


def _submit(driver: Driver, chunk: Chunk) -> None:
    status = driver.status
    if status.state in (State.STOPPED, State.FAULT, State.DISCONNECTED):
        raise RobotError(f"the dance was broken off: {status}")
    driver.submit(chunk)


def _judge(driver: Driver, trajectory: Trajectory, start_s: float, state: str) -> Played:
    """Compare what was measured with what was wanted, at the best lag."""
    recorded, errors = driver.trajectory(), driver.report()["errors"]
    times_s = recorded["time_s"] - start_s
    inside = (times_s >= trajectory.times_s[0]) & (times_s <= trajectory.times_s[-1])
    if np.count_nonzero(inside) < 3:
        return Played(state, None, None, None, errors)
    measured = recorded["measured_rad"][inside]

    def error(lag_s: float) -> np.ndarray:
        at_s = times_s[inside] - lag_s
        wanted = [np.interp(at_s, trajectory.times_s, joint) for joint in trajectory.q.T]
        return measured - np.stack(wanted, axis=1)

    lags_s = np.arange(-_LONGEST_LAG_S, _LONGEST_LAG_S + 1e-9, 0.002)
    lag_s = min(lags_s, key=lambda each: float((error(each) ** 2).mean()))
    best = error(lag_s)
    return Played(
        state=state,
        rms_rad=float(np.sqrt((best**2).mean())),
        worst_rad=float(np.abs(best).max()),
        lag_ms=1000.0 * float(lag_s),
        errors=errors,
    )
