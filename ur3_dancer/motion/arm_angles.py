"""Four angles of a human arm, read from where the body's joints are.

The signed angles, in the order of `dance.pose_space.MDLT_ARM`, all 0 when the arm hangs straight:

    shoulder_1  up and down: about 0 hanging, pi/2 level, pi straight up; below 0 behind the body
    shoulder_2  across and out: below 0 towards the other side, above 0 outwards
    elbow       bend of the elbow, above 0 as elbows bend, below 0 stretched too far
    wrist       bend of the hand, above 0 towards the palm of an arm that is not twisted

A direction is a point of the sphere, and two numbers cannot cover the sphere without a seam (the
hairy-ball theorem). So the place of the seam is a choice: the upper arm is read as the shortest way
(the logarithm map) from the middle of its reach, 45 degrees outwards from straight ahead and 30
degrees below the horizontal; the only seam is then the opposite direction, behind the other
shoulder blade. Rejected: swing forwards and sideways, whose two seams lie where dancers' arms often
are, in the T-pose; and azimuth and elevation, whose seams lie straight down and straight up.

The frame of the forearm is carried along the upper arm, and that of the hand along the forearm, by
the smallest turn, so each angle moves alone. The other arm is the same arm in a mirror.

The paper's own four (MDLT, arXiv 2403.15569, as its public code computes them) are here for
comparison: its alignment reflects the body, its angles have no sign, and its second repeats the
first.
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.body import SMPL_JOINTS

SIDES = ("right", "left")
METHODS = ("signed", "paper")

# Directions below are (forward, outward, down).
_MIDDLE = np.array([np.cos(np.pi / 6) / np.sqrt(2), np.cos(np.pi / 6) / np.sqrt(2), 0.5])
_ACROSS = np.array([-1.0, 1.0, 0.0]) / np.sqrt(2)
_UPWARDS = np.cross(_ACROSS, _MIDDLE)
_HANGING = np.array([0.0, 0.0, 1.0])
_BEYOND_SEAM_RAD = np.pi / 4
_STRETCHED_RAD = (np.pi / 9, 5 * np.pi / 12)
"""Bends backwards below the first are over-stretched elbows, above the second never. Choice: elbows
over-stretch by 10 degrees or so, and fitted bodies err by as much."""
_SHORTEST_M = 1e-6


@dataclass(frozen=True)
class ArmPoints:
    """What the angles of one arm are read from, each (T, 3) m, right-handed, y up.

    Attributes:
        pelvis, neck: the spine's ends.
        left_shoulder, right_shoulder: both shoulder joints.
        elbow, wrist, hand: of the arm in question.
    """

    pelvis: np.ndarray
    neck: np.ndarray
    left_shoulder: np.ndarray
    right_shoulder: np.ndarray
    elbow: np.ndarray
    wrist: np.ndarray
    hand: np.ndarray


def arm_points(positions_m: np.ndarray, side: str) -> ArmPoints:
    """Return the points of one arm among SMPL's joints, (T, 24, 3) m as of `body_fk`.

    Raises:
        ConfigError: the side is neither `right` nor `left`, or there are other joints.
    """
    _check("side", side, SIDES)
    positions = np.asarray(positions_m, float)
    if positions.ndim != 3 or positions.shape[1:] != (len(SMPL_JOINTS), 3):
        raise ConfigError(
            f"joint positions have shape {positions.shape}: give (T, {len(SMPL_JOINTS)}, 3)"
        )

    def joint(name: str) -> np.ndarray:
        return positions[:, SMPL_JOINTS.index(name)]

    return ArmPoints(
        *(joint(name) for name in ("pelvis", "neck", "left_shoulder", "right_shoulder")),
        *(joint(f"{side}_{name}") for name in ("elbow", "wrist", "hand")),
    )


def arm_angles_rad(points: ArmPoints, side: str, method: str = "signed") -> np.ndarray:
    """Return (T, 4) float64 arm angles, rad, in the order of `MDLT_ARM`.

    Args:
        points: of the arm on that side.
        side: `right` or `left`.
        method: `signed`, this module's; `paper`, those of MDLT's public code, whose angles of a
            hanging arm are (0, -pi/2, 0, 0).

    Raises:
        ConfigError: unknown side or method, a point that is not finite, or two that coincide.
    """
    _check("side", side, SIDES)
    _check("method of arm angles", method, METHODS)
    if side == "left":
        points = _mirrored(points)
    if method == "paper":
        return _paper_angles(points)
    to_body = body_frames(points)
    upper, fore, hand = (_turned(to_body, limb) for limb in _limbs(points))
    shoulder = _shoulder(upper)
    across, upwards = _carry(_MIDDLE, upper, _ACROSS), _carry(_MIDDLE, upper, _UPWARDS)
    elbow = _elbow(upper, fore, across, upwards)
    palm_away = _carry(upper, fore, upwards)
    wrist = -_bend(fore, hand)[..., None] * _share(hand, palm_away, fore)
    return np.concatenate([shoulder, elbow[:, None], wrist], axis=1)


def body_frames(points: ArmPoints) -> np.ndarray:
    """Return (T, 3, 3) rotations into the upper body's frame: left, up along the spine, forward.

    Rows are the axes in the world's terms; up is kept, left gives way; the determinant is 1.
    """
    up = _direction(points.pelvis, points.neck, "pelvis and neck")
    left = _direction(points.right_shoulder, points.left_shoulder, "the shoulders")
    left = left - np.sum(left * up, axis=-1, keepdims=True) * up
    left = _unit(left, "the spine and the line of the shoulders")
    return np.stack([left, up, np.cross(left, up)], axis=1)


def _shoulder(upper: np.ndarray) -> np.ndarray:
    """Return (T, 2): the way from the middle of reach, counted from where the arm hangs."""
    way = _unwound(_way_from_middle(upper)) - _way_from_middle(_HANGING[None])
    return way[:, ::-1]


def _way_from_middle(upper: np.ndarray) -> np.ndarray:
    """Return (T, 2): across and upwards, together as long as the angle from the middle."""
    flat = np.stack([upper @ _ACROSS, upper @ _UPWARDS], axis=-1)
    sine = np.linalg.norm(flat, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (upper @ _MIDDLE)[:, None])
    return flat * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 1.0)


def _unwound(way: np.ndarray) -> np.ndarray:
    """Keep the way continuous over the seam, as far as 45 degrees beyond it.

    An arm that crosses the seam and comes back is followed; one that goes on all the way round
    jumps once, instead of being a whole turn off from then on.
    """
    length = np.linalg.norm(way, axis=-1)
    if not (length > np.pi - _BEYOND_SEAM_RAD).any():
        return way
    way = way.copy()
    for i in range(1, len(way)):
        if length[i] > np.pi - _BEYOND_SEAM_RAD:
            beyond = way[i] * (1.0 - 2.0 * np.pi / length[i])
            before = way[i - 1]
            if np.linalg.norm(beyond - before) < np.linalg.norm(way[i] - before):
                way[i] = beyond
    return way


def _elbow(upper, fore, across, upwards) -> np.ndarray:
    """Return (T,) bend: above 0 as elbows bend, below 0 as they are stretched too far.

    Stretched is what points a little to the back of the upper arm's frame; much of that is no
    stretched elbow but a turned shoulder, with the hand behind the head, and counts above 0. The
    one goes over into the other without a jump, and a straight arm is 0 from every side.
    """
    bend = _bend(upper, fore)
    towards = np.arctan2(np.sum(fore * upwards, axis=-1), -np.sum(fore * across, axis=-1))
    backwards = np.where(np.abs(towards) > np.pi / 2, (1.0 + np.cos(2.0 * towards)) / 2, 0.0)
    least, most = _STRETCHED_RAD
    stretched = backwards * np.clip((most - bend) / (most - least), 0.0, 1.0)
    return bend * (1.0 - 2.0 * stretched)


def _bend(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return (T,) angles between unit directions; unlike arccos, exact when it is near 0 or pi."""
    return 2.0 * np.arctan2(
        np.linalg.norm(first - second, axis=-1), np.linalg.norm(first + second, axis=-1)
    )


