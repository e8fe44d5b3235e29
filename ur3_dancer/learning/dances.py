"""Generated dances: what the rule-based teacher dances to a generated song.

The teacher goes to one side and back, a beat each, and to which side first cannot be heard. So
there are two equally right dances to each song; a student is judged by, and led to, the one nearer
to what it does.
"""

import numpy as np

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.energy import EnergyFollower
from ur3_dancer.dance.groove import groove_poses
from ur3_dancer.dance.moves import EnergyChoreography
from ur3_dancer.music.spec import FeatureSpec

VARIANTS = 2


def frame_times_s(count: int, rate_hz: float) -> np.ndarray:
    """Return when each frame's newest sample was captured, in seconds from the song's start."""
    return np.arange(1, count + 1) / rate_hz


def energy_at(frames: np.ndarray, times_s: np.ndarray, music: FeatureSpec) -> np.ndarray:
    """Return the energy 0..1 that a listener feels at given times of a song.

    Args:
        frames: (T, F) raw features of the song.
        times_s: (N,) seconds from its start.
        music: the feature set.
    """
    follower, ends_s = EnergyFollower(music), frame_times_s(len(frames), music.rate_hz)
    felt = np.empty(len(frames))
    for i, end_s in enumerate(ends_s):
        follower.hear(frames[i : i + 1], float(end_s))
        felt[i] = follower.value
    return np.interp(times_s, ends_s, felt)


def teach(
    arm: DancingArm, frames: np.ndarray, beats_s: np.ndarray, music: FeatureSpec
) -> np.ndarray:
    """Return the (2, T, 6) poses in rad of both right dances to a song with known beats."""
    times_s = frame_times_s(len(frames), music.rate_hz)
    energy = energy_at(frames, beats_s, music)
    return np.stack(
        [
            groove_poses(arm, EnergyChoreography(), beats_s, energy, times_s, first_beat)
            for first_beat in range(VARIANTS)
        ]
    )


def beat_clock(beats_s: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Return (T, 3): cosine and sine of the place within the beat, and log2 of beats a second.

    Args:
        beats_s: (N,) known beats.
        times_s: (T,) when; before the first and after the last beat the tempo goes on.
    """
    first, last = beats_s[1] - beats_s[0], beats_s[-1] - beats_s[-2]
    grid_s = np.concatenate([beats_s[:1] - 8 * first, beats_s, beats_s[-1:] + 8 * last])
    numbers = np.concatenate([[-8.0], np.arange(len(beats_s)), [len(beats_s) + 7.0]])
    number = np.interp(times_s, grid_s, numbers)
    segment = np.clip(np.searchsorted(grid_s, times_s, side="right") - 1, 0, len(grid_s) - 2)
    rate_hz = (np.diff(numbers) / np.diff(grid_s))[segment]
    angle = 2 * np.pi * number
    return np.stack([np.cos(angle), np.sin(angle), np.log2(rate_hz)], axis=1)
