"""From poses of a whole body to the angles of one of its arms."""

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.body import SMPL_JOINTS, joint_positions_m
from ur3_dancer.motion.body_pose import ROTATIONS, TRANSLATION, WIDTH
from ur3_dancer.motion.rotations import matrix_from_six_d


def arm_angles_of(poses: np.ndarray, side: str) -> np.ndarray:
    """Return (T, 4) arm angles in rad, in the order of `MDLT_ARM`.

    Args:
        poses: (T, 147) consecutive poses, see `body_pose`; rotations are made orthonormal.
        side: `right` or `left`.

    Raises:
        ConfigError: another width, values that are not finite, or an unknown side.
    """
    poses = np.asarray(poses, float)
    if poses.ndim != 2 or poses.shape[1] != WIDTH:
        raise ConfigError(f"body poses have shape {poses.shape}: give (T, {WIDTH})")
    if not np.isfinite(poses).all():
        raise ConfigError("body poses hold NaN or infinity: give finite poses")
    six_d = poses[:, ROTATIONS].reshape(len(poses), len(SMPL_JOINTS), 6)
    positions_m = joint_positions_m(matrix_from_six_d(six_d), poses[:, TRANSLATION])
    return arm_angles_rad(arm_points(positions_m, side), side)
