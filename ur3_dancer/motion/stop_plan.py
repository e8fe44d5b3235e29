"""How one joint comes to rest from any motion, bounded in acceleration and jerk.

A plan is a sequence of accelerations, one a control period: an even ramp from the present one to
the brake's, the brake held, an even ramp back to nothing. Everything about it has a closed form, so
that the limiter can ask, each period, where each joint would end.

The ramps are whole numbers of periods long, and the brake is then as strong as makes the velocity
end at exactly zero. That is less than the time-optimal brake by a part of a period, and it makes
the plan exact for the discrete motion that a controller sees: v_k = v_(k-1) + a_k dt and
q_k = q_(k-1) + v_k dt.
"""

from math import ceil, floor, sqrt

_SLACK = 1e-9
_TINY = 1e-12


class StopPlan:
    """The way to rest of one joint from angle `q`, velocity `v` and acceleration `a`.

    Attributes:
        rest: angle at which it ends (rad).
        low, high: least and greatest angle on the way, `q` included (rad).
        fastest: velocity of the greatest speed on the way, the present one included (rad/s).
        periods: how many it takes.
    """

    __slots__ = (
        "_a",
        "_brake",
        "_down",
        "_dt",
        "_hold",
        "_k",
        "_q",
        "_sign",
        "_slope",
        "_up",
        "_v",
        "fastest",
        "high",
        "low",
        "periods",
        "rest",
    )

    def __init__(self, q: float, v: float, a: float, a_max: float, jerk: float, dt: float):
        """Plan.

        Args:
            q: angle of the last period (rad).
            v: velocity of the last period (rad/s).
            a: acceleration of the last period, at most `a_max` (rad/s²).
            a_max: acceleration limit (rad/s²).
            jerk: jerk limit (rad/s³).
            dt: control period (s).
        """
        self._q, self._dt, self._k = q, dt, 0
        if abs(v) < _TINY and abs(a) < _TINY:
            self._sign, self._v, self._a, self._slope, self._brake = 1.0, 0.0, 0.0, 0.0, 0.0
            self._up = self._hold = self._down = self.periods = 0
            self.rest = self.low = self.high = q
            self.fastest = v
            return
        # Where letting go of the acceleration leaves the velocity says which way to brake.
        free = v + a * abs(a) / (2.0 * jerk)
        self._sign = sign = 1.0 if free >= 0.0 else -1.0
        self._v = v = sign * v
        self._shape(v, sign * a, a_max, jerk, dt)
        up, hold, down, brake = self._up, self._hold, self._down, self._brake
        self.periods = up + hold + down
        # `at(periods)`, without its questions: this is asked six times a period.
        ramp = 0.5 * up * (up + 1) * (self._a + self._slope * (up + 2) / 3.0)
        reached = v + dt * up * (self._a + 0.5 * self._slope * (up + 1))
        held = reached - dt * hold * brake
        way = up * v + hold * reached + down * held
        let_go = (down * down - 1) / 3.0
        way += dt * (ramp - brake * (0.5 * hold * (hold + 1) + let_go))
        self.rest = q + sign * dt * way
        self._find_extremes()

    def ahead(self, k: int) -> float:
        """Return the angle `k` periods after those that were gone on by."""
        return self.at(self._k + k)

    def at(self, k: int) -> float:
        """Return the angle after the plan's first `k` periods (rad)."""
        dt, brake = self._dt, self._brake
        up = min(k, self._up)
        way, v = self._ramp_way(up), self._v + dt * self._gain(up)
        hold = min(max(k - self._up, 0), self._hold)
        way += dt * (hold * v - dt * brake * hold * (hold + 1) / 2)
        down = min(max(k - self._up - self._hold, 0), self._down)
        if down:
            v -= dt * hold * brake
            ramp = down * (down + 1) / 2 * (1.0 - (down + 2) / (3 * self._down))
            way += dt * (down * v - dt * brake * ramp)
        return self._q + self._sign * way

    def next_a(self) -> float:
        """Return the acceleration of the next period (rad/s²), and go on by one."""
        self._k = k = self._k + 1
        if k <= self._up:
            return self._sign * (self._a + k * self._slope)
        k -= self._up
        if k <= self._hold:
            return -self._sign * self._brake
        k -= self._hold
        return -self._sign * self._brake * (1.0 - k / self._down) if k < self._down else 0.0

    def peek_a(self) -> float:
        """Return the acceleration of the next period without going on."""
        a = self.next_a()
        self._k -= 1
        return a

    def _shape(self, v: float, a: float, a_max: float, jerk: float, dt: float) -> None:
        """Choose whole periods for the ramps and the hold, and the brake that they make exact."""
        step = jerk * dt
        brake = sqrt(max(jerk * v + 0.5 * a * a, 0.0))  # of the continuous time-optimal plan
        hold_s = 0.0
        if brake > a_max:
            hold_s = (v + 0.5 * a * a / jerk - a_max * a_max / jerk) / a_max
            brake = a_max
        up = max(1, ceil(abs(brake + a) / step - _SLACK))
        down = max(1, ceil(brake / step - _SLACK))
        hold = ceil(max(hold_s, 0.0) / dt - _SLACK)
        while True:
            brake = (v / dt + 0.5 * a * (up - 1)) / (0.5 * (up + down) + hold)
            if abs(brake + a) > up * step * (1.0 + _SLACK):
                up += 1
            elif abs(brake) > down * step * (1.0 + _SLACK):
                down += 1
            elif brake > a_max * (1.0 + _SLACK):
                hold += 1
            else:
                break
        self._a, self._slope, self._brake = a, (-brake - a) / up, brake
        self._up, self._hold, self._down = up, hold, down

    def _find_extremes(self) -> None:
        v, end = self._v, self.rest
        self.fastest = self._sign * v
        self.low, self.high = (self._q, end) if self._q < end else (end, self._q)
        if v < 0.0:  # it turns on the way: first back, as far as the velocity stays negative
            ends = [self.low, self.high, *map(self.at, self._near(self._turn()))]
            self.low, self.high = min(ends), max(ends)
        if self._a > 0.0 and self._slope < 0.0:  # it still gains speed while letting go
            top = v + self._dt * self._gain(floor(-self._a / self._slope))
            if top > abs(v):
                self.fastest = self._sign * top

    def _gain(self, k: int) -> float:
        """Return the sum of the ramp's first k accelerations."""
        return k * self._a + self._slope * k * (k + 1) / 2

    def _ramp_way(self, k: int) -> float:
        """Return the way of the ramp's first k periods."""
        ramp = self._a * k * (k + 1) / 2 + self._slope * k * (k + 1) * (k + 2) / 6
        return self._dt * (k * self._v + self._dt * ramp)

    def _turn(self) -> float:
        """Return after how many periods of the ramp the velocity crosses zero."""
        half, linear, constant = 0.5 * self._slope, self._a + 0.5 * self._slope, self._v / self._dt
        root = linear * linear - 4.0 * half * constant
        if root <= 0.0 or abs(half) < _TINY:
            return -constant / linear if abs(linear) > _TINY else self._up
        return 2.0 * -constant / (linear + sqrt(root))

    def _near(self, k: float) -> tuple[int, int]:
        """Return the whole periods of the ramp before and after `k`."""
        before = min(max(floor(k), 0), self._up)
        return before, min(before + 1, self._up)
