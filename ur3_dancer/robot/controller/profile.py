"""Trapezoidal speed along a way: accelerate, cruise, decelerate."""

import math


class Trapezoid:
    """Progress 0..1 along a way of `length`, at rest at both ends.

    Args:
        length: of the way, in any unit, not negative.
        speed: highest speed, in that unit a second.
        acceleration: in that unit a second squared.
        duration_s: if positive, the way takes just this long: speed and acceleration are ignored,
            a third of the time each is spent on speeding up, cruising and slowing down.
    """

    def __init__(self, length: float, speed: float, acceleration: float, duration_s: float = 0.0):
        if duration_s > 0.0:
            speed = 1.5 * length / duration_s
            acceleration = 3.0 * speed / duration_s
        self._length = length
        self._acceleration = acceleration
        if length <= 1e-12:
            self._peak = self._ramp_s = self._cruise_s = 0.0
        else:
            self._peak = min(speed, math.sqrt(length * acceleration))
            self._ramp_s = self._peak / acceleration
            self._cruise_s = length / self._peak - self._ramp_s
        self.duration_s = 2.0 * self._ramp_s + self._cruise_s

    def progress(self, time_s: float) -> float:
        """Return the share of the way that is done after `time_s`."""
        if time_s >= self.duration_s:
            return 1.0
        if time_s <= 0.0:
            return 0.0
        left_s = self.duration_s - time_s
        if time_s < self._ramp_s:
            done = 0.5 * self._acceleration * time_s * time_s
        elif left_s < self._ramp_s:
            done = self._length - 0.5 * self._acceleration * left_s * left_s
        else:
            done = self._peak * (time_s - 0.5 * self._ramp_s)
        return done / self._length
