"""Rhythm: how the onsets of the past seconds repeat."""

import numpy as np

from ur3_dancer.music.filters import hann

SILENT = 1e-6


class Tempogram:
    """Autocorrelation of the last 384 onset strengths under the rising half of a Hann window.

    The newest frame weighs most. librosa's `feature.tempogram` centres the whole window and so
    looks 192 frames ahead; `center=False` with this window gives the same numbers as here. In
    float64 throughout: the last lags are up to sixteen decades below the first.

    Attributes:
        values: (384,) float64, lag 0 first, scaled so that lag 0 is 1; all 0 in silence.
    """

    LAGS = 384

    def __init__(self):
        self.window = hann(2 * self.LAGS)[1 : self.LAGS + 1]
        self.reset()

    def reset(self) -> None:
        """Forget the onsets so far."""
        self.recent = np.zeros(self.LAGS)
        self.values = np.zeros(self.LAGS)

    def step(self, onset: float) -> None:
        """Take the onset strength of one frame in."""
        self.recent[:-1] = self.recent[1:]
        self.recent[-1] = onset
        spectrum = np.fft.rfft(self.window * self.recent, 2 * self.LAGS)
        power = spectrum.real**2 + spectrum.imag**2
        correlation = np.fft.irfft(power, 2 * self.LAGS)[: self.LAGS]
        if correlation[0] > SILENT:
            self.values = correlation / correlation[0]
        else:
            self.values = np.zeros(self.LAGS)
