"""Fréchet distance between the Gaussians of two clouds of points: the FID of every dance paper.

It compares means and covariances and nothing else. Over the frames of a song it is blind to order:
a song's own poses in random order are at distance 0. Over velocities it sees how fast and in which
directions one moves, but still not when.
"""

import numpy as np

from ur3_dancer.errors import ConfigError


def frechet_distance(points: np.ndarray, others: np.ndarray) -> float:
    """Return the squared 2-Wasserstein distance between two Gaussians fitted to points.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau 1982), covariances with N - 1.
    The trace of the root is taken from the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2), so
    that singular covariances (few points, a pose that stands still) need no trick.

    Args:
        points: (N, D) with N at least 2.
        others: (M, D) with M at least 2.

    Returns:
        The distance in the square of the points' unit.

    Raises:
        ConfigError: other shapes, or values that are not finite.
    """
    points, others = np.asarray(points, float), np.asarray(others, float)
    for cloud in (points, others):
        if cloud.ndim != 2 or len(cloud) < 2 or cloud.shape[1] != others.shape[1]:
            raise ConfigError(
                f"Fréchet distance between shapes {points.shape} and {others.shape}: give two or "
                "more points of the same dimension each"
            )
        if not np.isfinite(cloud).all():
            raise ConfigError("Fréchet distance of values that are not finite: mend the motion")
    gap = points.mean(axis=0) - others.mean(axis=0)
    one, two = _covariance(points), _covariance(others)
    root = _root(one)
    # Rounding may leave eigenvalues a little below zero.
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ two @ root), 0.0, None)).sum()
    return max(0.0, float(gap @ gap + np.trace(one) + np.trace(two) - 2.0 * cross))


def _covariance(points: np.ndarray) -> np.ndarray:
    return np.atleast_2d(np.cov(points, rowvar=False))


def _root(symmetric: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(symmetric)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
