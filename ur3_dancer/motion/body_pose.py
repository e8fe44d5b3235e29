"""A body's pose as 147 numbers: where the pelvis is, then the 24 rotations in 6-D form.

The representation of LM2D (arXiv 2403.09407): continuous, so that a network can answer it.
"""

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion
from ur3_dancer.motion.rotations import (
    axis_angle_from_matrix,
    matrix_from_axis_angle,
    matrix_from_six_d,
    six_d_from_matrix,
)

WIDTH = 3 + 6 * len(SMPL_JOINTS)
"""147."""

TRANSLATION = slice(0, 3)
"""Columns of the pelvis's place, m."""

ROTATIONS = slice(3, WIDTH)
"""Columns of the rotations: SMPL's order, six numbers each."""


def to_vector(motion: BodyMotion) -> np.ndarray:
    """Return the motion as (T, 147) float32."""
    six_d = six_d_from_matrix(matrix_from_axis_angle(motion.poses_rad))
    rotations = six_d.reshape(len(motion), -1)
    return np.concatenate([motion.translation_m, rotations], axis=1).astype(np.float32)


def from_vector(vector: np.ndarray, rate_hz: float) -> BodyMotion:
    """Return the motion that (T, 147) numbers mean; rotations are made orthonormal.

    Raises:
        ConfigError: the width is another, or a number is not finite.
    """
    vector = np.asarray(vector)
    if vector.ndim != 2 or vector.shape[1] != WIDTH:
        raise ConfigError(f"body vectors have shape {vector.shape}: give (T, {WIDTH})")
    six_d = vector[:, ROTATIONS].reshape(len(vector), len(SMPL_JOINTS), 6)
    poses = axis_angle_from_matrix(matrix_from_six_d(six_d))
    return BodyMotion(poses, vector[:, TRANSLATION], rate_hz)
