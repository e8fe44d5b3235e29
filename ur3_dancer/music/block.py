"""A block: audio samples as the device gives them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Block:
    """Samples with the time at which the first of them was captured.

    Attributes:
        samples: (n,) float32 mono, nominally in -1..1.
        start_s: monotonic capture time of `samples[0]`, in seconds.
    """

    samples: np.ndarray
    start_s: float
