"""Samples made safe at the door, so that nothing behind it meets NaN, infinity or overload."""

import numpy as np

from ur3_dancer.errors import AudioError


def sanitise(samples: np.ndarray) -> np.ndarray:
    """Return (n,) float32 samples within -1..1; what is not finite becomes 0.

    Raises:
        AudioError: the samples are not one channel.
    """
    samples = np.asarray(samples, np.float32)
    if samples.ndim != 1:
        raise AudioError(
            f"samples have shape {samples.shape}: give one channel, (n,); mix channels down first"
        )
    finite = np.where(np.isfinite(samples), samples, np.float32(0.0))
    return np.clip(finite, -1.0, 1.0)
