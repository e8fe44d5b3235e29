"""Time is monotonic and injected: nothing in the rooms asks the operating system directly."""

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic time in seconds; tests give a fake one."""

    def now_s(self) -> float:
        """Return monotonic time in seconds."""
        ...

    def sleep_until_s(self, deadline_s: float) -> None:
        """Return at `deadline_s`, or at once when that has passed."""
        ...


class SystemClock:
    """CLOCK_MONOTONIC: one time axis for every process of the machine."""

    def now_s(self) -> float:
        """Return monotonic time in seconds."""
        return time.monotonic()

    def sleep_until_s(self, deadline_s: float) -> None:
        """Sleep to an absolute deadline, so that errors do not add up."""
        remaining_s = deadline_s - time.monotonic()
        if remaining_s > 0.0:
            time.sleep(remaining_s)


class SongClock:
    """The time of a song that is heard as fast as the machine can: waiting costs nothing."""

    def __init__(self):
        self._now_s = 0.0

    def now_s(self) -> float:
        """Return seconds from the song's start."""
        return self._now_s

    def sleep_until_s(self, deadline_s: float) -> None:
        """Be at `deadline_s` at once."""
        self._now_s = max(self._now_s, deadline_s)
