"""Level meter: how loud what is heard is, for the person who sets the gain."""

import math

import numpy as np

from ur3_dancer.music.sound_kernels import loudness

_AVERAGE_S = 0.3
_FALL_DB_S = 20.0
_FLOOR_DB = -120.0


class LevelMeter:
    """Average level, peak, and overload of the samples that go by.

    Attributes:
        level_db: root mean square of the last third of a second, dB of full scale, -120 at least.
        peak_db: largest sample, held and let down by 20 dB a second.
        clipped: samples at full scale so far.
    """

    def __init__(self, rate_hz: int):
        self.rate_hz = rate_hz
        self._power = 0.0
        self.peak_db = _FLOOR_DB
        self.clipped = 0

    @property
    def level_db(self) -> float:
        """Average level in dB of full scale."""
        return max(10.0 * math.log10(max(self._power, 1e-12)), _FLOOR_DB)

    def take(self, samples: np.ndarray) -> None:
        """Take (n,) float32 samples within -1..1 in."""
        if not len(samples):
            return
        lasted_s = len(samples) / self.rate_hz
        loudest, power, clipped = loudness(samples)
        self._power += (1.0 - math.exp(-lasted_s / _AVERAGE_S)) * (power - self._power)
        peak_db = 20.0 * math.log10(max(loudest, 1e-6))
        self.peak_db = max(peak_db, self.peak_db - _FALL_DB_S * lasted_s, _FLOOR_DB)
        self.clipped += clipped
