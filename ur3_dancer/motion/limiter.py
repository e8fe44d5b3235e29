"""The last word on every command: limits against the previous command.

What the controller can measure is differences of successive commands at the nominal period:
v_k = (q_k - q_(k-1)) / dt and a_k = (v_k - v_(k-1)) / dt. Those are what the limiter bounds, always
and exactly: position, velocity, acceleration. Jerk is bounded too except where one of the three
would break without more of it (a position limit reached at speed, the workspace's brake).

A target that moves within the limits is followed without lag, by its own velocity. A gap to it is
closed as fast as still allows braking onto it. Plain Python numbers: for six joints they cost less
than NumPy's call overhead, and this runs 500 times a second.
"""

from collections.abc import Sequence
from math import floor, isfinite, sqrt

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.limits import JointLimits
from ur3_dancer.motion.workspace import WorkspaceGuard

_EXACT = 1.0 - 1e-7
"""Of each limit, so that rounding in the differences of what is sent never shows a violation."""

_POSITION_MARGIN_RAD = 1e-9

_APPROACH_SHARE = 0.5
"""Of the acceleration limit, for closing a gap: the target needs the rest for its own turns."""

_BRAKE_SHARE = 0.8
"""Of the acceleration limit, for braking before a position limit, while nothing forces more."""

_TURN_SHARE = 0.7
"""Of the jerk limit, for arriving at a wished velocity; the target's own turns need the rest."""

_APPROACH_PER_S = 30.0
"""Rate at which the last of a gap is closed: gently enough for the jerk limit to follow."""

_BISECTIONS = 4
_REST_RAD_S = 1e-4


def greatest_speed(distance: float, deceleration: float, period_s: float) -> float:
    """Return the speed from which periods of at most `deceleration` end within `distance`.

    The first period is still travelled at that speed. Exact for the discrete motion: n full
    periods of braking and a rest, speed v = a dt x with (n + 1) x - n (n + 1) / 2 = distance /
    (a dt**2), n = floor(x).
    """
    if distance <= 0.0:
        return 0.0
    unit = distance / (deceleration * period_s * period_s)
    n = floor(sqrt(0.25 + 2.0 * unit) - 0.5)
    return deceleration * period_s * (unit + 0.5 * n * (n + 1)) / (n + 1)


def stopping_distance(speed: float, deceleration: float, period_s: float) -> float:
    """Return what is travelled while braking from `speed`, without the period at that speed."""
    x = speed / (deceleration * period_s)
    n = floor(x)
    return deceleration * period_s * period_s * (n * x - 0.5 * n * (n + 1))


def closing_speed(gap: float, acceleration: float) -> float:
    """Return how fast to close `gap`: in proportion when small, else so that braking suffices.

    The two parts meet with equal slope, so that the deceleration has no jump.
    """
    small = acceleration / _APPROACH_PER_S**2
    if gap <= small:
        return _APPROACH_PER_S * gap
    return sqrt(2.0 * acceleration * (gap - 0.5 * small))


