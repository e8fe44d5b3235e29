"""Rotations in three dimensions: axis and angle, matrices, quaternions and the 6-D form.

Every function takes any leading shape and answers in float64. Rotations are active and compose from
the right: `a @ b` turns by `b` first.
"""

import numpy as np

_TINY = 1e-12
_NEAR_IDENTITY_RAD = 1e-4


def matrix_from_axis_angle(axis_angle_rad: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) rotation matrices of (..., 3) axes scaled by their angles in rad.

    Rodrigues' formula; its two quotients are replaced by their series where the angle vanishes.
    """
    vector = np.asarray(axis_angle_rad, float)
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    small = angle < _NEAR_IDENTITY_RAD
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 1.0 - angle**2 / 6.0, np.sin(safe) / safe)
    # 1 - cos a, written so that nothing cancels.
    second = np.where(small, 0.5 - angle**2 / 24.0, 2.0 * (np.sin(safe / 2.0) / safe) ** 2)
    cross = _cross_matrix(vector)
    return np.eye(3) + first * cross + second * (cross @ cross)


def axis_angle_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Return (..., 3) axes scaled by their angles, 0..pi rad, of (..., 3, 3) rotation matrices.

    By way of a unit quaternion: exact near 0 and near pi, where the trace and the antisymmetric
    part of a matrix say little.
    """
    quaternion = quaternion_xyzw_from_matrix(matrix)
    # q and -q are one rotation; a real part of at least 0 keeps the angle within pi.
    quaternion = np.where(quaternion[..., 3:] < 0.0, -quaternion, quaternion)
    vector, real = quaternion[..., :3], quaternion[..., 3:]
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    small = length < _NEAR_IDENTITY_RAD
    # For small lengths 2 atan2(s, c) / s -> 2 / c (1 - (s / c)^2 / 3).
    near = 2.0 / np.where(small, real, 1.0) * (1.0 - length**2 / 3.0)
    far = 2.0 * np.arctan2(length, real) / np.where(small, 1.0, length)
    return np.where(small, near, far) * vector


def matrix_from_quaternion_xyzw(quaternion: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) rotation matrices of (..., 4) quaternions in the order x, y, z, w.

    Quaternions need not be of unit length; those of length 0 give NaN.
    """
    quaternion = np.asarray(quaternion, float)
    with np.errstate(invalid="ignore"):
        unit = quaternion / np.linalg.norm(quaternion, axis=-1, keepdims=True)
    vector, real = unit[..., :3], unit[..., 3, None, None]
    cross = _cross_matrix(vector)
    return np.eye(3) + 2.0 * real * cross + 2.0 * (cross @ cross)


def quaternion_xyzw_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Return (..., 4) unit quaternions in the order x, y, z, w of (..., 3, 3) rotation matrices.

    Each entry is computed four ways, and the way with the largest divisor is taken (Shepperd 1978).
    """
    m = np.asarray(matrix, float)
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    xy, yz, zx = (
        m[..., 0, 1] + m[..., 1, 0],
        m[..., 1, 2] + m[..., 2, 1],
        m[..., 2, 0] + m[..., 0, 2],
    )
    x, y, z = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    ways = np.stack(
        [
            np.stack([1 + xx - yy - zz, xy, zx, x], axis=-1),
            np.stack([xy, 1 - xx + yy - zz, yz, y], axis=-1),
            np.stack([zx, yz, 1 - xx - yy + zz, z], axis=-1),
            np.stack([x, y, z, 1 + xx + yy + zz], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(np.diagonal(ways, axis1=-2, axis2=-1), axis=-1)
    chosen = np.take_along_axis(ways, best[..., None, None], axis=-2)[..., 0, :]
    return chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)


def six_d_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """Return (..., 6): the first column of each (..., 3, 3) matrix, then the second.

    The form is continuous over all rotations (Zhou et al., arXiv 1812.07035).
    """
    columns = np.swapaxes(np.asarray(matrix, float)[..., :2], -1, -2)
    return columns.reshape(*columns.shape[:-2], 6)


def matrix_from_six_d(six_d: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) rotation matrices nearest in Gram-Schmidt's sense to (..., 6) numbers.

    Always orthonormal with determinant 1 for finite input: a first column of length 0 becomes the
    x axis, and a second one along the first becomes some perpendicular of it.
    """
    six_d = np.asarray(six_d, float)
    first, second = six_d[..., :3], six_d[..., 3:]
    first = _unit(first, np.array([1.0, 0.0, 0.0]))
    spare = np.eye(3)[np.argmin(np.abs(first), axis=-1)]
    second = _perpendicular(_unit(second, spare), first)
    spare = _perpendicular(spare, first)
    # Twice is enough (Kahan): the rest along the first column is then rounding alone.
    second = _perpendicular(_unit(second, spare, 1e-7), first)
    second = _unit(second, spare)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def slerp(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) rotations on the shortest way from `first` to `second`.

    Args:
        first: (..., 3, 3) rotation matrices.
        second: as many.
        share: (...) 0 for the first, 1 for the second.
    """
    turn = axis_angle_from_matrix(np.swapaxes(first, -1, -2) @ second)
    return first @ matrix_from_axis_angle(turn * np.asarray(share)[..., None])


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """Return (..., 3, 3) matrices K with K b = vector x b."""
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _unit(vector: np.ndarray, otherwise: np.ndarray, smallest: float = _TINY) -> np.ndarray:
    """Scale to length 1; vectors not longer than `smallest` become `otherwise`."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    short = length <= smallest
    return np.where(short, otherwise, vector / np.where(short, 1.0, length))


def _perpendicular(vector: np.ndarray, to: np.ndarray) -> np.ndarray:
    return vector - np.sum(vector * to, axis=-1, keepdims=True) * to
