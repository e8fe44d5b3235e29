"""Diversity: how far dances lie from each other, in features scaled by the true dances.

Blind to quality: noise is diverse. It says something only beside the same figure of the truth.
"""

import numpy as np

_FLAT = 1e-8


def scale_by_truth(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both (N, D) and (M, D) with the truth's mean taken off, over its deviation.

    Features that are the same in all true dances say nothing about how far is far: they are left
    unscaled, where the field divides by 1e-10 and lets them outweigh all others.
    """
    features, truth = np.asarray(features, float), np.asarray(truth, float)
    mean, deviation = truth.mean(axis=0), truth.std(axis=0)
    deviation = np.where(deviation > _FLAT, deviation, 1.0)
    return (features - mean) / deviation, (truth - mean) / deviation


def diversity(features: np.ndarray) -> float:
    """Return the mean Euclidean distance of all pairs among (N, D) features; 0 for one alone."""
    features = np.asarray(features, float)
    if len(features) < 2:
        return 0.0
    gaps = features[:, None, :] - features[None, :, :]
    total = np.sqrt((gaps**2).sum(axis=2)).sum()
    return float(total / (len(features) * (len(features) - 1)))