class Limiter:
    """Turns wishes into commands that break no limit; owned by the servo loop.

    Attributes:
        q, v, a: the last command and its finite differences (rad, rad/s, rad/s²), six each.
        refused: targets that were not finite.
        held: steps in which the workspace did not allow the wish; `held_why` says what for.
    """

    def __init__(self, limits: JointLimits, period_s: float, guard: WorkspaceGuard | None = None):
        """Prepare for commands every `period_s` seconds; `seed` before the first step."""
        if not period_s > 0.0:
            raise ConfigError(f"period of {period_s} s: the control period must be above 0")
        self.period_s = period_s
        self._guard = guard
        self._stage = limits
        self._velocity = [v * _EXACT for v in limits.velocity_rad_s.tolist()]
        self._acceleration = [a * _EXACT for a in limits.acceleration_rad_s2.tolist()]
        self._jerk = [j * _EXACT for j in limits.jerk_rad_s3.tolist()]
        self._lower, self._upper = limits.lower_rad.tolist(), limits.upper_rad.tolist()
        self.q, self.v, self.a = [0.0] * 6, [0.0] * 6, [0.0] * 6
        self._dq, self._mean_speed = [0.0] * 6, [0.0] * 6
        self._forced = [False] * 6
        self.refused = self.held = 0
        self.held_why = ""

    def seed(self, q: Sequence[float]) -> None:
        """Start at rest at the measured pose `q`: done once, at hand-over.

        A pose beyond a position limit widens that limit to where the arm is: it may come in, but
        go no further out.
        """
        self.q = [float(value) for value in q]
        self.v, self.a = [0.0] * 6, [0.0] * 6
        self._dq, self._mean_speed = [0.0] * 6, [0.0] * 6
        self.use_range(self._stage.lower_rad.tolist(), self._stage.upper_rad.tolist())

    def use_range(self, lower: Sequence[float], upper: Sequence[float]) -> None:
        """Set the position limits; where the present motion cannot keep them, they give way."""
        low, high = [], []
        for i in range(6):
            ahead = stopping_distance(abs(self.v[i]), self._acceleration[i], self.period_s)
            end = self.q[i] + (ahead if self.v[i] > 0.0 else -ahead)
            low.append(min(float(lower[i]) + _POSITION_MARGIN_RAD, end, self.q[i]))
            high.append(max(float(upper[i]) - _POSITION_MARGIN_RAD, end, self.q[i]))
        self._lower, self._upper = low, high

    @property
    def at_rest(self) -> bool:
        """Return whether the last two commands are as good as equal."""
        return max(map(abs, self.v)) < _REST_RAD_S

    def step(self, q: Sequence[float], dq: Sequence[float]) -> list[float]:
        """Return the next command towards target angles `q` moving at `dq`."""
        if not (all(map(isfinite, q)) and all(map(isfinite, dq))):
            self.refused += 1
            return self.brake()
        wish = [self._follow(i, q[i], dq[i]) for i in range(6)]
        self._dq = [float(speed) for speed in dq]
        return self._take(self._inside_workspace(wish))

    def brake(self) -> list[float]:
        """Return the next command on the way to rest, jerk-bounded."""
        self._dq, self._mean_speed = [0.0] * 6, [0.0] * 6
        wish = [self._within_limits(i, 0.0, 0.0) for i in range(6)]
        return self._take(self._inside_workspace(wish))

    def _follow(self, i: int, target: float, speed: float) -> float:
        """Return joint i's velocity for the next period."""
        dt = self.period_s
        target = min(max(target, self._lower[i]), self._upper[i])
        mean_speed = 0.5 * (speed + self._dq[i])  # of the target since the last step
        turn = (mean_speed - self._mean_speed[i]) / dt
        self._mean_speed[i] = mean_speed
        gap = target - self.q[i] - mean_speed * dt
        closing = closing_speed(abs(gap), _APPROACH_SHARE * self._acceleration[i])
        return self._within_limits(i, mean_speed + (closing if gap > 0.0 else -closing), turn)

    def _within_limits(self, i: int, wish: float, turn: float) -> float:
        """Return the velocity joint i should have in the next period.

        Args:
            i: joint.
            wish: velocity to reach.
            turn: acceleration of the target, to have when it is reached.
        """
        dt, v, a = self.period_s, self.v[i], self.a[i]
        v_max, a_max, jerk = self._velocity[i], self._acceleration[i], self._jerk[i]
        to_upper, to_lower = self._upper[i] - self.q[i], self.q[i] - self._lower[i]
        # Wishes: slow down before a position limit with something in reserve; arrive at the
        # wished velocity, and at the velocity limit, without acceleration left over.
        soft = _BRAKE_SHARE * a_max
        wish = min(wish, greatest_speed(to_upper, soft, dt), v_max)
        wish = max(wish, -greatest_speed(to_lower, soft, dt), -v_max)
        short = wish - v - turn * dt
        push = greatest_speed(abs(short), _TURN_SHARE * jerk, dt)
        a_wish = turn + (push if short > 0.0 else -push)
        # A brake that was forced ends as suddenly: letting go with the jerk limit would bounce.
        a_high, a_low = (max(a, 0.0), min(a, 0.0)) if self._forced[i] else (a, a)
        a_wish = min(a_wish, a_high + jerk * dt, a_max, greatest_speed(v_max - v, jerk, dt))
        a_wish = max(a_wish, a_low - jerk * dt, -a_max, -greatest_speed(v_max + v, jerk, dt))
        wish = v + a_wish * dt
        # Laws: whatever the wish, these hold; they can hold together because they did before.
        law = min(wish, v + a_max * dt, v_max, greatest_speed(to_upper, a_max, dt))
        law = max(law, v - a_max * dt, -v_max, -greatest_speed(to_lower, a_max, dt))
        self._forced[i] = law != wish
        return law

    def _hardest_brake(self) -> list[float]:
        velocities = []
        for v, a_max in zip(self.v, self._acceleration, strict=True):
            change = a_max * self.period_s
            velocities.append(max(v - change, 0.0) if v > 0.0 else min(v + change, 0.0))
        return velocities

    def _inside_workspace(self, wish: list[float]) -> list[float]:
        """Return `wish`, or as much of it as the workspace allows, or the hardest brake.

        A step is allowed when the pose it leads to and the pose in which the arm could then come
        to rest are both allowed. So there is always a way to hold before a forbidden pose.
        """
        if self._guard is None or not (any(wish) or any(self.v)):
            return wish
        why = self._wrong_with(wish)
        if why is None:
            return wish
        self.held += 1
        self._forced = [True] * 6
        self.held_why = why
        brake = self._hardest_brake()
        share, step = 0.0, 0.5
        for _ in range(_BISECTIONS):
            trial = [b + (share + step) * (w - b) for b, w in zip(brake, wish, strict=True)]
            if self._wrong_with(trial) is None:
                share += step
            step *= 0.5
        return [b + share * (w - b) for b, w in zip(brake, wish, strict=True)]

    def _wrong_with(self, velocities: list[float]) -> str | None:
        dt = self.period_s
        pose = [q + v * dt for q, v in zip(self.q, velocities, strict=True)]
        rest = []
        for q, v, a_max in zip(pose, velocities, self._acceleration, strict=True):
            ahead = stopping_distance(abs(v), a_max, dt)
            rest.append(q + ahead if v > 0.0 else q - ahead)
        return self._guard.step_violation(self.q, pose, rest, dt)

    def _take(self, velocities: list[float]) -> list[float]:
        dt = self.period_s
        command = [q + v * dt for q, v in zip(self.q, velocities, strict=True)]
        self.a = [(new - old) / dt for new, old in zip(velocities, self.v, strict=True)]
        self.q, self.v = command, velocities
        return command
