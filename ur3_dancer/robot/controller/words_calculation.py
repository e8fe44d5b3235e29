# ruff: noqa: D102 - the words are Universal Robots', and its script manual describes them
"""URScript's words that calculate: poses, texts, lists and numbers."""

import logging
import math
from collections.abc import Callable

from ur3_dancer.robot.controller import pose as poses
from ur3_dancer.robot.controller.urscript.values import Pose, ScriptError, Text, Vector, to_text
from ur3_dancer.robot.controller.words_motion import six

_LOG = logging.getLogger(__name__)
_MAX_TEXT = 65_536


class CalculationWords:
    """Every public method is a word of URScript."""

    # Poses

    def pose_trans(self, p_from: list, p_from_to: list) -> Pose:
        return Pose(poses.pose_trans(six(p_from, "pose_trans"), six(p_from_to, "pose_trans")))

    def pose_inv(self, p_from: list) -> Pose:
        return Pose(poses.pose_inv(six(p_from, "pose_inv")))

    def pose_add(self, p_1: list, p_2: list) -> Pose:
        return Pose(poses.pose_add(six(p_1, "pose_add"), six(p_2, "pose_add")))

    def pose_sub(self, p_to: list, p_from: list) -> Pose:
        return Pose(poses.pose_sub(six(p_to, "pose_sub"), six(p_from, "pose_sub")))

    def interpolate_pose(self, p_from: list, p_to: list, alpha: float) -> Pose:
        return Pose(poses.interpolate_pose(six(p_from, "pose"), six(p_to, "pose"), alpha))

    def pose_dist(self, p_from: list, p_to: list) -> float:
        return math.hypot(*poses.pose_sub(six(p_to, "pose_dist"), six(p_from, "pose_dist"))[:3])

    point_dist = pose_dist

    # Texts and lists

    def textmsg(self, s1: object, s2: object = "") -> None:
        _LOG.info("program: %s%s", to_text(s1)[:500], to_text(s2)[:500])

    def str_cat(self, op1: object, op2: object) -> Text:
        text = to_text(op1) + to_text(op2)
        if len(text) > _MAX_TEXT:
            raise ScriptError(f"a string of {len(text)} characters is too long")
        return Text(text)

    def to_str(self, val: object) -> Text:
        return Text(to_text(val))

    def str_len(self, text: str) -> float:
        return float(len(text))

    def length(self, values: list) -> float:
        return float(len(values))

    get_list_length = length

    def norm(self, a: object) -> float:
        return math.hypot(*a) if isinstance(a, list) else abs(a)

    def binary_list_to_integer(self, bits: list) -> float:
        return float(sum(1 << place for place, bit in enumerate(list(bits)[:32]) if bit))

    def integer_to_binary_list(self, x: float) -> Vector:
        return Vector(bool(int(x) >> place & 1) for place in range(32))


def _finite(function: Callable[..., float]) -> Callable[..., float]:
    def word(*numbers: float) -> float:
        return float(function(*numbers))

    return word


MATH_WORDS: dict[str, Callable] = {
    name: _finite(function)
    for name, function in {
        "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos,
        "atan": math.atan, "atan2": math.atan2, "sqrt": math.sqrt, "pow": math.pow, "exp": math.exp,
        "ceil": math.ceil, "floor": math.floor, "d2r": math.radians, "r2d": math.degrees,
        "log": lambda base, value: math.log(value, base),
    }.items()
}  # fmt: skip
MATH_WORDS["abs"] = abs
