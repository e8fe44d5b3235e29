"""A network that can be bad on request."""

from collections import deque
from collections.abc import Callable

import numpy as np

from ur3_dancer.clock import Clock


class Link:
    """What happens to bytes on their way: nothing, unless a bad network is asked for.

    Attributes:
        silent: data is taken and lost, connections stay up.
    """

    def __init__(self, clock: Clock):
        self._clock = clock
        self._random = np.random.default_rng(0)
        self._hold_up_s = 0.0
        self._varying = False
        self.silent = False

    def hold_up(self, seconds: float, varying: bool) -> None:
        """Delay all data by `seconds`, or by anything from nothing to that."""
        self._hold_up_s, self._varying = seconds, varying

    def clear(self) -> None:
        """Be a good network again; what is on its way arrives."""
        self._hold_up_s, self.silent = 0.0, False

    @property
    def slow(self) -> bool:
        """Whether data is delayed."""
        return self._hold_up_s > 0.0

    def now_s(self) -> float:
        """Return monotonic time."""
        return self._clock.now_s()

    def arrival_s(self) -> float:
        """Return when data that sets out now arrives."""
        share = self._random.uniform() if self._varying else 1.0
        return self._clock.now_s() + self._hold_up_s * share


class Way:
    """Data on its way in one direction: delayed, in order."""

    def __init__(self, link: Link, deliver: Callable[[bytes], None]):
        self._link = link
        self._deliver = deliver
        self._travelling: deque[tuple[float, bytes]] = deque()

    def carry(self, data: bytes) -> None:
        """Deliver `data` now, later, or never."""
        if self._link.silent:
            return
        if self._link.slow or self._travelling:
            last_s = self._travelling[-1][0] if self._travelling else 0.0
            self._travelling.append((max(last_s, self._link.arrival_s()), data))
        else:
            self._deliver(data)

    def pump(self) -> None:
        """Deliver what has arrived by now."""
        while self._travelling and self._travelling[0][0] <= self._link.now_s():
            self._deliver(self._travelling.popleft()[1])
