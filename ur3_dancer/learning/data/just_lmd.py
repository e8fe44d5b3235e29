"""JustLMD: danced songs with lyrics, SMPL poses fitted to films at 30 frames a second.

    Songs_YYYY/TITLE/   audio.wav
                        lyrics.lrc
                        sliced.json     {"mm:ss.mmm": "lines from then on"}
                        smplfull.json   {"000000": {"annots": [{"poses": [72], "Rh": [[3]],
                                        "Th": [[3]], ...}], "K", "R", "T"}, ...}

Frame 0 sounds at the first time stamp of `sliced.json`. The root's rotation is Rh and its place Th,
in the frame of a camera that looks along z with y down (K, R, T and the dancers say so): a half
turn about x makes y point up and lets the dancer face +z. Files may skip frames; up to a quarter of
a second is filled by the shortest way, what is longer ends the dance.
"""

import re
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.files import check_folder, read_json
from ur3_dancer.learning.data.item import Catalogue, Entry
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion
from ur3_dancer.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle

RATE_HZ = 30.0
_UPRIGHT = np.diag([1.0, -1.0, -1.0])
_STAMP = re.compile(r"(\d+):(\d+(?:\.\d+)?)")
_LONGEST_GAP_FRAMES = 7


def catalogue(folder: Path) -> Catalogue:
    """Return the dances of a clone of the set's repository.

    Raises:
        ConfigError: it is no such folder.
    """
    check_folder(folder, {"Songs_*/*/": "a folder for each song"}, "JustLMD")
    entries, skipped = [], []
    for place in sorted(path for path in folder.glob("Songs_*/*") if path.is_dir()):
        name = f"{place.parent.name.removeprefix('Songs_')}/{place.name}"
        needed = ("audio.wav", "sliced.json", "smplfull.json")
        lacks = [file for file in needed if not (place / file).is_file()]
        if lacks:
            skipped.append(f"{name}: {' and '.join(lacks)} missing")
            continue
        try:
            start_s = _start_s(place / "sliced.json")
        except ConfigError as error:
            skipped.append(f"{name}: {error}")
            continue
        lyrics = place / "lyrics.lrc"
        entries.append(
            Entry(
                name=name,
                genre=place.parent.name.removeprefix("Songs_"),
                song=place.name,
                music_path=place / "audio.wav",
                motion_path=place / "smplfull.json",
                music_start_s=start_s,
                lyrics_path=lyrics if lyrics.is_file() else None,
            )
        )
    return Catalogue("recorded", tuple(entries), tuple(skipped))


def load_motion(entry: Entry) -> BodyMotion:
    """Read the motion of a dance.

    Raises:
        ConfigError: the file is damaged, or its motion is empty or not finite.
    """
    content = read_json(entry.motion_path)
    if not isinstance(content, dict):
        raise ConfigError("is no motion of JustLMD: it holds no frames by number")
    if not content:
        raise ConfigError("holds no frames")
    try:
        numbers = np.array(sorted(int(number) for number in content))
        frames = [content[f"{number:06d}"]["annots"][0] for number in numbers]
        poses = np.array([np.ravel(frame["poses"]) for frame in frames], float)
        turn = np.array([np.ravel(frame["Rh"]) for frame in frames], float)
        place = np.array([np.ravel(frame["Th"]) for frame in frames], float)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ConfigError(f"its frames cannot be read ({error!r})") from error
    shapes = (3 * len(SMPL_JOINTS),), (3,), (3,)
    if (poses.shape[1:], turn.shape[1:], place.shape[1:]) != shapes:
        raise ConfigError(f"poses {poses.shape}, Rh {turn.shape} and Th {place.shape} do not fit")
    if numbers[0] != 0:
        raise ConfigError(f"begins with frame {numbers[0]}: where it sounds is not known")
    poses = poses.reshape(len(poses), -1, 3)
    poses[:, 0] = axis_angle_from_matrix(_UPRIGHT @ matrix_from_axis_angle(turn))
    motion = BodyMotion(poses, place @ _UPRIGHT.T, RATE_HZ)
    return _filled(motion, numbers)


def _filled(motion: BodyMotion, numbers: np.ndarray) -> BodyMotion:
    """Put frames where their numbers say; end before the first gap that is too long."""
    gaps = np.flatnonzero(np.diff(numbers) > _LONGEST_GAP_FRAMES)
    count = gaps[0] + 1 if len(gaps) else len(numbers)
    if numbers[count - 1] == count - 1:
        return BodyMotion(motion.poses_rad[:count], motion.translation_m[:count], RATE_HZ)
    index = np.interp(np.arange(numbers[count - 1] + 1), numbers[:count], np.arange(count))
    return motion.at(index / RATE_HZ, RATE_HZ)


def _start_s(path: Path) -> float:
    """Return the first time stamp of the slices, s."""
    content = read_json(path)
    stamps = [_STAMP.fullmatch(stamp.strip()) for stamp in content] if content else []
    if not isinstance(content, dict) or not stamps or not all(stamps):
        raise ConfigError("sliced.json has no time stamps mm:ss.mmm, so where it sounds is unknown")
    return min(60.0 * float(stamp[1]) + float(stamp[2]) for stamp in stamps)
