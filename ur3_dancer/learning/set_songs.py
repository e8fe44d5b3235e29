"""The songs of a prepared set as evaluation needs them: what is heard, and what was danced to it.

Two spaces: the four arm angles of a person (`MDLT_ARM`), in which the paper's figures live, and the
six joints of the arm, to which the truth is retargeted for checkpoints that speak those.
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dance_score import TrueDance
from ur3_dancer.learning.data.prepared import PreparedSet, PreparedSong
from ur3_dancer.learning.turns import around_neutral
from ur3_dancer.motion.arm_config import ArmConfig

NO_GENRE = "all"
"""Stands for the genre of songs whose set names none."""
_LARGEST_UNIT = 0.9999


@dataclass(frozen=True)
class SetSong:
    """A song of a set with its dance.

    Attributes:
        music: id of the music; several dances may share one.
        frames: (T, F) raw features.
        dance: the true dance of all T frames, in the space of the evaluation.
    """

    music: str
    frames: np.ndarray
    dance: TrueDance


def set_songs(
    prepared: PreparedSet, protocol: str, part: str, space: PoseSpace, arm: ArmConfig
) -> list[SetSong]:
    """Return the songs of one part of a split, with their truth in a pose space.

    Args:
        prepared: the set.
        protocol: of the split: `crossmodal`, `paper:INDEX`, `song` or `genre:NAME`.
        part: `train`, `val` or `test`.
        space: `MDLT_ARM` or the arm's joints.
        arm: retargets angles to joints.

    Raises:
        ConfigError: no such protocol, or the part is empty.
    """
    rate_hz = float(prepared.manifest["rate_hz"])
    songs = [_song(prepared, song, rate_hz, space, arm) for song in prepared.split(protocol, part)]
    if not songs:
        raise ConfigError(
            f"the {part} part of split {protocol} is empty: choose another --split, or prepare "
            "more songs"
        )
    return songs


def mean_pose_rad(songs: list[SetSong]) -> np.ndarray:
    """Return the (A,) mean over all frames of some songs."""
    frames = sum(len(song.dance.poses_rad) for song in songs)
    return sum(song.dance.poses_rad.sum(axis=0) for song in songs) / frames


def arm_angles_from_joints(q_rad: np.ndarray, arm: ArmConfig) -> np.ndarray:
    """Return the (T, 4) arm angles whose retargeting comes nearest to (T, 6) joints.

    The inverse of `Retargeting.joints`: its soft limit undone, then least squares through its
    gains. So a dancer that speaks joints can stand beside those that speak arm angles; what of its
    motion no arm angle can make is left out.
    """
    space, retargeting = arm.pose_space(), arm.retargeting
    unit = np.clip(space.to_unit(q_rad), -_LARGEST_UNIT, _LARGEST_UNIT)
    wanted = space.to_rad(np.arctanh(unit))
    offsets = np.linalg.pinv(retargeting.gain) @ (wanted - arm.home_rad).T
    return retargeting.neutral_rad + offsets.T


def _song(
    prepared: PreparedSet, song: PreparedSong, rate_hz: float, space: PoseSpace, arm: ArmConfig
) -> SetSong:
    angles = around_neutral(np.asarray(prepared.arm_angles_rad[song.rows], float))
    if space.names != MDLT_ARM.names:
        angles = arm.retargeting.joints(angles, arm.home_rad, arm.pose_space())
    return SetSong(
        music=song.song,
        frames=np.asarray(prepared.features[song.rows]),
        dance=TrueDance(
            name=song.name,
            genre=song.genre or NO_GENRE,
            times_s=np.arange(1, len(angles) + 1) / rate_hz,
            poses_rad=angles,
            beats_s=song.beats_s,
            rate_hz=rate_hz,
        ),
    )
