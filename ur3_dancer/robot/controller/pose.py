"""Poses as URScript has them, [x, y, z, rx, ry, rz], in plain floats.

The control cycle works on single poses at up to 500 Hz, where a NumPy call costs more than the
arithmetic that it does; a rotation is a tuple of nine numbers, row by row.
"""

import math
from collections.abc import Sequence

Rotation = tuple[float, float, float, float, float, float, float, float, float]
Point = tuple[float, float, float]

IDENTITY: Rotation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def rotation_of(vector: Sequence[float]) -> Rotation:
    """Return the rotation by `vector` (axis times angle, rad): Rodrigues' formula."""
    x, y, z = vector
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return IDENTITY
    x, y, z = x / angle, y / angle, z / angle
    c, s = math.cos(angle), math.sin(angle)
    v = 1.0 - c
    return (
        c + x * x * v, x * y * v - z * s, x * z * v + y * s,
        y * x * v + z * s, c + y * y * v, y * z * v - x * s,
        z * x * v - y * s, z * y * v + x * s, c + z * z * v,
    )  # fmt: skip


def vector_of(r: Rotation) -> Point:
    """Return the rotation vector of `r`, by way of its quaternion, which is sound near 180 deg."""
    trace = r[0] + r[4] + r[8]
    if trace > 0.0:
        w, x, y, z = 1.0 + trace, r[7] - r[5], r[2] - r[6], r[3] - r[1]
    elif r[0] >= r[4] and r[0] >= r[8]:
        w, x, y, z = r[7] - r[5], 1.0 + r[0] - r[4] - r[8], r[1] + r[3], r[2] + r[6]
    elif r[4] >= r[8]:
        w, x, y, z = r[2] - r[6], r[1] + r[3], 1.0 - r[0] + r[4] - r[8], r[5] + r[7]
    else:
        w, x, y, z = r[3] - r[1], r[2] + r[6], r[5] + r[7], 1.0 - r[0] - r[4] + r[8]
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    sine = math.sqrt(x * x + y * y + z * z)
    if sine < 1e-12 * w:
        return (0.0, 0.0, 0.0)
    scale = 2.0 * math.atan2(sine, w) / sine
    return (x * scale, y * scale, z * scale)


def multiply(a: Rotation, b: Rotation) -> Rotation:
    """Return `a` after `b`."""
    return (
        a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
        a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
        a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
        a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
        a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
        a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
        a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
        a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
        a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
    )


def transpose(r: Rotation) -> Rotation:
    """Return the inverse rotation."""
    return (r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8])


def rotate(r: Rotation, p: Sequence[float]) -> Point:
    """Return the point `p` turned by `r`."""
    x, y, z = p
    return (
        r[0] * x + r[1] * y + r[2] * z,
        r[3] * x + r[4] * y + r[5] * z,
        r[6] * x + r[7] * y + r[8] * z,
    )


def pose_trans(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Return pose `b`, which is given in frame `a`, in the frame that `a` is given in."""
    turn = rotation_of(a[3:6])
    x, y, z = rotate(turn, b[:3])
    return [a[0] + x, a[1] + y, a[2] + z, *vector_of(multiply(turn, rotation_of(b[3:6])))]


def pose_inv(a: Sequence[float]) -> list[float]:
    """Return the pose that undoes `a`."""
    back = transpose(rotation_of(a[3:6]))
    x, y, z = rotate(back, a[:3])
    return [-x, -y, -z, *vector_of(back)]


def pose_add(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Return the sum of positions, and the rotation of `a` after that of `b`."""
    turn = multiply(rotation_of(a[3:6]), rotation_of(b[3:6]))
    return [a[0] + b[0], a[1] + b[1], a[2] + b[2], *vector_of(turn)]


def pose_sub(to: Sequence[float], start: Sequence[float]) -> list[float]:
    """Return the displacement from `start` to `to`: positions and rotations apart."""
    turn = multiply(rotation_of(to[3:6]), transpose(rotation_of(start[3:6])))
    return [to[0] - start[0], to[1] - start[1], to[2] - start[2], *vector_of(turn)]


def interpolate_pose(a: Sequence[float], b: Sequence[float], share: float) -> list[float]:
    """Return the pose at `share` (0..1) of the straight way from `a` to `b`."""
    rx, ry, rz = pose_sub(b, a)[3:]
    turn = multiply(rotation_of((rx * share, ry * share, rz * share)), rotation_of(a[3:6]))
    return [p + (q - p) * share for p, q in zip(a[:3], b[:3], strict=True)] + [*vector_of(turn)]
