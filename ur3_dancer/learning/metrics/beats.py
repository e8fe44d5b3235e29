"""Beat alignment scores as the field computes them, in both directions.

Motion beats are local minima of the mean joint speed, smoothed by a Gaussian of 5 frames at 60 Hz.
A beat that is met exactly counts 1, one missed by d frames exp(-d^2 / 18): 0.95 at one frame, 0.61
at three (50 ms), 0.08 at 0.11 s. Averaged over the beats of the music it is Bailando's score (Siyao
et al. 2022), over those of the motion FACT's (Li et al. 2021).

Each direction alone is blind. Averaged over the music's beats, whoever trembles has a minimum near
every beat; averaged over the motion's, whoever moves once and is lucky is perfect. And the score of
a dance that ignores the music is far from zero, so it means something only beside the same motion
against the same music, shifted.

Frames are frames of 60 Hz whatever the rate of the motion, as the definitions were made on AIST++.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import argrelextrema

FRAMES_HZ = 60.0
SMOOTHING_FRAMES = 5.0
_TWO_VARIANCES_FRAMES2 = 18.0
_SHIFTS = 32
_AT_REST = 1e-6
"""Speeds below this, rad/s or m/s, are rounding: else a statue has a beat in every few frames."""


@dataclass(frozen=True)
class BeatAlignment:
    """Sums over one or several songs; they add up.

    Attributes:
        music_sum, motion_sum: sums of exp(-d^2 / 18) over the beats of either.
        music_beats, motion_beats: how many beats there are.
    """

    music_sum: float = 0.0
    motion_sum: float = 0.0
    music_beats: float = 0
    motion_beats: float = 0

    def __add__(self, other: "BeatAlignment") -> "BeatAlignment":
        return BeatAlignment(*(a + b for a, b in zip(self._sums(), other._sums(), strict=True)))

    def __truediv__(self, share: float) -> "BeatAlignment":
        return BeatAlignment(*(value / share for value in self._sums()))

    @property
    def music(self) -> float:
        """Mean over the beats of the music (Bailando); 0 without any."""
        return self.music_sum / self.music_beats if self.music_beats else 0.0

    @property
    def motion(self) -> float:
        """Mean over the beats of the motion (FACT); 0 without any."""
        return self.motion_sum / self.motion_beats if self.motion_beats else 0.0

    def to_dict(self) -> dict[str, float]:
        """Return both scores and the counts for JSON."""
        return {
            "over_music_beats": self.music,
            "over_motion_beats": self.motion,
            "music_beats": self.music_beats,
            "motion_beats": self.motion_beats,
        }

    def _sums(self) -> tuple[float, float, float, float]:
        return (self.music_sum, self.motion_sum, self.music_beats, self.motion_beats)


def angle_speed(poses_rad: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return (T - 1,) mean absolute velocity over the angles (T, A), rad/s."""
    return np.abs(np.diff(poses_rad, axis=0)).mean(axis=1) * rate_hz


def point_speed(positions_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return (T - 1,) mean speed over the joints (T, J, 3), m/s."""
    return np.linalg.norm(np.diff(positions_m, axis=0), axis=2).mean(axis=1) * rate_hz


def motion_beats_s(speed: np.ndarray, rate_hz: float, start_s: float = 0.0) -> np.ndarray:
    """Return the times of the minima of a speed.

    Args:
        speed: (T - 1,) speed between frames; its values are taken to lie midway.
        rate_hz: frames a second.
        start_s: time of frame 0.
    """
    moving = np.where(np.asarray(speed) > _AT_REST, speed, 0.0)
    smooth = gaussian_filter1d(moving, SMOOTHING_FRAMES * rate_hz / FRAMES_HZ)
    return start_s + (argrelextrema(smooth, np.less)[0] + 0.5) / rate_hz


def beat_alignment(motion_s: np.ndarray, music_s: np.ndarray) -> BeatAlignment:
    """Return the alignment of (M,) motion beats and (N,) music beats, in seconds."""
    motion_s, music_s = np.asarray(motion_s, float), np.asarray(music_s, float)
    if not len(motion_s) or not len(music_s):
        return BeatAlignment(0.0, 0.0, len(music_s), len(motion_s))
    gaps = np.abs(music_s[:, None] - motion_s[None, :]) * FRAMES_HZ
    met = np.exp(-(gaps**2) / _TWO_VARIANCES_FRAMES2)
    return BeatAlignment(
        float(met.max(axis=1).sum()), float(met.max(axis=0).sum()), len(music_s), len(motion_s)
    )


def shifted_alignment(
    motion_s: np.ndarray, music_s: np.ndarray, random: np.random.Generator
) -> BeatAlignment:
    """Return the mean alignment with the music shifted by 32 random fractions of its beat."""
    music_s = np.asarray(music_s, float)
    if len(music_s) < 2:
        return beat_alignment(motion_s, music_s[:0])
    period_s = float(np.median(np.diff(music_s)))
    shifts_s = period_s * random.uniform(0.0, 1.0, _SHIFTS)
    alignments = (beat_alignment(motion_s, music_s + shift_s) for shift_s in shifts_s)
    return sum(alignments, BeatAlignment()) / _SHIFTS
