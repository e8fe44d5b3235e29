"""The simulated arm: it moves as its mover says, and breaks off as the real one would."""

import math
from collections.abc import Sequence

from ur3_dancer.robot.controller.kinematics import Kinematics
from ur3_dancer.robot.controller.model import (
    ACCELERATION_LIMIT_RAD_S2,
    POWER_ON_POSE_RAD,
    Model,
)
from ur3_dancer.robot.controller.movers import Hold, Joints, Mover, Stop, UnreachableError
from ur3_dancer.robot.controller.safety import Safety
from ur3_dancer.robot.controller.servo import Servo

_SLIDER_RATE = 4.0
"""How fast the speed scaling follows the slider, 1/s: no joint speed jumps when it is moved."""

_HISTORY = 200


class SimulatedArm:
    """Joint targets and joints, stepped once a control cycle.

    Attributes:
        q: target joint angles, rad; `dq` and `ddq` their derivatives.
        actual_q: joint angles; the drives follow their target one cycle late.
        slider: speed slider, 0..1.
        scaling: share of full speed that motions run at, on its way to the slider.
        history: joint angles of the last cycles, newest first.
        broken_off: whether the last motion was cut short; the program may take it up again.
    """

    def __init__(self, model: Model):
        self.kinematics = Kinematics(model.table)
        self._safety = Safety(model, self.kinematics)
        self.period_s = model.period_s
        self.q: Joints = list(POWER_ON_POSE_RAD)
        self.dq: Joints = [0.0] * 6
        self.ddq: Joints = [0.0] * 6
        self.actual_q: Joints = list(self.q)
        self.actual_dq: Joints = [0.0] * 6
        self.slider = 1.0
        self.scaling = 1.0
        self.history: list[Joints] = []
        self.mover: Mover = Hold()
        self.broken_off = False
        self._renewed = False
        self._time_scale = 1.0

    @property
    def servoing(self) -> bool:
        """Whether servoj moves the arm."""
        return isinstance(self.mover, Servo)

    @property
    def steady(self) -> bool:
        """Whether the arm rests, as URScript's is_steady means it."""
        return not any(self.dq) and not any(self.actual_dq)

    def move(self, mover: Mover) -> Mover:
        """Let `mover` take over at the next step; return it."""
        self.mover = mover
        self.broken_off = False
        return mover

    def servo(self, target: Sequence[float], lookahead_s: float, gain: float) -> None:
        """Follow `target`; unless it is renewed the arm stops."""
        if not isinstance(self.mover, Servo):
            self.move(Servo(self.q))
        self.mover.aim(target, lookahead_s, gain, slowed=self.scaling < 1.0)
        self._renewed = True

    def keep(self) -> None:
        """Tell that the program still wants the present motion to go on."""
        self._renewed = True

    def stop(self, deceleration_rad_s2: float) -> Mover:
        """Bring the joints to rest, the fastest of them at `deceleration_rad_s2`."""
        fastest = max(abs(v) for v in self.dq)
        return self.move(Stop(self.dq, fastest / max(deceleration_rad_s2, 1e-3)))

    def stop_tool(self, deceleration_m_s2: float) -> Mover:
        """Bring the tool to rest at `deceleration_m_s2` (stopl)."""
        x, y, z = self.kinematics.velocity(self.q, self.dq)[:3]
        return self.move(Stop(self.dq, math.hypot(x, y, z) / max(deceleration_m_s2, 1e-3)))

    def break_off(self) -> None:
        """Stop as hard as the drives can."""
        self.stop(min(ACCELERATION_LIMIT_RAD_S2))
        self.broken_off = True

    def step(self, program_runs: bool) -> None:
        """Move one control cycle on.

        Args:
            program_runs: whether a program is in charge; motions that live from being renewed
                (servoj, speedj) end by themselves when nobody renews them.

        Raises:
            UnreachableError: the motion cannot go on; the arm has begun to stop.
        """
        change = self.slider - self.scaling
        most = _SLIDER_RATE * self.period_s
        self.scaling += max(-most, min(most, change))
        orphaned = not (self._renewed and program_runs)
        if orphaned and not self.mover.done and not isinstance(self.mover, Stop):
            self.break_off()
        self._renewed = False
        self._drive()
        scale = 1.0 if isinstance(self.mover, Stop) else self.scaling
        q, dq = self.q, self.dq
        try:
            self.q, self.dq = self._scaled_step(scale)
            self._safety.check(q, self.q, self.dq)
        except UnreachableError:
            self.q, self.dq = q, dq
            self.break_off()
            self.q, self.dq = self.mover.step(q, dq, self.period_s)
            self._time_scale = 1.0
            raise
        finally:
            self.ddq = [(b - a) / self.period_s for a, b in zip(dq, self.dq, strict=True)]

    def _scaled_step(self, scale: float) -> tuple[Joints, Joints]:
        """Step the mover in its own time, which runs at `scale`."""
        before, self._time_scale = self._time_scale, max(scale, 1e-9)
        if scale >= 1.0 and before >= 1.0:
            return self.mover.step(self.q, self.dq, self.period_s)
        if scale <= 1e-9:
            return self.q, [0.0] * 6
        inner = [v / before for v in self.dq]
        q, dq = self.mover.step(self.q, inner, self.period_s * scale)
        return q, [v * scale for v in dq]

    def _drive(self) -> None:
        self.actual_q, self.actual_dq = self.q, self.dq
        self.history.insert(0, self.actual_q)
        del self.history[_HISTORY:]
