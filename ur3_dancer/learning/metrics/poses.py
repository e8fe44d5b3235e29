"""Measures of angles over time: the paper's two, and what they do not see.

The paper's (MDLT, arXiv 2403.15569) are both blind to dancing. AJE punishes whoever moves at the
wrong time more than whoever does not move at all: a frozen mean pose beats a lively dance that is a
beat late. FID compares which poses occur and not when: true poses in random order are perfect. So
energy, velocity and jerk stand beside them.
"""

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.metrics.frechet import frechet_distance


def aje_rad(poses_rad: np.ndarray, truth_rad: np.ndarray) -> float:
    """Return the paper's average joint error: RMSE over frames and angles of (T, A), rad.

    Raises:
        ConfigError: the shapes differ, or there is nothing to compare.
    """
    poses, truth = np.asarray(poses_rad, float), np.asarray(truth_rad, float)
    if poses.shape != truth.shape or not poses.size:
        raise ConfigError(
            f"poses of shape {poses.shape} beside a truth of shape {truth.shape}: both must be "
            "(T, A), and not empty"
        )
    return float(np.sqrt(np.mean((poses - truth) ** 2)))


def fid_rad2(poses_rad: np.ndarray, truth_rad: np.ndarray) -> float:
    """Return the paper's FID: Fréchet distance between raw angle vectors (T, A) of a song, rad2."""
    return frechet_distance(poses_rad, truth_rad)


def velocity_fid_rad2_s2(poses_rad: np.ndarray, truth_rad: np.ndarray, rate_hz: float) -> float:
    """Return the Fréchet distance between the velocities of (T, A) angles, rad2/s2.

    It sees what FID does not: a frozen pose is the whole spread of the truth's velocities away, and
    shuffled frames many times that. It is still blind to when.
    """
    return frechet_distance(
        np.diff(poses_rad, axis=0) * rate_hz, np.diff(truth_rad, axis=0) * rate_hz
    )


def energy_rad_s(poses_rad: np.ndarray, rate_hz: float) -> float:
    """Return the mean over time of the sum of absolute velocities of (T, A) angles.

    Beside the same of the truth it tells too little motion from too much; blind to what moves, and
    when.
    """
    return float(np.abs(np.diff(poses_rad, axis=0)).sum(axis=1).mean() * rate_hz)


def jerk_rad_s3(poses_rad: np.ndarray, rate_hz: float) -> float:
    """Return the mean absolute third derivative of (T, A) angles, T at least 4.

    Low is smooth, and lowest for who does not move.
    """
    return float(np.abs(np.diff(poses_rad, n=3, axis=0)).mean() * rate_hz**3)


def stretch_features(poses_rad: np.ndarray, rate_hz: float, stretch_s: float = 5.0) -> np.ndarray:
    """Return (N, 3 A): of each stretch of (T, A), mean, deviation and mean speed of each angle.

    What diversity is counted in. The last stretch may be longer; a short song is one stretch.
    """
    poses = np.asarray(poses_rad, float)
    count = max(1, int(len(poses) / (stretch_s * rate_hz)))
    length = len(poses) // count
    ends = [*(length * i for i in range(1, count)), len(poses)]
    stretches = [poses[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    return np.stack(
        [
            np.concatenate(
                [s.mean(axis=0), s.std(axis=0), np.abs(np.diff(s, axis=0)).mean(axis=0) * rate_hz]
            )
            for s in stretches
        ]
    )
