"""Percentiles of a long run in bounded memory."""

import numpy as np


class Percentiles:
    """Keeps the last `capacity` values, and the largest of all.

    Half an hour at 60 Hz fits the default; what is older no longer shapes p50 and p99.
    """

    def __init__(self, capacity: int = 108_000):
        self._values = np.zeros(capacity)
        self._count = 0
        self._largest = 0.0

    def add(self, value: float) -> None:
        """Take one value."""
        self._values[self._count % len(self._values)] = value
        self._count += 1
        self._largest = max(self._largest, value)

    def summary(self) -> dict[str, float] | None:
        """Return p50, p99 and max, or None when nothing came."""
        if not self._count:
            return None
        p50, p99 = np.percentile(self._values[: self._count], (50, 99))
        return {"p50": float(p50), "p99": float(p99), "max": float(self._largest)}
