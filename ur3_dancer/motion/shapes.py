"""The arm as plain cylinders: what is drawn of it, in the browser and in the URDF.

Each cylinder lies between two points of the frame that it moves with; frames are those of
`kinematics.link_frames`: 0 is the base, i the link behind joint i. Lengths follow from the
published Denavit-Hartenberg parameters; radii and the casings' overhang are choices, near to
Universal Robots' outlines.
"""

from dataclasses import dataclass

from ur3_dancer.motion.kinematics import dh_table

Point = tuple[float, float, float]

FOOT_RADIUS_M = 0.064
SHOULDER_RADIUS_M = 0.055
ELBOW_RADIUS_M = 0.046
WRIST_RADIUS_M = 0.036
UPPER_ARM_RADIUS_M = 0.040
FOREARM_RADIUS_M = 0.032
FLANGE_RADIUS_M = 0.0315
"""The flange of ISO 9409-1-50-4-M6 measures 63 mm."""


@dataclass(frozen=True)
class Cylinder:
    """One cylinder of one link.

    Attributes:
        name: of the part, unique within its frame.
        frame: 0 to 6, the frame that it moves with.
        start_m, end_m: (3,) centres of both ends, in that frame.
        radius_m: of the cylinder.
        is_casing: a joint's casing, which is drawn darker than a tube.
    """

    name: str
    frame: int
    start_m: Point
    end_m: Point
    radius_m: float
    is_casing: bool = False


def cylinders(model: str) -> tuple[Cylinder, ...]:
    """Return the parts of `ur3` or `ur3e`, foot first.

    Raises:
        ConfigError: another model is asked for.
    """
    table = dh_table(model)
    d1, d4, d5 = table.d_m[0], table.d_m[3], table.d_m[4]
    upper_m, fore_m = -table.a_m[1], -table.a_m[2]
    beside_m, inside_m = table.upper_arm_offset_m, table.forearm_offset_m
    # Casings of neighbouring links meet half-way between the planes that the links turn in.
    meet_m = (beside_m + inside_m) / 2
    return (
        Cylinder("foot", 0, (0, 0, 0), (0, 0, 0.03), FOOT_RADIUS_M, True),
        Cylinder("column", 0, (0, 0, 0.03), (0, 0, d1 - 0.05), SHOULDER_RADIUS_M),
        # In frame 1 the column runs along y, and joint 2 turns about z.
        Cylinder("shoulder", 1, (0, -0.05, 0), (0, 0.05, 0), SHOULDER_RADIUS_M),
        Cylinder("shoulder_side", 1, (0, 0, 0), (0, 0, beside_m - 0.05), SHOULDER_RADIUS_M - 0.005),
        # In frames 2 and 3 the link runs along x, from its own joint at +length to the next at 0.
        _across("shoulder_cap", 2, upper_m, beside_m - 0.05, beside_m + 0.05, SHOULDER_RADIUS_M),
        Cylinder("tube", 2, (upper_m, 0, beside_m), (0, 0, beside_m), UPPER_ARM_RADIUS_M),
        _across("elbow_cap", 2, 0.0, meet_m, beside_m + 0.045, ELBOW_RADIUS_M),
        _across("elbow", 3, fore_m, inside_m - 0.035, meet_m, ELBOW_RADIUS_M),
        Cylinder("tube", 3, (fore_m, 0, inside_m), (0, 0, inside_m), FOREARM_RADIUS_M),
        _across("wrist_cap", 3, 0.0, inside_m - 0.035, (inside_m + d4) / 2, WRIST_RADIUS_M),
        # In frames 4 and 5 the way back to the joint before runs along y.
        Cylinder("wrist_1", 4, (0, -(d4 - inside_m) / 2, 0), (0, 0.04, 0), WRIST_RADIUS_M, True),
        Cylinder("wrist_1_side", 4, (0, 0, -0.038), (0, 0, d5 / 2), WRIST_RADIUS_M),
        Cylinder("wrist_2", 5, (0, d5 / 2, 0), (0, -0.038, 0), WRIST_RADIUS_M, True),
        Cylinder("wrist_2_side", 5, (0, 0, -0.036), (0, 0, 0.04), WRIST_RADIUS_M),
        Cylinder("wrist_3", 6, (0, 0, 0.04 - table.d_m[5]), (0, 0, -0.008), FLANGE_RADIUS_M),
        Cylinder("flange", 6, (0, 0, -0.008), (0, 0, 0), FLANGE_RADIUS_M, True),
    )


def _across(name: str, frame: int, x_m: float, low_m: float, high_m: float, radius_m: float):
    """Return a casing about an axis along z."""
    return Cylinder(name, frame, (x_m, 0, low_m), (x_m, 0, high_m), radius_m, True)
