"""The last word on every command: limits against the previous command.

What the controller can measure is differences of successive commands at the nominal period:
v_k = (q_k - q_(k-1)) / dt, a_k = (v_k - v_(k-1)) / dt, and their jerk. Those are what the limiter
bounds, always and exactly: position, velocity, acceleration, jerk.

It never takes a step from which it could not come to rest within all of them. Each step comes with
a `StopPlan` for every joint; a wish whose plan would leave the limits or the workspace is taken in
part, and if no part will do, the arm goes on with the plans of the step before, which were checked.

A target that moves within the limits is followed without lag, by its own velocity. A gap to it is
closed as fast as still allows braking onto it. Plain Python numbers: for six joints they cost less
than NumPy's call overhead, and this runs 500 times a second.
"""

from collections.abc import Sequence
from math import floor, isfinite, sqrt

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.limits import JointLimits
from ur3_dancer.motion.stop_plan import StopPlan
from ur3_dancer.motion.workspace import WorkspaceGuard

_EXACT = 1.0 - 1e-6
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

_SURELY_SLOW = 0.8
"""Of the tool's speed limit: below it the bend of the way to rest makes no difference."""

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
        # With so much room to a position limit, or to the velocity limit, neither slows anything.
        rates = list(zip(self._velocity, self._acceleration, self._jerk, strict=True))
        soft = [_BRAKE_SHARE * a for a in self._acceleration]
        self._set_in_s = [0.5 * b / j for b, (_, _, j) in zip(soft, rates, strict=True)]
        self._far = [
            v * (v / b + 2.0 * period_s + s)
            for b, s, (v, _, _) in zip(soft, self._set_in_s, rates, strict=True)
        ]
        self._spare = [(a + j * period_s) ** 2 / j for _, a, j in rates]
        self._lower, self._upper = limits.lower_rad.tolist(), limits.upper_rad.tolist()
        self.q, self.v, self.a = [0.0] * 6, [0.0] * 6, [0.0] * 6
        self._dq, self._mean_speed = [0.0] * 6, [0.0] * 6
        self._plans = [self._plan(i, 0.0) for i in range(6)]
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
        self._plans = [self._plan(i, 0.0) for i in range(6)]
        self.use_range(self._stage.lower_rad.tolist(), self._stage.upper_rad.tolist())

    def use_range(self, lower: Sequence[float], upper: Sequence[float]) -> None:
        """Set the position limits; where the present motion cannot keep them, they give way."""
        low, high = [], []
        for i, plan in enumerate(self._plans):
            low.append(min(float(lower[i]) + _POSITION_MARGIN_RAD, plan.low))
            high.append(max(float(upper[i]) - _POSITION_MARGIN_RAD, plan.high))
        self._lower, self._upper = low, high

    @property
    def at_rest(self) -> bool:
        """Return whether the last commands are as good as equal, and the next one may be."""
        speed, change = max(map(abs, self.v)), max(map(abs, self.a)) * self.period_s
        return max(speed, change) < _REST_RAD_S

    def step(self, q: Sequence[float], dq: Sequence[float]) -> list[float]:
        """Return the next command towards target angles `q` moving at `dq`."""
        if not (all(map(isfinite, q)) and all(map(isfinite, dq))):
            self.refused += 1
            return self.brake()
        wish = [self._follow(i, q[i], dq[i]) for i in range(6)]
        self._dq = [float(speed) for speed in dq]
        steps = [self._within_limits(i, wish[i]) for i in range(6)]
        return self._take(*self._inside_workspace(*map(list, zip(*steps, strict=True))))

    def brake(self) -> list[float]:
        """Return the next command on the way to rest: on with the plans of the last step."""
        self._dq, self._mean_speed = [0.0] * 6, [0.0] * 6
        return self._take([plan.peek_a() for plan in self._plans], self._plans)

    def _follow(self, i: int, target: float, speed: float) -> float:
        """Return the acceleration that joint i should have in the next period."""
        dt = self.period_s
        target = min(max(target, self._lower[i]), self._upper[i])
        mean_speed = 0.5 * (speed + self._dq[i])  # of the target since the last step
        turn = (mean_speed - self._mean_speed[i]) / dt
        self._mean_speed[i] = mean_speed
        gap = target - self.q[i] - mean_speed * dt
        closing = closing_speed(abs(gap), _APPROACH_SHARE * self._acceleration[i])
        return self._towards(i, mean_speed + (closing if gap > 0.0 else -closing), turn)

    def _towards(self, i: int, wish: float, turn: float) -> float:
        """Return the acceleration, within its limit and that of jerk, that leads to a velocity.

        Args:
            i: joint.
            wish: velocity to reach.
            turn: acceleration of the target, to have when it is reached.
        """
        dt, v, a = self.period_s, self.v[i], self.a[i]
        v_max, a_max, jerk = self._velocity[i], self._acceleration[i], self._jerk[i]
        to_upper, to_lower = self._upper[i] - self.q[i], self.q[i] - self._lower[i]
        # Slow down before a position limit with something in reserve, and early enough for the
        # brake to set in; arrive at the wished velocity, and at the velocity limit, without
        # acceleration left over.
        wish = min(max(wish, -v_max), v_max)
        if min(to_upper, to_lower) < self._far[i]:
            soft, set_in = _BRAKE_SHARE * a_max, abs(v) * self._set_in_s[i]
            wish = min(wish, greatest_speed(to_upper - set_in, soft, dt))
            wish = max(wish, -greatest_speed(to_lower - set_in, soft, dt))
        short = wish - v - turn * dt
        push = greatest_speed(abs(short), _TURN_SHARE * jerk, dt)
        a_wish = turn + (push if short > 0.0 else -push)
        if abs(v) > v_max - self._spare[i]:
            a_wish = min(a_wish, greatest_speed(v_max - v, jerk, dt))
            a_wish = max(a_wish, -greatest_speed(v_max + v, jerk, dt))
        a_wish = min(max(a_wish, a - jerk * dt), a + jerk * dt)
        return min(max(a_wish, -a_max), a_max)

    def _within_limits(self, i: int, wish: float) -> tuple[float, StopPlan]:
        """Return of an acceleration as much as leaves joint i a way to rest in its limits, and it.

        None of it is the next of the plan that was checked a step ago.
        """
        plan = self._plan(i, wish)
        if self._keeps(i, plan):
            return wish, plan
        sure = self._plans[i].peek_a()
        chosen, plan = sure, self._plans[i]
        share, step = 0.0, 0.5
        for _ in range(_BISECTIONS):
            trial = sure + (share + step) * (wish - sure)
            trial_plan = self._plan(i, trial)
            if self._keeps(i, trial_plan):
                share += step
                chosen, plan = trial, trial_plan
            step *= 0.5
        return chosen, plan

    def _keeps(self, i: int, plan: StopPlan) -> bool:
        inside = self._lower[i] <= plan.low and plan.high <= self._upper[i]
        return inside and abs(plan.fastest) <= self._velocity[i]

    def _plan(self, i: int, a: float) -> StopPlan:
        """Return joint i's way to rest after a period of acceleration `a`."""
        dt = self.period_s
        v = self.v[i] + a * dt
        return StopPlan(self.q[i] + v * dt, v, a, self._acceleration[i], self._jerk[i], dt)

    def _inside_workspace(
        self, wish: list[float], plans: list[StopPlan]
    ) -> tuple[list[float], list[StopPlan]]:
        """Return of the accelerations as much as the workspace allows, and the ways to rest.

        A step is allowed when the pose it leads to and the pose in which the arm could then come
        to rest are both allowed. So there is always a way to hold before a forbidden pose; where
        that way bends, it may enter one by hundredths of a millimetre of the margin.
        """
        if self._guard is None or not (any(wish) or any(self.v)):
            return wish, plans
        why = self._wrong_with(wish, plans)
        if why is None:
            return wish, plans
        self.held += 1
        self.held_why = why
        sure = [plan.peek_a() for plan in self._plans]
        chosen, plans = sure, self._plans
        share, step = 0.0, 0.5
        for _ in range(_BISECTIONS):
            trial = [s + (share + step) * (w - s) for s, w in zip(sure, wish, strict=True)]
            trial_plans = [self._plan(i, a) for i, a in enumerate(trial)]
            kept = all(map(self._keeps, range(6), trial_plans))
            if kept and self._wrong_with(trial, trial_plans) is None:
                share += step
                chosen, plans = trial, trial_plans
            step *= 0.5
        return chosen, plans

    def _wrong_with(self, accelerations: list[float], plans: list[StopPlan]) -> str | None:
        dt, guard = self.period_s, self._guard
        speeds = [v + a * dt for v, a in zip(self.v, accelerations, strict=True)]
        pose = [q + v * dt for q, v in zip(self.q, speeds, strict=True)]
        before, body = guard.body(self.q), guard.body(pose)
        tool_m_s = guard.tool_speed(before, body, dt)
        wrong = guard.speed_violation(tool_m_s) or guard.body_violation(body)
        wrong = wrong or guard.violation([plan.rest for plan in plans])
        # Joints that still gain speed reach it on the way: mostly the tool cannot be too fast then.
        gain = sum(abs(plan.fastest - v) for plan, v in zip(plans, speeds, strict=True))
        if wrong or tool_m_s + gain * guard.reach_m < _SURELY_SLOW * guard.workspace.tcp_speed_m_s:
            return wrong
        fastest = [q + plan.fastest * dt for q, plan in zip(pose, plans, strict=True)]
        k = max(plan.periods for plan in plans) // 4
        near, far = (guard.body([plan.ahead(k + i) for plan in plans]) for i in (0, 1))
        most_m_s = max(
            guard.tool_speed(body, guard.body(fastest), dt), guard.tool_speed(near, far, dt)
        )
        return guard.speed_violation(most_m_s)

    def _take(self, accelerations: list[float], plans: list[StopPlan]) -> list[float]:
        dt = self.period_s
        for before, after in zip(self._plans, plans, strict=True):
            if after is before:
                after.next_a()
        self.v = [v + a * dt for v, a in zip(self.v, accelerations, strict=True)]
        self.q = [q + v * dt for q, v in zip(self.q, self.v, strict=True)]
        self.a, self._plans = accelerations, plans
        return self.q
