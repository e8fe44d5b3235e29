# ruff: noqa: D102 - the words are Universal Robots', and its script manual describes them
"""URScript's words that move the arm: generators, with one `yield` a control cycle."""

import math
from collections.abc import Callable, Generator, Sequence

import numpy as np

from ur3_dancer.robot.controller.arm import SimulatedArm
from ur3_dancer.robot.controller.movers import MoveJ, MoveL, Mover, Speed, UnreachableError
from ur3_dancer.robot.controller.referee import Referee
from ur3_dancer.robot.controller.urscript.values import Pose, ScriptError

Steps = Generator[None, None, None]


def six(values: object, what: str) -> list[float]:
    """Return six finite numbers.

    Raises:
        ScriptError: `values` is something else.
    """
    if not isinstance(values, list) or len(values) != 6:
        raise ScriptError(f"{what} needs a list of 6 numbers, got {values!r}")
    numbers = [float(value) for value in values]
    if not all(map(math.isfinite, numbers)):
        raise ScriptError(f"{what} got a number that is not finite: {numbers}")
    return numbers


class MotionWords:
    """Every public method is a word of URScript, with URScript's argument names and defaults."""

    def __init__(self, arm: SimulatedArm, referee: Referee, protective_stop: Callable[[str], None]):
        self._arm = arm
        self._referee = referee
        self._stop = protective_stop

    def sync(self) -> Steps:
        yield

    def sleep(self, t: float) -> Steps:
        for _ in range(max(1, round(t / self._arm.period_s))):
            yield

    def servoj(
        self,
        q: list,
        a: float = 0.0,
        v: float = 0.0,
        t: float = 0.002,
        lookahead_time: float = 0.1,
        gain: float = 300.0,
    ) -> Steps:
        target = six(q, "servoj")
        self._referee.word(target, max(t, self._arm.period_s))
        try:
            self._arm.servo(target, lookahead_time, gain)
        except UnreachableError as error:
            self._stop(str(error))
        yield from self._keep_for(t)

    def _keep_for(self, duration_s: float) -> Steps:
        """Hold on to the motion for a time that the speed slider stretches; one cycle at least."""
        arm = self._arm
        left_s = duration_s
        while True:
            arm.keep()
            left_s -= arm.period_s * arm.scaling
            yield
            if left_s <= 1e-9:
                return

    def movej(
        self, q: list, a: float = 1.4, v: float = 1.05, t: float = 0.0, r: float = 0.0
    ) -> Steps:
        goal = self._as_joints(q, "movej")
        _positive(a=a, v=v)
        arm = self._arm
        move = arm.mover
        if not (isinstance(move, MoveJ) and move.blends and not move.done):
            yield from self._rest()
            move = MoveJ(arm.q)
            arm.move(move)
        move.add(goal, v, a, t)
        move.blends = False
        # A blend radius is metres at the tool; the next way begins while this one slows down.
        early_s = min(0.5 * move.left_s(), v / a) if r > 0.0 else 0.0
        while move.left_s() > early_s or (early_s == 0.0 and not move.done):
            arm.keep()
            yield
            if self._lost(move):
                yield from self._rest()
                move = MoveJ(arm.q)
                arm.move(move)
                move.add(goal, v, a, t)
        move.blends = r > 0.0
        arm.keep()

    def movel(
        self, pose: list, a: float = 1.2, v: float = 0.25, t: float = 0.0, r: float = 0.0
    ) -> Steps:
        arm = self._arm
        goal = six(pose, "movel")
        if not isinstance(pose, Pose):
            goal = arm.kinematics.forward(goal)
        _positive(a=a, v=v)
        yield from self._rest()
        move = self._line(goal, v, a, t)
        while not move.done:
            arm.keep()
            yield
            if self._lost(move):
                yield from self._rest()
                move = self._line(goal, v, a, t)

    movep = movel

    def servoc(self, pose: list, a: float = 1.2, v: float = 0.25, r: float = 0.0) -> Steps:
        # On the real arm a circular blend; here the straight lines that it blends.
        yield from self.movel(pose, a, v, 0.0, r)

    def _line(self, goal: list[float], v: float, a: float, t: float) -> Mover:
        if self._arm.kinematics.inverse(goal, self._arm.q) is None:
            raise ScriptError(f"movel cannot reach {[round(x, 4) for x in goal]}")
        move = MoveL(self._arm.kinematics, self._arm.q, goal)
        move.pace(v, a, t)
        return self._arm.move(move)

    def _lost(self, move: Mover) -> bool:
        """Return whether a motion was broken off and has to be taken up again.

        Raises:
            ScriptError: another thread moves the arm now; the real controller too allows only one.
        """
        if self._arm.mover is move:
            return False
        if not self._arm.broken_off:
            raise ScriptError("another thread took the arm over in the middle of a motion")
        return True

    def _rest(self) -> Steps:
        """Bring the arm to rest: moves start from rest here."""
        arm = self._arm
        if any(arm.dq) and (arm.mover.done or not arm.broken_off):
            arm.break_off()
        while any(arm.dq):
            yield

    def _as_joints(self, q: list, what: str) -> list[float]:
        numbers = six(q, what)
        if not isinstance(q, Pose):
            return numbers
        joints = self._arm.kinematics.inverse(numbers, self._arm.q)
        if joints is None:
            raise ScriptError(f"{what}: no joint angles reach {[round(x, 4) for x in numbers]}")
        return joints

    def speedj(self, qd: list, a: float = 0.5, t: float | None = None) -> Steps:
        yield from self._speed(six(qd, "speedj"), [a] * 6, t)

    def speedl(
        self, xd: list, a: float = 0.5, t: float | None = None, aRot: float | None = None
    ) -> Steps:
        arm = self._arm
        jacobian = arm.kinematics.jacobian(arm.q)
        if abs(np.linalg.det(jacobian)) < 1e-6:
            self._stop("speedl at a singular pose")
            yield
            return
        speed = six(xd, "speedl")
        dq = np.linalg.solve(jacobian, speed)
        # The acceleration is the tool's; all joints get the share that keeps the direction.
        ramp_s = max(math.hypot(*speed[:3]), 0.25 * math.hypot(*speed[3:]), 1e-6) / max(a, 1e-6)
        yield from self._speed(dq.tolist(), [max(abs(v) / ramp_s, 0.1) for v in dq], t)

    def _speed(self, dq: list[float], a: Sequence[float], t: float | None) -> Steps:
        arm = self._arm
        mover = Speed(dq, a)
        arm.move(mover)
        if t is not None and t > 0.0:
            yield from self._keep_for(t)
            return
        while True:
            arm.keep()
            yield
            if mover.reached or arm.mover is not mover:
                return

    def stopj(self, a: float = 2.0) -> Steps:
        yield from self._finish(self._arm.stop(a))

    def stopl(self, a: float = 2.0, aRot: float | None = None) -> Steps:
        yield from self._finish(self._arm.stop_tool(a))

    def _finish(self, mover: Mover) -> Steps:
        yield
        while not mover.done and self._arm.mover is mover:
            yield


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0.0 or not math.isfinite(value):
            raise ScriptError(f"{name} is {value}: it must be above 0")
