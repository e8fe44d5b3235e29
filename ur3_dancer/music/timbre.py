"""Timbre: mel-frequency cepstral coefficients and their slope."""

import numpy as np

from ur3_dancer.music.filters import dct_matrix

RANGE_DB = 80.0
QUIET_DB = 0.0
"""Lowest reference level, about -37 dB of full scale, so that silence is not its own loudest."""


class RunningDecibels:
    """Power in dB, floored `RANGE_DB` below the loudest so far.

    librosa's `power_to_db` takes the loudest of the whole song, which a live listener cannot know;
    the running maximum agrees with it as soon as the loudest moment has been heard.
    """

    def __init__(self):
        self.reset()

    def reset(self) -> None:
        """Forget how loud it has been."""
        self.loudest_db = np.float32(QUIET_DB)

    def apply(self, power: np.ndarray) -> np.ndarray:
        """Return float32 dB with the same reference as librosa's default, 1.0."""
        level_db = np.float32(10.0) * np.log10(np.maximum(power, np.float32(1e-10)))
        self.loudest_db = max(self.loudest_db, level_db.max())
        return np.maximum(level_db, self.loudest_db - np.float32(RANGE_DB))


class Timbre:
    """20 MFCC of the dB mel spectrum relative to the loudest so far, and their slope.

    MFCC as librosa computes them (Slaney mel, orthonormal DCT-II); the slope is its width-3
    `delta`, a central difference, which is known one frame after its centre.

    Attributes:
        mfcc, delta: (20,) float32 of the newest frame.
    """

    COUNT = 20

    def __init__(self, bands: int):
        self.dct = dct_matrix(self.COUNT, bands)
        self.decibels = RunningDecibels()
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self.decibels.reset()
        self.recent = np.zeros((3, self.COUNT), np.float32)
        self.frames = 0

    @property
    def mfcc(self) -> np.ndarray:
        """Coefficients of the newest frame."""
        return self.recent[2]

    @property
    def delta(self) -> np.ndarray:
        """Half the difference between the newest frame and the one before the last."""
        return (self.recent[2] - self.recent[0]) * np.float32(0.5)

    def step(self, mel_power: np.ndarray) -> None:
        """Take the mel power spectrum of one frame in, (bands,) float32."""
        level_db = self.decibels.apply(mel_power)
        mfcc = self.dct @ (level_db - self.decibels.loudest_db)
        if self.frames == 0:
            self.recent[:] = mfcc
        self.recent[:2] = self.recent[1:]
        self.recent[2] = mfcc
        self.frames += 1
