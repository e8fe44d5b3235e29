"""Keeps the beat from the beat columns of overlapping windows."""

from collections import deque
from dataclasses import dataclass
from statistics import fmean

import numpy as np

_FIT_BEATS = 8
_SHORTEST_PERIOD_S = 0.25
_LONGEST_PERIOD_S = 1.5
_JUMP = 0.2
"""A beat further than this share of a period from where it was due starts the count anew."""


@dataclass(frozen=True)
class Grid:
    """Beats at `anchor_s + n * period_s`; the anchor is beat number `number`."""

    anchor_s: float
    period_s: float
    number: int

    def beat_after(self, time_s: float) -> int:
        """Return the number of the first beat later than `time_s`."""
        return self.number + int(np.floor((time_s - self.anchor_s) / self.period_s)) + 1

    def nearest(self, time_s: float) -> int:
        """Return the number of the beat nearest to `time_s`."""
        return self.number + round((time_s - self.anchor_s) / self.period_s)

    def time_s(self, number: int) -> float:
        """Return when beat `number` falls."""
        return self.anchor_s + (number - self.number) * self.period_s


class BeatKeeper:
    """Collects beat times and lays a straight line through the last eight of them.

    Beats come as 1.0 in the frame where they fall, so each is known to half a frame; the line
    through several of them knows better. Frames are told apart by time: what a lost window held is
    taken from the next one, which still holds it.
    """

    def __init__(self):
        self.reset()

    def reset(self) -> None:
        """Forget all beats."""
        self._beats: deque[tuple[int, float]] = deque(maxlen=_FIT_BEATS)
        self._heard_until_s = -np.inf
        self.grid: Grid | None = None

    def hear(self, beat_column: np.ndarray, time_s: float, step_s: float) -> None:
        """Take in the (K,) beat column of the window whose newest frame ends at `time_s`."""
        ends_s = time_s - step_s * np.arange(len(beat_column))[::-1]
        new = ends_s > self._heard_until_s + step_s / 2
        self._heard_until_s = max(self._heard_until_s, time_s)
        for end_s in ends_s[new & (beat_column > 0.5)]:
            self._add(float(end_s) - step_s / 2)
        if self.grid and time_s > self.grid.anchor_s + 2.0 * _LONGEST_PERIOD_S:
            self._beats.clear()
            self.grid = None

    def _add(self, beat_s: float) -> None:
        if not self._beats:
            self._beats.append((0, beat_s))
            return
        number, last_s = self._beats[-1]
        if beat_s - last_s < _SHORTEST_PERIOD_S:
            return
        if self.grid is None:
            self._start_anew(number + 1, beat_s)
            return
        skipped = max(1, round((beat_s - last_s) / self.grid.period_s))
        due_s = self.grid.time_s(number + skipped)
        if abs(beat_s - due_s) > _JUMP * self.grid.period_s:
            self._start_anew(number + skipped, beat_s)
        else:
            self._beats.append((number + skipped, beat_s))
            self._fit()

    def _start_anew(self, number: int, beat_s: float) -> None:
        """Keep only the last two beats; the next one will tell whether they were right."""
        last_s = self._beats[-1][1]
        self._beats.clear()
        if beat_s - last_s <= _LONGEST_PERIOD_S:
            self._beats.append((number - 1, last_s))
        self._beats.append((number, beat_s))
        self._fit()

    def _fit(self) -> None:
        if len(self._beats) < 2:
            self.grid = None
            return
        numbers, times_s = zip(*self._beats, strict=True)
        # The closed form and no library: of eight beats the call would cost most of the time.
        middle, middle_s = fmean(numbers), fmean(times_s)
        away = [number - middle for number in numbers]
        products = sum(n * (beat_s - middle_s) for n, beat_s in zip(away, times_s, strict=True))
        period_s = products / sum(n * n for n in away)
        self.grid = Grid(middle_s + period_s * away[-1], period_s, numbers[-1])