def _share(limb: np.ndarray, axis: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return (T, 1), -1..1: how much of a bend away from `before` is towards `axis`."""
    sideways = limb - np.sum(limb * before, axis=-1, keepdims=True) * before
    length = np.linalg.norm(sideways, axis=-1, keepdims=True)
    return np.sum(sideways * axis, axis=-1, keepdims=True) / np.maximum(length, 1e-12)


def _carry(start: np.ndarray, end: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Turn vectors by the smallest turn that takes unit `start` to unit `end`."""
    axis = np.cross(start, end)
    cosine = np.sum(start * end, axis=-1, keepdims=True)
    once = np.cross(axis, vector)
    return vector + once + np.cross(axis, once) / np.maximum(1.0 + cosine, 1e-12)


def _turned(to_body: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return directions of the right arm as (forward, outward, down)."""
    left, up, forward = np.moveaxis(np.einsum("tij,tj->ti", to_body, direction), -1, 0)
    return np.stack([forward, -left, -up], axis=-1)


def _paper_angles(points: ArmPoints) -> np.ndarray:
    """Return (T, 4) what MDLT's public code computes from the same points."""
    middle = (points.left_shoulder + points.right_shoulder) / 2
    across = _direction(middle, points.right_shoulder, "the shoulders")
    x_axis, down = np.array([1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0])

    def aligned(vector: np.ndarray) -> np.ndarray:
        return -_carry(across, np.broadcast_to(x_axis, across.shape), vector)

    spine = _unit(aligned(points.pelvis - middle), "pelvis and the middle of the shoulders")
    upper, fore, hand = _limbs(points)
    turned = _carry(spine, np.broadcast_to(down, spine.shape), aligned(upper))
    first = np.arctan2(np.abs(turned[:, 2]), -turned[:, 1])
    second = -np.arctan2(np.abs(turned[:, 1]), -turned[:, 2])
    return np.stack([first, second, -_bend(upper, fore), -_bend(fore, hand)], axis=1)


def _limbs(points: ArmPoints) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (T, 3) unit directions of upper arm, forearm and hand of the right arm."""
    return (
        _direction(points.right_shoulder, points.elbow, "shoulder and elbow"),
        _direction(points.elbow, points.wrist, "elbow and wrist"),
        _direction(points.wrist, points.hand, "wrist and hand"),
    )


def _mirrored(points: ArmPoints) -> ArmPoints:
    """Return the body in a mirror, where its left arm is a right arm."""
    mirror = np.array([-1.0, 1.0, 1.0])
    seen = {name: np.asarray(value, float) * mirror for name, value in vars(points).items()}
    seen["left_shoulder"], seen["right_shoulder"] = seen["right_shoulder"], seen["left_shoulder"]
    return ArmPoints(**seen)


def _direction(start: np.ndarray, end: np.ndarray, what: str) -> np.ndarray:
    return _unit(np.asarray(end, float) - np.asarray(start, float), what)


def _unit(vector: np.ndarray, what: str) -> np.ndarray:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    for i in np.flatnonzero(~(length > _SHORTEST_M))[:1]:
        raise ConfigError(
            f"frame {i}: {what} give no direction (length {length[i, 0]:g}): leave this motion out"
        )
    return vector / length


def _check(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{what} is {value!r}: choose one of {', '.join(known)}")
