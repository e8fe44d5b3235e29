"""A window: the last K feature frames, which is what a policy hears."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Window:
    """The last K frames and when the newest of them ended.

    Attributes:
        frames: (K, F) float32 raw features, newest last.
        time_s: monotonic capture time of the newest sample in the newest frame, in seconds.
        rate_hz: frames a second.
    """

    frames: np.ndarray
    time_s: float
    rate_hz: float
