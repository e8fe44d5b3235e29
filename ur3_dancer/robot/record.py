"""What the driver remembers of a performance, in memory that does not grow."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ur3_dancer.robot.cadence import SampleRing

RECORD_HZ = 125.0
"""Trajectories are kept at this rate at most: what a dance needs, of 125 and of 500 Hz loops."""


class Record:
    """Trajectories, latencies and energy; the loop adds, others read.

    Attributes:
        latency: from the capture of the newest sample that shaped a chunk to the first set-point
            that plays it, in seconds.
    """

    def __init__(self, rate_hz: float, minutes: float = 15.0):
        """Allocate for `minutes` of motion; after that the oldest is overwritten."""
        self._every = max(1, round(rate_hz / RECORD_HZ))
        self._capacity = max(1, int(minutes * 60.0 * rate_hz / self._every))
        self._rows = np.zeros((self._capacity, 13))
        self._seen = self._count = 0
        self._energy_sum = 0.0
        self._energy_count = 0
        self.latency = SampleRing(36_000)

    def add(self, time_s: float, measured: Sequence[float], sent: Sequence[float]) -> None:
        """Note measured and sent angles, six each."""
        self._seen += 1
        if self._seen % self._every:
            return
        row = self._rows[self._count % self._capacity]
        row[0] = time_s
        row[1:7] = measured
        row[7:13] = sent
        self._count += 1

    def add_energy(self, dq: Sequence[float]) -> None:
        """Note the measured joint speeds of a moment in which the arm was to dance."""
        self._energy_sum += sum(map(abs, dq)) / 6.0
        self._energy_count += 1

    @property
    def energy_rad_s(self) -> float:
        """Mean over time and joints of the measured speed while dancing or holding."""
        return self._energy_sum / self._energy_count if self._energy_count else 0.0

    def trajectory(self) -> dict[str, np.ndarray]:
        """Return copies: `time_s` (n,), `measured_rad` (n, 6), `sent_rad` (n, 6), oldest first."""
        kept = min(self._count, self._capacity)
        rows = np.roll(self._rows[:kept], -(self._count % kept) if kept else 0, axis=0)
        return {"time_s": rows[:, 0], "measured_rad": rows[:, 1:7], "sent_rad": rows[:, 7:13]}

    def save(self, path: str | Path) -> None:
        """Write `trajectory()` as a compressed NPZ file."""
        np.savez_compressed(path, **self.trajectory())
