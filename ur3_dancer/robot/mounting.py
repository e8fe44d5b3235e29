"""What is mounted on a physical arm: its controller and the arm configuration must agree.

A wrong payload makes the arm sag or trip its protective stop as soon as it moves fast; a tool that
the workspace check does not know of meets the table. Both are set by hand at the pendant, so a
person writes them down a second time, and the two are compared before anything moves.
"""

import logging

from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import Tool
from ur3_dancer.robot.rtde_once import read_once

_log = logging.getLogger(__name__)

_PAYLOAD_TOLERANCE_KG = 0.02
_PLACE_TOLERANCE_M = 0.002
_VARIABLES = {
    "payload_kg": ("payload", _PAYLOAD_TOLERANCE_KG, "kg"),
    "center_of_gravity_m": ("payload_cog", _PLACE_TOLERANCE_M, "m"),
    "tcp_offset_m": ("tcp_offset", _PLACE_TOLERANCE_M, "m"),
}


def check_mounting(name: str, host: str, tool: Tool | None) -> None:
    """Compare the controller's payload and TCP with the arm configuration's `tool`.

    Args:
        name: how texts call the arm.
        host: address of its controller.
        tool: what a person says is mounted, or None when nobody has said it.

    Raises:
        RobotError: nobody has said it, or the controller says something else; the text has the
            controller's values, ready to be checked and copied.
    """
    found = read_once(host, [variable for variable, _, _ in _VARIABLES.values()])
    told = {}
    for key, (variable, _, _) in _VARIABLES.items():
        value = found[variable]
        told[key] = None if value is None else value[0] if len(value) == 1 else value[:3]
    if tool is None:
        raise RobotError(
            f"{name}: the arm configuration does not say what is mounted. The controller has "
            f"{_as_yaml(told)}. Check payload and TCP at the pendant (Installation), then add this "
            "line, with true values, to your copy of config/arm/*.yaml; nothing was moved"
        )
    for key, (variable, tolerance, unit) in _VARIABLES.items():
        said, value = getattr(tool, key), told[key]
        if value is None:
            _log.warning(
                "%s does not tell its %s (older PolyScope): compare it with the pendant yourself",
                name,
                variable,
            )
        elif any(abs(a - b) > tolerance for a, b in zip(_list(said), _list(value), strict=True)):
            raise RobotError(
                f"{name} has {variable} {_text(value)} {unit} and the arm configuration says tool: "
                f"{key} {_text(said)} {unit}: find out which is true and correct the other, at the "
                "pendant (Installation) or in config/arm/*.yaml; nothing was moved"
            )


def _list(value: float | tuple[float, ...]) -> list[float]:
    return list(value) if isinstance(value, tuple) else [value]


def _text(value: float | tuple[float, ...] | None) -> str:
    if value is None:
        return "UNKNOWN"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{round(each, 4):g}" for each in value) + "]"
    return f"{round(value, 4):g}"


def _as_yaml(told: dict) -> str:
    return "tool: {" + ", ".join(f"{key}: {_text(value)}" for key, value in told.items()) + "}"
