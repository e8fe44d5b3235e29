"""A fixed-rate cycle that keeps its own record: deadlines, skipped ticks, period errors."""

import numpy as np

from ur3_dancer.clock import Clock

LONGEST_LEAD_S = 0.002
LEAD_SHARE = 0.35


class SampleRing:
    """The last `capacity` numbers, allocated once, with the maximum of all; cheap to add to."""

    def __init__(self, capacity: int):
        self._values = np.zeros(capacity)
        self.count = 0
        self.maximum = 0.0

    def add(self, value: float) -> None:
        """Append a value, over the oldest when full."""
        self._values[self.count % len(self._values)] = value
        self.count += 1
        if value > self.maximum:
            self.maximum = value

    def percentiles(self, scale: float = 1.0) -> dict[str, float | None]:
        """Return p50, p99 and max times `scale`; None when nothing was added."""
        if self.count == 0:
            return {"p50": None, "p99": None, "max": None}
        p50, p99 = np.percentile(self._values[: min(self.count, len(self._values))], [50, 99])
        return {
            "p50": float(p50) * scale,
            "p99": float(p99) * scale,
            "max": self.maximum * scale,
        }


class Cadence:
    """Wakes at absolute deadlines.

    A tick that would leave more than half a period late is skipped and counted, never caught up:
    two set-points in a burst are a jump to the arm.

    Attributes:
        missed: deadlines that were skipped.
        ticks: deadlines that were kept.
    """

    def __init__(self, period_s: float, clock: Clock, capacity: int = 120_000):
        """Prepare with the first deadline one period from now; keep `capacity` period errors."""
        self.period_s = period_s
        self.lead_s = min(LONGEST_LEAD_S, LEAD_SHARE * period_s)
        self._clock = clock
        self._errors = SampleRing(capacity)
        self.missed = self.ticks = 0
        self._kept_s = 0.0
        self._last_s: float | None = None
        self._deadline_s = clock.now_s()

    def restart(self) -> None:
        """Begin a stretch of regular ticks now: what was before is no missed deadline."""
        self._deadline_s = self._clock.now_s()
        self._last_s = None

    def rest(self, pause_s: float) -> None:
        """Sleep while nothing is streamed, and begin anew after it."""
        self._clock.sleep_until_s(self._clock.now_s() + pause_s)
        self.restart()

    def wait(self) -> float:
        """Return `lead_s` before the next deadline; the value is the deadline.

        The lead is for computing: what leaves at the deadline then leaves on time however long
        that took, and belongs to an evenly spaced time.
        """
        self._deadline_s += self.period_s
        late_s = self._clock.now_s() - self._deadline_s
        skipped = int(late_s / self.period_s + 0.5)
        if skipped > 0:
            if self._last_s is not None:
                self.missed += skipped
            self._deadline_s += skipped * self.period_s
        self._clock.sleep_until_s(self._deadline_s - self.lead_s)
        return self._deadline_s

    def mark(self, now_s: float) -> None:
        """Note that the tick's work left at `now_s`; the difference to the last one is judged."""
        if self._last_s is not None:
            elapsed_s = now_s - self._last_s
            self._errors.add(abs(elapsed_s - self.period_s))
            self._kept_s += elapsed_s
            self.ticks += 1
        self._last_s = now_s

    def report(self) -> dict:
        """Return `rate_hz`, `ticks`, `missed` and `period_error_ms` with p50, p99 and max."""
        return {
            "rate_hz": self.ticks / self._kept_s if self._kept_s > 0.0 else 0.0,
            "ticks": self.ticks,
            "missed": self.missed,
            "period_error_ms": self._errors.percentiles(1000.0),
        }
