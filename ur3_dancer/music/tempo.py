"""Tempo: which beat period the recent past speaks for, and how clearly."""

import numpy as np

SLOWEST_BPM = 55.0
FASTEST_BPM = 215.0
_PREFERRED_BPM = 118.0
_PREFERENCE_OCTAVES = 0.9
_BINS_PER_OCTAVE = 48
_MEMORY_S = 4.0
_HARMONICS = 4
_SHARPNESS = 1.2
_DRIFT_BINS = 0.7


class TempoPosterior:
    """A posterior over beat periods, updated every frame.

    Evidence for a period is the onsets' autocorrelation, forgotten over a few seconds, at the
    period and its first multiples (a comb, as in Stark, Davies and Plumbley 2009). The posterior
    carries the past on: between frames the tempo drifts by a fraction of a bin, and a small share
    spreads over all tempos so that a jump is found again. A log-normal preference for dance tempos
    decides between half and double.

    Attributes:
        bpm: (n,) candidate tempos.
        posterior: (n,) probabilities.
        clarity: 0..1, the normalised autocorrelation at the best period.
    """

    def __init__(self, rate_hz: float):
        octaves = np.log2(FASTEST_BPM / SLOWEST_BPM)
        self.bpm = SLOWEST_BPM * 2.0 ** (
            np.arange(int(octaves * _BINS_PER_OCTAVE) + 1) / _BINS_PER_OCTAVE
        )
        self.periods = 60.0 * rate_hz / self.bpm
        self.lags = int(np.ceil(self.periods[0] * _HARMONICS)) + 2
        self.forget = np.exp(-1.0 / (_MEMORY_S * rate_hz))
        self.comb = _comb(self.periods, self.lags)
        distance = np.log2(self.bpm / _PREFERRED_BPM) / _PREFERENCE_OCTAVES
        self.preference = np.exp(-0.5 * distance**2)
        self.drift = _drift_matrix(len(self.bpm))
        self.sharpness = _SHARPNESS * 60.0 / rate_hz
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        self.correlation = np.zeros(self.lags)
        self.posterior = self.preference / self.preference.sum()
        self.clarity = 0.0

    def step(self, recent: np.ndarray) -> None:
        """Take one frame in.

        Args:
            recent: (>= lags,) onset strengths, newest last.
        """
        newest_first = recent[::-1][: self.lags]
        self.correlation *= self.forget
        self.correlation += recent[-1] * newest_first
        energy = self.correlation[0]
        if energy <= 1e-9:
            self.clarity = 0.0
            return
        salience = self.comb @ (self.correlation / energy)
        likelihood = np.exp(self.sharpness * (salience - salience.max()))
        posterior = (self.drift @ self.posterior) * likelihood
        posterior += 1e-5 * self.preference
        self.posterior = posterior / posterior.sum()
        self.clarity = float(np.clip(salience[np.argmax(self.posterior)], 0.0, 1.0))

    @property
    def period(self) -> float:
        """The most probable beat period in frames, refined between bins."""
        best = int(np.argmax(self.posterior))
        around = slice(max(best - 2, 0), best + 3)
        weight = self.posterior[around]
        return float(np.exp((weight * np.log(self.periods[around])).sum() / weight.sum()))


def _comb(periods: np.ndarray, lags: int) -> np.ndarray:
    """Return (n, lags) weights that read the autocorrelation at multiples of each period."""
    comb = np.zeros((len(periods), lags))
    weights = 1.0 / np.arange(1, _HARMONICS + 1)
    weights /= weights.sum()
    for row, period in zip(comb, periods, strict=True):
        for multiple, weight in enumerate(weights, start=1):
            lag = multiple * period
            low = int(lag)
            row[low] += weight * (1 - (lag - low))
            row[low + 1] += weight * (lag - low)
    return comb


def _drift_matrix(count: int) -> np.ndarray:
    """Return (n, n) transitions: a Gaussian of `_DRIFT_BINS`, columns summing to 1."""
    offset = np.arange(count)[:, None] - np.arange(count)[None, :]
    matrix = np.exp(-0.5 * (offset / _DRIFT_BINS) ** 2)
    return matrix / matrix.sum(axis=0)
