"""servoj: the arm follows a target that changes every control cycle.

UR does not publish the law. Ours is a critically damped second order: smooth, without overshoot,
and behind a moving target by `lookahead_s + _GAIN_LAG / gain`, which gives the 34 ms that were seen
at lookahead 0.03 s and gain 1200. It has not been compared with a real arm.
"""

import math
from collections.abc import Sequence

from ur3_dancer.robot.controller.model import SAFE_SPEED_RAD_S
from ur3_dancer.robot.controller.movers import Joints, UnreachableError

_GAIN_LAG = 4.8
"""Seconds of lag, times the gain."""

JUMP_RAD = 0.15
"""Farthest step from one target to the next: 1.2 times what a wrist at full speed does in 20 ms."""

_SPEED_MARGIN = 1.2
"""The stop comes when following would take this share of a joint's highest speed."""


class Servo:
    """Follows the last target given; `done` is never true of itself."""

    done = False

    def __init__(self, q: Joints):
        self._target = list(q)
        self._omega = 2.0 / 0.1
        self._slowed = False

    def aim(
        self, target: Sequence[float], lookahead_s: float, gain: float, slowed: bool = False
    ) -> None:
        """Set the target.

        Args:
            target: (6,) joint angles, rad.
            lookahead_s: smoothing, 0.03 to 0.2.
            gain: 100 to 2000.
            slowed: whether the speed slider holds the arm back: to be behind is no fault then.

        Raises:
            UnreachableError: it lies too far from the last one.
        """
        for joint, (new, old) in enumerate(zip(target, self._target, strict=True)):
            if abs(new - old) > JUMP_RAD:
                raise UnreachableError(
                    f"servoj target of joint {joint} jumps by {abs(new - old):.3f} rad"
                )
        self._target = list(target)
        self._slowed = slowed
        lag_s = max(0.03, min(0.2, lookahead_s)) + _GAIN_LAG / max(100.0, min(2000.0, gain))
        self._omega = 2.0 / lag_s

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the next place: the exact solution over one step with the target held."""
        omega = self._omega
        decay = math.exp(-omega * step_s)
        places, speeds = [], []
        for joint in range(6):
            error = q[joint] - self._target[joint]
            slope = dq[joint] + omega * error
            speed = (dq[joint] - omega * slope * step_s) * decay
            limit = SAFE_SPEED_RAD_S[joint]
            if -limit <= speed <= limit:
                places.append(self._target[joint] + (error + slope * step_s) * decay)
            elif abs(speed) > _SPEED_MARGIN * limit and not self._slowed:
                raise UnreachableError(
                    f"joint {joint} would need {abs(speed):.2f} rad/s, limit {limit:.2f} rad/s"
                )
            else:
                speed = math.copysign(limit, speed)
                places.append(q[joint] + speed * step_s)
            speeds.append(speed)
        return places, speeds
