"""Limbs: from the angles that a dancer thinks in to SMPL's rotations.

All functions work on T frames at once. Rotations are relative to the T-pose.
"""

import numpy as np

from ur3_dancer.motion.body import REST_OFFSETS_M, SMPL_JOINTS
from ur3_dancer.motion.rotations import matrix_from_axis_angle

MIRROR = np.diag([-1.0, 1.0, 1.0])
"""Swaps left and right: a rotation R of one side is `MIRROR @ R @ MIRROR` of the other."""

_COLLAR_SHARE = 0.12
"""Of the arm's elevation, how much the collar bone gives."""
_KNEE_AXIS = np.array([1.0, 0.0, 0.0])


def turn(axis: int, angle_rad: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) rotations about x (0), y (1) or z (2)."""
    return matrix_from_axis_angle(np.asarray(angle_rad, float)[..., None] * np.eye(3)[axis])


def right_arm(angles_rad: np.ndarray) -> dict[str, np.ndarray]:
    """Return rotations (T, 3, 3) of the right arm's joints; those of a left one are mirrored.

    Args:
        angles_rad: (T, 6) per frame:
            raise, of the upper arm from hanging (0) by way of level (pi/2) to overhead (pi);
            plane in which it is raised: 0 to the side, pi/2 to the front, beyond across the body;
            twist of the upper arm about itself, which lifts the forearm of an arm held level;
            elbow, 0 straight; wrist, in the plane in which the elbow bends; hand, across it.
    """
    lift, plane, twist, elbow, wrist, hand = np.moveaxis(np.asarray(angles_rad, float), -1, 0)
    # Raised towards (-cos plane, 0, sin plane) from hanging: about the cross product of the two.
    axis = np.stack([-np.sin(plane), np.zeros_like(plane), -np.cos(plane)], axis=-1)
    collar = turn(2, -_COLLAR_SHARE * lift)
    hanging = turn(2, np.full_like(lift, np.pi / 2))
    raised = matrix_from_axis_angle(axis * lift[..., None])
    shoulder = np.swapaxes(collar, -1, -2) @ raised @ hanging @ turn(0, -twist)
    return {
        "collar": collar,
        "shoulder": shoulder,
        "elbow": turn(1, elbow),
        "wrist": turn(1, wrist) @ turn(2, hand),
    }


def leg(
    side: str, pelvis: np.ndarray, pelvis_m: np.ndarray, ankle_m: np.ndarray, heading: np.ndarray
):
    """Return rotations of a leg whose ankle is where it shall be, its knee to the front.

    Two bones reach any point within their length: the knee bends by the law of cosines, the hip
    points the leg at the ankle (so feet that stand do not slide).

    Args:
        side: `left` or `right`.
        pelvis: (T, 3, 3) rotation of the pelvis in the room.
        pelvis_m: (T, 3) where it is.
        ankle_m: (T, 3) where the ankle shall be; further than the leg is long, it reaches towards.
        heading: (T, 3, 3) rotation of the foot in the room, flat on the floor.

    Returns:
        Rotations (T, 3, 3) of `hip`, `knee` and `ankle`, each relative to its parent.
    """
    hip_rest, knee_rest, ankle_rest = (
        REST_OFFSETS_M[SMPL_JOINTS.index(f"{side}_{name}")] for name in ("hip", "knee", "ankle")
    )
    thigh_m, shank_m = np.linalg.norm(knee_rest), np.linalg.norm(ankle_rest)
    way = np.einsum("tji,tj->ti", pelvis, ankle_m - pelvis_m) - hip_rest
    distance = np.linalg.norm(way, axis=-1)
    distance = np.clip(distance, 0.3, 0.999 * (thigh_m + shank_m))
    inner = (thigh_m**2 + shank_m**2 - distance**2) / (2 * thigh_m * shank_m)
    bend = np.pi - np.arccos(np.clip(inner, -1.0, 1.0))
    # The shank's rest direction leans a little; what is left of it is the knee's angle at rest.
    rest_bend = np.arctan2(-ankle_rest[2], -ankle_rest[1])
    knee = turn(0, bend - rest_bend)
    folded = knee_rest + np.einsum("tij,j->ti", knee, ankle_rest)
    # First in the leg's own plane, then sideways: the knee keeps pointing to the front.
    side_angle = np.arctan2(way[:, 0], -way[:, 1])
    depth = np.hypot(way[:, 0], way[:, 1])
    swing = np.arctan2(way[:, 2], depth) - np.arctan2(folded[:, 2], -folded[:, 1])
    hip = turn(2, side_angle) @ turn(0, -swing)
    foot = np.swapaxes(pelvis @ hip @ knee, -1, -2) @ heading
    return {"hip": hip, "knee": knee, "ankle": foot}
