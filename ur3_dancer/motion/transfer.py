"""Jerk-bounded ways from one pose to another and from motion to rest, computed once, by ruckig.

Used for going home, and for the soft stop: there its jerk bound is a guarantee. Not used for
following the dance: as a tracker of a moving target it overshoots.
"""

from collections.abc import Sequence

import numpy as np
from ruckig import ControlInterface, InputParameter, Result, Ruckig, RuckigError, Trajectory

from ur3_dancer.errors import RobotError
from ur3_dancer.motion.limits import JointLimits


class Transfer:
    """A time-stamped path from a state to rest.

    Attributes:
        duration_s: from its start to rest.
    """

    def __init__(self, trajectory: Trajectory, start_s: float):
        self._trajectory = trajectory
        self._start_s = start_s
        self.duration_s = trajectory.duration

    @property
    def end_s(self) -> float:
        """Time at which the path is at rest."""
        return self._start_s + self.duration_s

    def sample(self, time_s: float) -> tuple[list[float], list[float]]:
        """Return angles and velocities, six each, at `time_s`; at rest after the end."""
        elapsed_s = min(max(time_s - self._start_s, 0.0), self.duration_s)
        q, dq, _ = self._trajectory.at_time(elapsed_s)
        return (q, dq) if elapsed_s < self.duration_s else (q, [0.0] * 6)

    def poses(self, count: int) -> list[list[float]]:
        """Return `count` poses along the path, equally spaced in time, both ends included."""
        times = np.linspace(0.0, self.duration_s, count)
        return [self._trajectory.at_time(float(t))[0] for t in times]


def move_to(
    goal_rad: Sequence[float],
    q: Sequence[float],
    dq: Sequence[float],
    ddq: Sequence[float],
    limits: JointLimits,
    start_s: float,
    speed_share: float = 1.0,
) -> Transfer:
    """Plan the way to rest at `goal_rad`, all joints arriving together.

    Args:
        goal_rad: six joint angles.
        q: where it starts.
        dq: velocities there.
        ddq: accelerations there.
        limits: velocity, acceleration and jerk limits of the way.
        start_s: time of the path's start.
        speed_share: of the velocity limit, above 0 to 1; acceleration takes its square and jerk
            its cube, which is the same path in slower time.
    """
    wish = _inputs(q, dq, ddq, limits, speed_share)
    wish.target_position = [float(value) for value in goal_rad]
    return Transfer(_solve(wish), start_s)


def stop_from(
    q: Sequence[float],
    dq: Sequence[float],
    ddq: Sequence[float],
    limits: JointLimits,
    start_s: float,
) -> Transfer:
    """Plan the quickest jerk-bounded way to rest from a state, wherever that comes to be."""
    wish = _inputs(q, dq, ddq, limits, 1.0)
    wish.control_interface = ControlInterface.Velocity
    # A state may be nearer to its limit than ruckig is told of, and from beyond what it is told
    # ruckig finds no way where two joints are alike. The state's own acceleration breaks no limit.
    own = np.maximum(wish.max_acceleration, np.abs(wish.current_acceleration))
    wish.max_acceleration = own.tolist()
    return Transfer(_solve(wish), start_s)


def longest_stop_s(limits: JointLimits) -> float:
    """Return an upper bound of how long `stop_from` takes within the limits.

    From full speed while still speeding up at full acceleration: that is taken back first, then
    the velocity it has added as well.
    """
    v, a, j = limits.velocity_rad_s, limits.acceleration_rad_s2, limits.jerk_rad_s3
    return float(np.max(a / j + (v + a * a / j) / a + a / j))


def _inputs(q, dq, ddq, limits: JointLimits, share: float) -> InputParameter:
    wish = InputParameter(6)
    wish.current_position = [float(value) for value in q]
    wish.current_velocity = [float(value) for value in dq]
    wish.current_acceleration = [float(value) for value in ddq]
    # Ruckig refuses a state on its limits by rounding; the limiter holds the exact ones.
    wish.max_velocity = (share * limits.velocity_rad_s * 0.98).tolist()
    wish.max_acceleration = (share**2 * limits.acceleration_rad_s2 * 0.98).tolist()
    wish.max_jerk = (share**3 * limits.jerk_rad_s3 * 0.98).tolist()
    return wish


def _solve(wish: InputParameter) -> Trajectory:
    trajectory = Trajectory(6)
    try:
        result = Ruckig(6).calculate(wish, trajectory)
    except RuckigError as error:
        result = str(error).strip().splitlines()[0]
    if result not in (Result.Working, Result.Finished):
        raise RobotError(
            f"no way to rest was found from q {wish.current_position}, dq {wish.current_velocity}, "
            f"ddq {wish.current_acceleration} ({result}): stop the arm and start again"
        )
    return trajectory
