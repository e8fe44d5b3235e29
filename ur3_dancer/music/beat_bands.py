"""Beat bands: loudness and its rise in a few wide bands, which is what the beat network hears."""

import numpy as np

BANDS = 22
RATE_HZ = 60.0
"""Frames a second, whatever the feature set."""

_LOWEST_HZ, _HIGHEST_HZ = 40.0, 7000.0
COMPRESSION = 1e4
QUIETEST = 1e-6
FORGET = np.exp(-1.0 / (30.0 * RATE_HZ))


class BeatBands:
    """Log power in 22 bands, relative to the loudest of the last half minute, and its rise.

    Three bands an octave from 40 Hz to 7 kHz: enough to tell a kick from a bass and a snare from a
    hat. What lies below -60 dB of full scale stays near zero.

    Attributes:
        values: (2 * BANDS,) float32: levels, then rises.
    """

    def __init__(self, bin_hz: float, bins: int, window_samples: int):
        self.weights = _triangles(bin_hz, bins) * np.float32((4.0 / window_samples) ** 2)
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self.loudest = np.float32(QUIETEST)
        self.level = np.zeros(BANDS, np.float32)
        self.values = np.zeros(2 * BANDS, np.float32)

    def step(self, magnitude: np.ndarray) -> None:
        """Take one (bins,) float32 magnitude spectrum in."""
        power = self.weights @ (magnitude * magnitude)
        faded = np.float32(self.loudest * FORGET)
        self.loudest = max(power.max(), faded, np.float32(QUIETEST))
        level = np.log1p(power * (np.float32(COMPRESSION) / self.loudest)) * np.float32(0.1)
        self.values[:BANDS] = level
        self.values[BANDS:] = np.maximum(level - self.level, 0)
        self.level = level


def _triangles(bin_hz: float, bins: int) -> np.ndarray:
    """Return (BANDS, bins) float32 triangles, evenly spaced in the logarithm of frequency.

    Each is at least one bin wide to either side, so that the lowest do not fall between bins.
    """
    frequency_hz = np.arange(bins) * bin_hz
    corners_hz = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 2)
    centre_hz = corners_hz[1:-1, None]
    lower_hz = np.minimum(corners_hz[:-2, None], centre_hz - bin_hz)
    upper_hz = np.maximum(corners_hz[2:, None], centre_hz + bin_hz)
    rising = (frequency_hz - lower_hz) / (centre_hz - lower_hz)
    falling = (upper_hz - frequency_hz) / (upper_hz - centre_hz)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
