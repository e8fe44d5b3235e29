"""Generated dances: what the rule-based teacher dances to a generated song.

The teacher's moves go round in four beats, and where in the round a dancer is cannot be heard. So
there are four equally right dances to each song, one for each place in the round; a student is
judged by, and led to, the one nearest to what it does.
"""

import numpy as np

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.energy import EnergyFollower
from ur3_dancer.dance.groove import groove_poses
from ur3_dancer.dance.moves import BEATS_PER_MOVE, EnergyChoreography
from ur3_dancer.music.spec import FeatureSpec

VARIANTS = BEATS_PER_MOVE


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
    """Return the (4, T, 6) poses in rad of the four right dances to a song with known beats."""
    times_s = frame_times_s(len(frames), music.rate_hz)
    energy = energy_at(frames, beats_s, music)
    return np.stack(
        [
            groove_poses(arm, EnergyChoreography(), beats_s, energy, times_s, first_beat)
            for first_beat in range(VARIANTS)
        ]
    )
