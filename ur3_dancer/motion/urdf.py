"""URDF of UR3 and UR3e, made from the published Denavit-Hartenberg parameters.

Names of links and joints are those of Universal Robots' own `ur_description`, so that whatever
shows the one shows the other. Every link frame lies in its joint: a step of the DH chain,
Rz(q) Tz(d) Tx(a) Rx(alpha), is split behind Tz(d), which may as well come before Rz(q).
"""

import xml.etree.ElementTree as ET

import numpy as np

from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.kinematics import DhTable, dh_table
from ur3_dancer.motion.limits import UR3_POSITION_RAD, UR3_VELOCITY_RAD_S
from ur3_dancer.motion.shapes import Cylinder, cylinders

LINKS = (
    "base",
    "shoulder_link",
    "upper_arm_link",
    "forearm_link",
    "wrist_1_link",
    "wrist_2_link",
    "wrist_3_link",
)
"""Link i turns with joint i. `base` is the controller's frame."""

_EFFORT_NM = (54.0, 54.0, 28.0, 9.0, 9.0, 9.0)
"""Source: joint_limits.yaml of ur_description, ur3 and ur3e."""

_COLOURS = {"casing": "0.20 0.22 0.26 1", "tube": "0.72 0.75 0.79 1"}


def urdf(model: str) -> str:
    """Return the robot description of `ur3` or `ur3e` as XML.

    The tool flange is `tool0`. Root is `base_link`, turned by half a turn against `base` (REP-199).

    Raises:
        ConfigError: another model is asked for.
    """
    table, parts = dh_table(model), cylinders(model)
    robot = ET.Element("robot", name=model)
    for name, rgba in _COLOURS.items():
        ET.SubElement(ET.SubElement(robot, "material", name=name), "color", rgba=rgba)
    ET.SubElement(robot, "link", name="base_link")
    for i, link in enumerate(LINKS):
        element = ET.SubElement(robot, "link", name=link)
        for part in parts:
            if part.frame == i:
                _add_shape(element, part, table)
    ET.SubElement(robot, "link", name="tool0")
    _add_joint(robot, "base_joint", "fixed", "base_link", "base", (0, 0, 0), (0, 0, np.pi))
    for i, joint in enumerate(JOINTS):
        element = _add_joint(
            robot, joint, "revolute", LINKS[i], LINKS[i + 1], *_origin(table, i + 1)
        )
        ET.SubElement(element, "axis", xyz="0 0 1")
        ET.SubElement(
            element,
            "limit",
            lower=_text(-UR3_POSITION_RAD[i]),
            upper=_text(UR3_POSITION_RAD[i]),
            velocity=_text(UR3_VELOCITY_RAD_S[i]),
            effort=_text(_EFFORT_NM[i]),
        )
    _add_joint(robot, "flange_joint", "fixed", LINKS[6], "tool0", *_origin(table, 7))
    ET.indent(robot)
    return ET.tostring(robot, encoding="unicode", xml_declaration=True) + "\n"


def _origin(table: DhTable, joint: int) -> tuple[tuple, tuple]:
    """Return position and roll-pitch-yaw of joint 1..6 (7: the flange) in the link before it."""
    a_m, alpha_rad = (
        (0.0, 0.0) if joint == 1 else (table.a_m[joint - 2], table.alpha_rad[joint - 2])
    )
    d_m = table.d_m[joint - 1] if joint <= 6 else 0.0
    xyz_m = (a_m, -d_m * np.sin(alpha_rad), d_m * np.cos(alpha_rad))
    return xyz_m, (alpha_rad, 0.0, 0.0)


def _add_joint(robot, name: str, kind: str, parent: str, child: str, xyz_m, rpy_rad):
    joint = ET.SubElement(robot, "joint", name=name, type=kind)
    ET.SubElement(joint, "parent", link=parent)
    ET.SubElement(joint, "child", link=child)
    ET.SubElement(joint, "origin", xyz=_text(*xyz_m), rpy=_text(*rpy_rad))
    return joint


def _add_shape(link, part: Cylinder, table: DhTable) -> None:
    """Add a cylinder as visual and collision: URDF wants centre and direction of its axis z."""
    start_m, end_m = (
        _from_dh_frame(np.array(p, float), part, table) for p in (part.start_m, part.end_m)
    )
    way_m = end_m - start_m
    length_m = float(np.linalg.norm(way_m))
    x, y, z = way_m / length_m
    rpy_rad = (0.0, np.arctan2(np.hypot(x, y), z), np.arctan2(y, x))
    for kind in ("visual", "collision"):
        element = ET.SubElement(link, kind, name=part.name)
        ET.SubElement(element, "origin", xyz=_text(*(start_m + end_m) / 2), rpy=_text(*rpy_rad))
        shape = ET.SubElement(element, "geometry")
        ET.SubElement(shape, "cylinder", radius=_text(part.radius_m), length=_text(length_m))
        if kind == "visual":
            ET.SubElement(element, "material", name="casing" if part.is_casing else "tube")


def _from_dh_frame(point_m: np.ndarray, part: Cylinder, table: DhTable) -> np.ndarray:
    """Return a point of a DH frame in the link's own: Tx(a) Rx(alpha) lies between them."""
    if part.frame == 0:
        return point_m
    a_m, alpha_rad = table.a_m[part.frame - 1], table.alpha_rad[part.frame - 1]
    c, s = np.cos(alpha_rad), np.sin(alpha_rad)
    x, y, z = point_m
    return np.array([x + a_m, c * y - s * z, s * y + c * z])


def _text(*values: float) -> str:
    return " ".join(f"{value + 0.0:.9g}" for value in values)
