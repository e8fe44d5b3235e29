"""How late an arm is: small moves about home, and the measured joints set against the sent ones."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_state import State

SWING_RAD = 0.06
"""Small enough for any stage, large beside what encoders and gears blur."""

_TURNS_HZ = (0.7, 1.1, 0.9, 1.3, 1.6, 1.9)
"""One a joint, none a multiple of another: a shift by a whole swing fits nowhere."""
_FADE_S = 1.5
_STEP_S, _POINTS = 1 / 60, 30
_HOMING_S = 30.0
_LONGEST_DELAY_S = 0.3
_GRID_S = 0.001
_LEAST_FIT = 0.9


@dataclass(frozen=True)
class ArmDelay:
    """What was measured.

    Attributes:
        delay_s: median over the joints, from sending a set-point to the joint being there.
        by_joint_s: (6,) each joint's own.
        fit_by_joint: (6,) share of the motion that is explained by the delay alone.
    """

    delay_s: float
    by_joint_s: np.ndarray
    fit_by_joint: np.ndarray

    @property
    def fit(self) -> float:
        """Return the worst joint's share."""
        return float(self.fit_by_joint.min())


def find_delay(times_s: np.ndarray, sent_rad: np.ndarray, measured_rad: np.ndarray) -> ArmDelay:
    """Return by how much measured joints follow sent ones.

    Each joint's delay is the shift of least squared error, offsets aside, refined by a parabola.

    Args:
        times_s: (T,) increasing times.
        sent_rad: (T, 6) set-points at those times.
        measured_rad: (T, 6) joint angles at those times.

    Raises:
        RobotError: the motion is too short, or a joint did not follow.
    """
    if len(times_s) < 3 or times_s[-1] - times_s[0] < 4 * _LONGEST_DELAY_S:
        raise RobotError(
            f"only {len(times_s)} samples of motion were recorded: the arm did not move long "
            "enough to measure its delay; look at its state and measure again"
        )
    delay = fit_delay(times_s, sent_rad, measured_rad)
    if delay.fit < _LEAST_FIT:
        worst = int(delay.fit_by_joint.argmin())
        raise RobotError(
            f"joint {worst} followed only {100 * delay.fit:.0f} % of its set-points: "
            "was the arm stopped or slowed? Look at its state, then measure again"
        )
    return delay


def fit_delay(times_s: np.ndarray, sent_rad: np.ndarray, measured_rad: np.ndarray) -> ArmDelay:
    """As `find_delay`, of at least 1.2 s of motion, however badly a joint follows."""
    grid_s = np.arange(times_s[0] + _LONGEST_DELAY_S, times_s[-1], _GRID_S)
    lags_s = np.arange(0.0, _LONGEST_DELAY_S, _GRID_S)
    delays_s, fits = np.empty(6), np.empty(6)
    for joint in range(6):
        measured = _centred(np.interp(grid_s, times_s, measured_rad[:, joint]))
        errors = np.array(
            [
                np.mean((measured - _shifted(grid_s - lag_s, times_s, sent_rad[:, joint])) ** 2)
                for lag_s in lags_s
            ]
        )
        best = int(errors.argmin())
        delays_s[joint] = lags_s[best] + _GRID_S * _vertex(errors, best)
        fits[joint] = 1.0 - errors[best] / max(float(np.mean(measured**2)), 1e-12)
    return ArmDelay(float(np.median(delays_s)), delays_s, fits)


def measure_arm_delay(
    driver: Driver, arm_config: ArmConfig, clock: Clock, seconds_s: float = 10.0
) -> ArmDelay:
    """Home the arm, move it a little, and bring it to rest at home.

    Args:
        driver: connected, idle.
        arm_config: home and limits.
        clock: the driver's.
        seconds_s: how long to move.

    Raises:
        RobotError: the arm does not get home, stops, or does not follow.
    """
    driver.home()
    _expect(driver, State.READY, _HOMING_S)
    driver.start()
    begin_s = clock.now_s() + 0.1
    while clock.now_s() < begin_s + seconds_s:
        now_s = clock.now_s()
        driver.submit(_chunk(arm_config, now_s, begin_s, begin_s + seconds_s))
        if driver.status.state in (State.STOPPED, State.FAULT, State.DISCONNECTED):
            raise RobotError(f"the arm stopped while it was measured: {driver.status.reason}")
        clock.sleep_until_s(now_s + _STEP_S)
    moved = driver.trajectory()
    driver.home()
    _expect(driver, State.READY, _HOMING_S)
    during = (moved["time_s"] > begin_s + _FADE_S) & (moved["time_s"] < begin_s + seconds_s)
    return find_delay(
        moved["time_s"][during], moved["sent_rad"][during], moved["measured_rad"][during]
    )


def _chunk(arm_config: ArmConfig, now_s: float, begin_s: float, end_s: float) -> Chunk:
    times_s = now_s + _STEP_S * np.arange(_POINTS)
    fade = np.clip(np.minimum(times_s - begin_s, end_s - times_s) / _FADE_S, 0.0, 1.0)
    size = SWING_RAD * (fade * fade * (3 - 2 * fade))[:, None]
    turns = np.sin(2 * np.pi * np.array(_TURNS_HZ) * (times_s - begin_s)[:, None])
    return Chunk(arm_config.home_rad + size * turns, now_s, _STEP_S)


def _expect(driver: Driver, state: State, timeout_s: float) -> None:
    status = driver.wait_for([state, State.FAULT, State.STOPPED], timeout_s)
    if status.state is not state:
        raise RobotError(
            f"the arm did not get home within {timeout_s:g} s (it is {status.state.value}"
            f"{': ' + status.reason if status.reason else ''}): {status.recovery or 'look at it'}"
        )


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def _shifted(at_s: np.ndarray, times_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _centred(np.interp(at_s, times_s, values))


def _vertex(errors: np.ndarray, best: int) -> float:
    """Return how far, in steps, the parabola through three errors has its vertex from `best`."""
    if not 0 < best < len(errors) - 1:
        return 0.0
    before, at, after = errors[best - 1 : best + 2]
    return 0.5 * float(before - after) / max(float(before - 2 * at + after), 1e-18)
