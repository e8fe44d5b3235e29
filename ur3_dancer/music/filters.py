"""Filter banks and windows, computed once at set-up."""

import numpy as np


def hann(length: int) -> np.ndarray:
    """Return the periodic Hann window, (length,) float64."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Convert Slaney's mel scale (Auditory Toolbox, 1998) to Hz: linear below 1 kHz, log above."""
    mel = np.asarray(mel, float)
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp(np.log(6.4) / 27 * (mel - 15.0)))


def hz_to_mel(frequency_hz: float) -> float:
    """Convert Hz to Slaney's mel scale."""
    if frequency_hz < 1000.0:
        return frequency_hz * 3.0 / 200.0
    return 15.0 + np.log(frequency_hz / 1000.0) * 27 / np.log(6.4)


def mel_filters(sample_rate_hz: int, window_samples: int, bands: int = 128) -> np.ndarray:
    """Return triangular filters of equal area, (bands, window_samples // 2 + 1) float32.

    The same numbers as `librosa.filters.mel`, without librosa's second of import time.
    """
    bins_hz = np.arange(window_samples // 2 + 1) * sample_rate_hz / window_samples
    corners_hz = mel_to_hz(np.linspace(0.0, hz_to_mel(sample_rate_hz / 2), bands + 2))
    lower, centre, upper = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    rising = (bins_hz - lower) / (centre - lower)
    falling = (upper - bins_hz) / (upper - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * 2.0 / (upper - lower)).astype(np.float32)


class BandedFilters:
    """A bank of filters that are zero but for a few neighbouring bins each.

    Attributes:
        starts: (bands + 1,) where each filter's weights begin in `weights` and `bins`.
        weights: (n,) float32, all filters one after another.
        bins: (n,) the spectrum bin of each weight.
    """

    def __init__(self, dense: np.ndarray):
        spans = [np.flatnonzero(row) for row in dense]
        # An empty filter still owns one zero weight: `reduceat` cannot sum nothing.
        spans = [span if len(span) else np.array([0]) for span in spans]
        self.starts = np.concatenate([[0], np.cumsum([len(span) for span in spans])])
        self.bins = np.concatenate(spans)
        self.weights = np.concatenate(
            [row[span] for row, span in zip(dense, spans, strict=True)]
        ).astype(np.float32)

    def apply(self, spectrum: np.ndarray) -> np.ndarray:
        """Return (bands,) float32 sums of `spectrum` under each filter."""
        return np.add.reduceat(spectrum[self.bins] * self.weights, self.starts[:-1])

    def power(self, magnitude: np.ndarray) -> np.ndarray:
        """Return (bands,) float32 sums of the power of a (bins,) float32 magnitude spectrum."""
        return self.apply(magnitude * magnitude)


def dct_matrix(count: int, bands: int) -> np.ndarray:
    """Return the first `count` rows of the orthonormal DCT-II, (count, bands) float32."""
    rows, columns = np.arange(count)[:, None], np.arange(bands)[None, :]
    matrix = np.sqrt(2.0 / bands) * np.cos(np.pi * rows * (columns + 0.5) / bands)
    matrix[0] /= np.sqrt(2.0)
    return matrix.astype(np.float32)
