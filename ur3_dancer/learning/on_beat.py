"""Is it on the beat? Joint-speed minima against beats, both ways, and against a shifted song.

AJE and FID are blind to dancing: a frozen pose and time-shuffled truth score well (see the
evaluation's table). What a person sees is whether the arm changes direction on the beat. Whether
a figure is more than chance is told by the same motion against the same song, shifted by random
fractions of a beat.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import binom

from ur3_dancer.motion.rehearsal import Motion
from ur3_dancer.motion.speed_minima import speed_minima_s

TOLERANCE_S = 0.07
_FARTHEST_S = 0.15
_SHIFTS = 32


@dataclass(frozen=True)
class OnBeat:
    """Counts of one or several songs; they add up.

    Attributes:
        minima, beats: how many there are.
        minima_on_beat: minima with a beat within the tolerance.
        beats_met: beats with a minimum within the tolerance.
    """

    minima: float = 0
    beats: float = 0
    minima_on_beat: float = 0
    beats_met: float = 0

    def __add__(self, other: "OnBeat") -> "OnBeat":
        return OnBeat(*(a + b for a, b in zip(self._counts(), other._counts(), strict=True)))

    def __truediv__(self, share: float) -> "OnBeat":
        return OnBeat(*(count / share for count in self._counts()))

    @property
    def precision(self) -> float:
        """Share of the minima that are on a beat."""
        return self.minima_on_beat / self.minima if self.minima else 0.0

    @property
    def recall(self) -> float:
        """Share of the beats that are met by a minimum."""
        return self.beats_met / self.beats if self.beats else 0.0

    @property
    def f(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def to_dict(self) -> dict[str, float]:
        """Return counts and shares for JSON."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f": self.f}

    def _counts(self) -> tuple[float, float, float, float]:
        return (self.minima, self.beats, self.minima_on_beat, self.beats_met)


def by_chance(own: OnBeat, shifted: OnBeat) -> float:
    """Return how likely as many minima as `own` has would be on a beat by chance.

    One-sided binomial test of the minima on a beat, with their share beside the shifted song for
    chance. It takes minima for independent, which those of a steady dance to a steady beat are
    not: that is for orders of magnitude.
    """
    met, count = round(own.minima_on_beat), round(own.minima)
    if not count:
        return 1.0
    return float(binom.sf(met - 1, count, shifted.precision))


def on_beat(motion: Motion, beats_s: np.ndarray, from_s: float) -> OnBeat:
    """Count minima and beats later than `from_s` that meet within 70 ms."""
    minima_s = speed_minima_s(motion.times_s, motion.q)
    return _meet(minima_s, np.asarray(beats_s), from_s, motion.times_s[-1])


def on_shifted_beat(
    motion: Motion, beats_s: np.ndarray, from_s: float, random: np.random.Generator
) -> OnBeat:
    """Return the mean counts against the song shifted by 32 random fractions of its beat."""
    beats_s, minima_s = np.asarray(beats_s), speed_minima_s(motion.times_s, motion.q)
    period_s = float(np.median(np.diff(beats_s)))
    counts = [
        _meet(minima_s, beats_s + share * period_s, from_s, motion.times_s[-1])
        for share in random.uniform(0.0, 1.0, _SHIFTS)
    ]
    return sum(counts, OnBeat()) / _SHIFTS


def median_lag_s(motion: Motion, beats_s: np.ndarray, from_s: float) -> float | None:
    """Return by how much the nearest minima follow the beats, negative when early.

    The median over the beats that have a minimum within 150 ms; None where no beat has.
    """
    minima_s = speed_minima_s(motion.times_s, motion.q)
    beats_s = np.asarray(beats_s)[(np.asarray(beats_s) >= from_s)]
    if not len(minima_s) or not len(beats_s):
        return None
    lags_s = minima_s[_nearest(beats_s, minima_s)] - beats_s
    near_s = lags_s[np.abs(lags_s) < _FARTHEST_S]
    return float(np.median(near_s)) if len(near_s) else None


def _meet(minima_s: np.ndarray, beats_s: np.ndarray, from_s: float, until_s: float) -> OnBeat:
    minima_s = minima_s[(minima_s >= from_s) & (minima_s <= until_s)]
    beats_s = beats_s[(beats_s >= from_s) & (beats_s <= until_s)]
    if not len(minima_s) or not len(beats_s):
        return OnBeat(len(minima_s), len(beats_s), 0, 0)
    gap_minima = np.abs(beats_s[_nearest(minima_s, beats_s)] - minima_s)
    gap_beats = np.abs(minima_s[_nearest(beats_s, minima_s)] - beats_s)
    return OnBeat(
        len(minima_s),
        len(beats_s),
        int((gap_minima <= TOLERANCE_S).sum()),
        int((gap_beats <= TOLERANCE_S).sum()),
    )


def _nearest(points_s: np.ndarray, among_s: np.ndarray) -> np.ndarray:
    return np.abs(points_s[:, None] - among_s[None, :]).argmin(axis=1)
