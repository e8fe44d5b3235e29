"""Percussion: what is struck, separated from what sounds on, and its onset strength."""

import numpy as np
from scipy.ndimage import median_filter

from ur3_dancer.music.filters import BandedFilters
from ur3_dancer.music.timbre import RunningDecibels

_TINY = np.finfo(np.float32).tiny


class Separation:
    """Harmonic-percussive separation by medians (Fitzgerald 2010), as a stream.

    A bin that stays over time is harmonic, one that fills its neighbourhood of frequencies is
    percussive. librosa's `decompose.hpss` takes the median over 15 frames to each side; here the
    frame lies `look_ahead` frames before the newest one and the median is over what is known of
    that neighbourhood: 15 gives librosa's numbers, 0 answers at once, from the past alone.
    """

    REACH = 15

    def __init__(self, bins: int, look_ahead: int = 0):
        self.bins = bins
        self.look_ahead = look_ahead
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self.recent = np.zeros((self.REACH + 1 + self.look_ahead, self.bins), np.float32)
        self.ordered = self.recent.copy()
        self.newest = -1

    def step(self, magnitude: np.ndarray) -> np.ndarray:
        """Take one (bins,) float32 magnitude spectrum in; return its percussive part."""
        kept = len(self.recent)
        self.newest = (self.newest + 1) % kept
        self._replace(self.recent[self.newest], magnitude)
        self.recent[self.newest] = magnitude
        spectrum = self.recent[(self.newest - self.look_ahead) % kept]
        return self._percussive(spectrum, self.ordered[kept // 2])

    def _replace(self, oldest: np.ndarray, newest: np.ndarray) -> None:
        """Take one spectrum out of the ordered ones and put another in, bin by bin.

        Eight times faster than ordering them anew: only comparisons of neighbours.
        """
        ordered = self.ordered
        fewer = np.where(ordered[:-1] < oldest, ordered[:-1], ordered[1:])
        ordered[0] = np.minimum(fewer[0], newest)
        np.maximum(fewer[:-1], np.minimum(fewer[1:], newest), out=ordered[1:-1])
        ordered[-1] = np.maximum(fewer[-1], newest)

    def _percussive(self, spectrum: np.ndarray, harmonic: np.ndarray) -> np.ndarray:
        """Return the percussive part of a spectrum whose harmonic part is known."""
        percussive = median_filter(spectrum, size=2 * self.REACH + 1, mode="reflect")
        return spectrum * soft_mask(percussive, harmonic)


def soft_mask(wanted: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the share of `wanted` in power, 0.5 where both are nothing (librosa's `softmask`)."""
    loudest = np.maximum(wanted, other)
    nothing = loudest < _TINY
    loudest = np.where(nothing, np.float32(1.0), loudest)
    wanted_power = (wanted / loudest) ** 2
    other_power = (other / loudest) ** 2
    total = np.where(nothing, np.float32(1.0), wanted_power + other_power)
    return np.where(nothing, np.float32(0.5), wanted_power / total)


class Onset:
    """Onset strength, of the percussive part or of all that sounds: mean rise of the dB mel bands.

    librosa's `onset.onset_strength`, which compares each frame with the one before and therefore
    needs no look-ahead.

    Attributes:
        strength: float32 of the newest frame, in dB.
    """

    def __init__(self, mel: BandedFilters):
        self.mel = mel
        self.decibels = RunningDecibels()
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self.decibels.reset()
        self.previous_db: np.ndarray | None = None
        self.strength = np.float32(0.0)

    def step(self, magnitude: np.ndarray) -> None:
        """Take one (bins,) float32 magnitude spectrum in."""
        level_db = self.decibels.apply(self.mel.power(magnitude))
        if self.previous_db is not None:
            self.strength = np.maximum(level_db - self.previous_db, 0).mean(dtype=np.float32)
        self.previous_db = level_db
