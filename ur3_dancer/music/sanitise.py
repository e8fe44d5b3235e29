"""Samples made safe at the door, so that nothing behind it meets NaN, infinity or overload."""

import numpy as np

from ur3_dancer.errors import AudioError


def sanitise(samples: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """Return (n,) float32 samples within -1..1; what is not finite becomes 0.

    Args:
        samples: (n,) floating-point numbers.
        gain: what finite samples are multiplied by before they are clipped.

    Raises:
        AudioError: the samples are not one channel, or no floating-point numbers.
    """
    samples = checked(samples)
    with np.errstate(over="ignore", invalid="ignore"):
        louder = np.where(np.isfinite(samples), samples * np.float32(gain), np.float32(0.0))
    return np.clip(louder, np.float32(-1.0), np.float32(1.0))


def checked(samples: np.ndarray) -> np.ndarray:
    """Return a copy of one channel of floating-point numbers, (n,) float32.

    Raises:
        AudioError: they are something else.
    """
    samples = np.asarray(samples)
    if samples.dtype.kind != "f":
        raise AudioError(f"samples are {samples.dtype}: give floating-point numbers within -1..1")
    if samples.ndim != 1:
        raise AudioError(
            f"samples have shape {samples.shape}: give one channel, (n,); mix channels down first"
        )
    if samples.dtype == np.float32:
        return samples.copy()
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)
