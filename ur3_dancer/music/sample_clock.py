"""Sample clock: when each sample was captured, from the times at which blocks arrived."""

from collections import deque

_BUCKET_S = 0.5
_BUCKETS = 16
_LARGEST_STEP_S = 0.0005
_LOSS_S = 0.03


class SampleClock:
    """Fits counted samples to monotonic time.

    A block can only arrive late, never early, so the earliest arrivals of the last seconds, each
    less the samples before it, tell when the count began. PortAudio's own time stamps are not used:
    several of its back ends invent them. The fit moves by at most half a millisecond a block.

    If for half a second every block is later than the fit by more than 30 ms, samples were lost on
    the way; `lost_samples` then says how many, and the caller fills them with zeros.

    Attributes:
        drift_ppm: how much slower (positive) the device's clock runs than nominal, in parts per
            million; 0 in the first half minute.
    """

    def __init__(self, rate_hz: int):
        self.rate_hz = rate_hz
        self.count = 0
        self.drift_ppm = 0.0
        self._minima: deque[tuple[float, float]] = deque(maxlen=_BUCKETS)
        self._bucket: tuple[float, float] | None = None
        self._fit_s: float | None = None
        self._first: tuple[float, float] | None = None

    def stamp(self, samples: int, arrival_s: float) -> float:
        """Count a block and return the capture time of its first sample, in seconds.

        Args:
            samples: in the block.
            arrival_s: when the block was complete.
        """
        self.count += samples
        offset_s = arrival_s - self.count / self.rate_hz
        started_s, smallest_s = self._bucket or (arrival_s, offset_s)
        if arrival_s - started_s >= _BUCKET_S:
            self._minima.append((started_s, smallest_s))
            self._measure_drift(started_s, smallest_s)
            started_s, smallest_s = arrival_s, offset_s
        self._bucket = started_s, min(smallest_s, offset_s)
        target_s = min([self._bucket[1]] + [minimum for _, minimum in self._minima])
        if self._fit_s is None:
            self._fit_s = target_s
        step_s = target_s - self._fit_s
        self._fit_s += min(max(step_s, -_LARGEST_STEP_S), _LARGEST_STEP_S)
        return self._fit_s + (self.count - samples) / self.rate_hz

    def lost_samples(self) -> int:
        """Return how many samples went missing, and count them as captured."""
        if not self._minima:
            return 0
        late_s = self._minima[-1][1] - self._fit_s
        if late_s <= _LOSS_S:
            return 0
        lost = round(late_s * self.rate_hz)
        self.count += lost
        self._minima.clear()
        self._bucket = self._first = None
        return lost

    def _measure_drift(self, time_s: float, offset_s: float) -> None:
        if self._first is None:
            self._first = time_s, offset_s
        elif time_s - self._first[0] > 30.0:
            self.drift_ppm = 1e6 * (offset_s - self._first[1]) / (time_s - self._first[0])
