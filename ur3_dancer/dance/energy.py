"""How lively the music is, from the features that every policy hears."""

import numpy as np

from ur3_dancer.music.spec import FeatureSpec

_MEL_BANDS = 128
_MEMORY_S = 1.0
_CALM_DB, _WILD_DB = -62.0, -43.0
"""Mean mel level below the loudest band so far: the 3rd and the 98th percentile of generated songs.
Three recorded songs (funk, strings, a singer with guitar) have their medians in between."""
_SILENT_DB = -76.0
_SILENT_S = 0.7


def liveliness(frames: np.ndarray, music: FeatureSpec) -> np.ndarray:
    """Return 0..1 for each of (T, F) raw frames: the mean mel level, from calm to wild.

    The first MFCC is the mean level of the mel bands times the root of their number, in dB below
    the loudest so far (orthonormal DCT), so that the gain of the microphone plays no part.
    """
    level_db = frames[:, music.columns["mfcc"].start] / np.sqrt(_MEL_BANDS)
    return np.clip((level_db - _CALM_DB) / (_WILD_DB - _CALM_DB), 0.0, 1.0)


class EnergyFollower:
    """Follows the liveliness with a memory of one second, whatever windows are lost.

    Attributes:
        value: 0..1.
        silent: nothing has been heard for 0.7 s, or since the reset.
    """

    def __init__(self, music: FeatureSpec):
        self._music = music
        self.reset()

    def reset(self) -> None:
        """Forget the music."""
        self.value, self.silent = 0.0, True
        self._heard_until_s, self._sound_s = -np.inf, -np.inf

    def hear(self, frames: np.ndarray, time_s: float) -> None:
        """Take in the frames (K, F) of the window whose newest one ends at `time_s`."""
        step_s = 1.0 / self._music.rate_hz
        ends_s = time_s - step_s * np.arange(len(frames))[::-1]
        new = ends_s > self._heard_until_s + step_s / 2
        self._heard_until_s = max(self._heard_until_s, time_s)
        level_db = frames[new, self._music.columns["mfcc"].start] / np.sqrt(_MEL_BANDS)
        # A frame of zeros everywhere is a window that was never filled, not the loudest sound.
        sounding = (level_db > _SILENT_DB) & frames[new].any(axis=1)
        if sounding.any():
            self._sound_s = float(ends_s[new][sounding][-1])
        self.silent = time_s - self._sound_s > _SILENT_S
        keep = np.exp(-step_s / _MEMORY_S)
        for lively in liveliness(frames[new], self._music) * sounding:
            self.value = keep * self.value + (1.0 - keep) * float(lively)
