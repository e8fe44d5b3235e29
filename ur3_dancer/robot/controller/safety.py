"""What makes the arm break off: joint limits, joint and tool speed, touching itself."""

import math
from collections.abc import Sequence

from ur3_dancer.motion.workspace import Workspace, WorkspaceGuard
from ur3_dancer.robot.controller.kinematics import Kinematics
from ur3_dancer.robot.controller.model import (
    POSITION_LIMIT_RAD,
    SAFE_SPEED_RAD_S,
    SAFE_TOOL_SPEED_M_S,
    Model,
)
from ur3_dancer.robot.controller.movers import UnreachableError

_SPEED_MARGIN = 1.05
_OVERLAP_M = 0.01
"""Capsules are rounder than the arm: parts touch only when they are this deep in one another.

A real arm has no such sensor; it runs into itself and stops because of the force."""

_TOUCH_EVERY_S = 0.008
"""How often that is looked at; at full speed the arm goes 12 mm meanwhile."""

_REACH_M = 0.7
"""No part of a UR3 is farther from any of its axes: bounds the tool's speed cheaply."""


class Safety:
    """Checks each step of the simulated arm."""

    def __init__(self, model: Model, kinematics: Kinematics):
        self._kinematics = kinematics
        self._every = max(1, round(_TOUCH_EVERY_S / model.period_s))
        self._step = 0
        # What the arm stands on and beside is the user's; the arm knows nothing of it.
        self._body = WorkspaceGuard(model.key, Workspace(table_z_m=-math.inf, margin_m=0.0))

    def check(self, before: Sequence[float], q: Sequence[float], dq: Sequence[float]) -> None:
        """Let a step pass, or not; a step out of a forbidden place always passes.

        Args:
            before: (6,) joint angles before the step, rad.
            q: (6,) joint angles after it.
            dq: (6,) joint speeds, rad/s.

        Raises:
            UnreachableError: the real arm would stop here; the text says why.
        """
        for joint, (place, limit, old) in enumerate(
            zip(q, POSITION_LIMIT_RAD, before, strict=True)
        ):
            if abs(place) > limit and abs(place) > abs(old):
                raise UnreachableError(f"joint {joint} reaches its limit at {place:.3f} rad")
        for joint, (speed, limit) in enumerate(zip(dq, SAFE_SPEED_RAD_S, strict=True)):
            if abs(speed) > _SPEED_MARGIN * limit:
                raise UnreachableError(f"joint {joint} is too fast: {speed:.2f} rad/s")
        most = sum(map(abs, dq))
        if most == 0.0:
            return
        if most * _REACH_M > SAFE_TOOL_SPEED_M_S:
            speed = math.hypot(*self._kinematics.velocity(q, dq)[:3])
            if speed > _SPEED_MARGIN * SAFE_TOOL_SPEED_M_S:
                raise UnreachableError(f"the tool is too fast: {speed:.2f} m/s")
        self._step += 1
        if self._step % self._every == 0:
            self._touch(list(before), list(q))

    def _touch(self, before: list[float], q: list[float]) -> None:
        depth_m = self._body.depth_m(q)
        if depth_m > _OVERLAP_M and depth_m > self._body.depth_m(before):
            raise UnreachableError(f"the arm touches itself: {self._body.violation(q)}")
