"""What moves the simulated arm: one mover at a time, stepped once a control cycle.

`step(q, dq, step_s)` gets the present target and its speed and returns the next ones. A mover
that is done keeps the arm where it is.
"""

import math
from collections.abc import Sequence
from typing import Protocol

from ur3_dancer.robot.controller.kinematics import Kinematics
from ur3_dancer.robot.controller.model import ACCELERATION_LIMIT_RAD_S2, SAFE_SPEED_RAD_S
from ur3_dancer.robot.controller.pose import interpolate_pose, pose_sub
from ur3_dancer.robot.controller.profile import Trapezoid

Joints = list[float]


class UnreachableError(Exception):
    """The arm cannot do this motion; the text is the reason of the protective stop."""


class Mover(Protocol):
    """One way of moving."""

    done: bool

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return target and speed one step on.

        Raises:
            UnreachableError: the arm would have to break off.
        """
        ...


class Hold:
    """The arm stands."""

    done = True

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the same place."""
        return q, [0.0] * 6


class Stop:
    """All joints come to rest together, along the direction in which they move."""

    def __init__(self, dq: Joints, duration_s: float):
        hardest_s = max(abs(v) / a for v, a in zip(dq, ACCELERATION_LIMIT_RAD_S2, strict=True))
        self._left_s = self._duration_s = max(duration_s, hardest_s)
        self._start = list(dq)
        self.done = not any(dq)

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the next place, with the speed falling linearly."""
        if self.done:
            return q, [0.0] * 6
        before = self._left_s / self._duration_s
        self._left_s = max(0.0, self._left_s - step_s)
        after = self._left_s / self._duration_s
        self.done = self._left_s == 0.0
        # The last step is a part of one: the way is the area under the ramp.
        way_s = 0.5 * (before + after) * (before - after) * self._duration_s
        return (
            [p + v * way_s for p, v in zip(q, self._start, strict=True)],
            [v * after for v in self._start],
        )


class MoveJ:
    """Joint moves: trapezoidal, all joints in step, blended by letting the next begin early.

    A blend adds the end of one displacement to the start of the next, so the speed never jumps.

    Attributes:
        goal: where it ends.
        blends: whether a next way may begin before this one is done.
    """

    def __init__(self, q: Joints):
        self._base = list(q)
        self._legs: list[tuple[Joints, Trapezoid, list[float]]] = []
        self.goal = list(q)
        self.blends = False
        self.done = True

    def add(self, goal: Sequence[float], speed: float, acceleration: float, time_s: float) -> None:
        """Begin the way from the present goal to the next one; speed is the leading axis's."""
        delta = [g - p for g, p in zip(goal, self.goal, strict=True)]
        length = max(abs(d) for d in delta)
        for d, limit in zip(delta, SAFE_SPEED_RAD_S, strict=True):
            if abs(d) > 1e-12:
                speed = min(speed, limit * length / abs(d))
        self._legs.append((delta, Trapezoid(length, speed, acceleration, time_s), [0.0]))
        self.goal = list(goal)
        self.done = False

    def left_s(self) -> float:
        """Return the time until the last way added is done."""
        return max((leg.duration_s - at[0] for _, leg, at in self._legs), default=0.0)

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the next place on the sum of the ways."""
        place = list(self._base)
        for delta, leg, at in self._legs:
            at[0] += step_s
            share = leg.progress(at[0])
            place = [p + d * share for p, d in zip(place, delta, strict=True)]
        while self._legs and self._legs[0][2][0] >= self._legs[0][1].duration_s:
            delta = self._legs.pop(0)[0]
            self._base = [p + d for p, d in zip(self._base, delta, strict=True)]
        if not self._legs:
            self.done = True
            return list(self.goal), [0.0] * 6
        return place, _speed(q, place, step_s)


class MoveL:
    """The tool goes straight, trapezoidal; the joints follow by inverse kinematics."""

    def __init__(self, kinematics: Kinematics, start: Joints, pose: Sequence[float]):
        self._kinematics = kinematics
        self._from = kinematics.forward(start)
        self._to = list(pose)
        self._time_s = 0.0
        self._way = Trapezoid(0.0, 1.0, 1.0)
        self.done = False

    def pace(self, speed: float, acceleration: float, time_s: float) -> None:
        """Set speed (m/s) and acceleration; a pure turn is paced as if a radian were 0.25 m."""
        x, y, z, rx, ry, rz = pose_sub(self._to, self._from)
        length = max(math.hypot(x, y, z), 0.25 * math.hypot(rx, ry, rz))
        self._way = Trapezoid(length, speed, acceleration, time_s)

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the next place on the line."""
        self._time_s += step_s
        share = self._way.progress(self._time_s)
        place = self._kinematics.inverse(interpolate_pose(self._from, self._to, share), q)
        if place is None:
            raise UnreachableError("movel leaves the arm's reach")
        self.done = self._time_s >= self._way.duration_s
        return place, [0.0] * 6 if self.done else _speed(q, place, step_s)


class Speed:
    """Joint speeds approach a target at a given acceleration (speedj, speedl).

    Attributes:
        reached: whether the joints have the speeds asked for.
    """

    def __init__(self, dq: Sequence[float], acceleration: Sequence[float]):
        self.target = [max(-t, min(t, v)) for v, t in zip(dq, SAFE_SPEED_RAD_S, strict=True)]
        self._acceleration = [max(a, 1e-6) for a in acceleration]
        self.reached = self.done = False

    def step(self, q: Joints, dq: Joints, step_s: float) -> tuple[Joints, Joints]:
        """Return the next place with speeds ramped towards the target."""
        speeds = []
        for v, wish, a in zip(dq, self.target, self._acceleration, strict=True):
            most = a * step_s
            speeds.append(wish if abs(wish - v) <= most else v + math.copysign(most, wish - v))
        self.reached = speeds == self.target
        self.done = not any(speeds)
        return [p + 0.5 * (v + w) * step_s for p, v, w in zip(q, dq, speeds, strict=True)], speeds


def _speed(before: Joints, after: Joints, step_s: float) -> Joints:
    if step_s <= 0.0:
        return [0.0] * 6
    return [(b - a) / step_s for a, b in zip(before, after, strict=True)]
