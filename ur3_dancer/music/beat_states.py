"""Beat states: where in the beat the music is, and how long the beat is, as probabilities."""

import numpy as np

SLOWEST_BPM, FASTEST_BPM = 56.0, 185.0
_PREFERRED_BPM = 115.0
_PREFERENCE_OCTAVES = 0.9
_STIFFNESS = 60.0
_JUMP = 2e-4
BEAT_SHARE = 24
_BOLDNESS, _CONTRAST = 0.6, 1.5
_FLOOR = 2e-3
NEIGHBOURS = 2


class BeatStates:
    """A hidden Markov model that runs forward only (Krebs, Böck and Widmer 2015).

    A state is a beat period, a whole number of frames, and a position within it. Each frame moves
    every position on by one. Only at a beat the period may change: a little and likely, or to any
    other with a small probability, so that a tempo jump or a wrong octave is mended. The first
    twenty-fourth of a beat explains a high activation, the rest explains a low one.

    The network is bolder at off-beats than it ought to be, which doubles slow tempos; its
    activations are therefore trusted less, the low ones least.

    Attributes:
        probability: (S,) float64 of each state, summing to 1.
        period: frames, refined between whole numbers.
        phase: 0..1, the position within the beat.
        sharpness: 0..1, how much the states near the best period agree on the phase.
    """

    def __init__(self, rate_hz: float):
        shortest, longest = (round(60.0 * rate_hz / bpm) for bpm in (FASTEST_BPM, SLOWEST_BPM))
        self.periods = np.arange(shortest, longest + 1)
        self.first = np.concatenate([[0], np.cumsum(self.periods)[:-1]])
        self.last = self.first + self.periods - 1
        position = np.concatenate([np.arange(period) for period in self.periods])
        of_period = np.repeat(self.periods, self.periods)
        self.is_beat = position * BEAT_SHARE < of_period
        self.turn = np.exp(2j * np.pi * position / of_period)
        distance = np.log2(60.0 * rate_hz / self.periods / _PREFERRED_BPM) / _PREFERENCE_OCTAVES
        preference = np.exp(-0.5 * distance**2)
        self.preference = preference / preference.sum()
        change = np.abs(np.log(self.periods[:, None] / self.periods[None, :]))
        stay = np.exp(-_STIFFNESS * change)
        stay /= stay.sum(axis=1, keepdims=True)
        self.transition = ((1 - _JUMP) * stay + _JUMP * self.preference[None, :]).T.copy()
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        self.probability = np.repeat(self.preference / self.periods, self.periods)
        self.period = float(self.periods @ self.preference)
        self.phase = 0.0
        self.sharpness = 0.0

    def step(self, activation: float) -> None:
        """Take the beat activation of one frame in, 0..1."""
        trusted = _BOLDNESS * activation**_CONTRAST
        beat = max(trusted, _FLOOR)
        other = (1.0 - trusted) / (BEAT_SHARE - 1)
        self._summarise(self._move_on(beat, other))

    def _move_on(self, beat: float, other: float) -> np.ndarray:
        """Update `probability`; return the (P,) probability of each period.

        Args:
            beat: likelihood of the activation within a beat.
            other: the same outside.
        """
        moved = np.empty_like(self.probability)
        moved[1:] = self.probability[:-1]
        moved[self.first] = self.transition @ self.probability[self.last]
        moved *= np.where(self.is_beat, beat, other)
        self.probability = moved / moved.sum()
        return np.add.reduceat(self.probability, self.first)

    def _summarise(self, of_period: np.ndarray) -> None:
        """Read period and phase off the states around the most probable period."""
        best = int(np.argmax(of_period))
        low, high = max(best - NEIGHBOURS, 0), min(best + NEIGHBOURS, len(self.periods) - 1)
        weight = of_period[low : high + 1]
        self.period = float(np.exp(weight @ np.log(self.periods[low : high + 1]) / weight.sum()))
        around = slice(self.first[low], self.last[high] + 1)
        mean = self.probability[around] @ self.turn[around]
        self.phase = float(np.angle(mean) / (2 * np.pi)) % 1.0
        self.sharpness = float(np.abs(mean))
