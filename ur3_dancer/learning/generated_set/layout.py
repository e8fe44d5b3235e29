"""Where the files of a generated set are: AIST++'s layout, and what only a generated set knows.

    motions/NAME.pkl                   smpl_poses (T, 72) rad, smpl_trans (T, 3) cm,
                                       smpl_scaling (1,) = 100, float32, 60 fps
    music/MUSIC.wav                    16-bit mono; motion frame 0 sounds with the first sample
    lyrics/NAME.lrc                    with verses only
    splits/crossmodal_{train,val,test}.txt   a NAME a line
    generated.json                     written last: label, settings, and every song's beats
    songs/                             the same song by song, for going on after an interruption

NAME is like `gPU_sBM_cAll_d01_mPU0_ch01`, MUSIC like `mPU0`; AIST++ has none of the genre codes.
There is one dance to each song.
"""

import json
import pickle
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.generated_set.moves import DANCE_STYLES, GENRE_OF_STYLE
from ur3_dancer.motion.body import BodyMotion

LABEL = "generated"
VERSION = 1
PARTS = ("train", "val", "test")
SCALING_CM = 100.0

_BESIDE = re.compile(r"\.[0-9a-f]{32}\.\w+")
_EACH = 10
"""Of so many songs one is for validation and one for testing, of another style each time."""


def song_name(index: int) -> tuple[str, str]:
    """Return NAME and MUSIC of the set's song with this number, from 0."""
    genres = list(GENRE_OF_STYLE.values())
    rounds, place = divmod(index, len(genres))
    genre = genres[place]
    number = rounds * genres.count(genre) + genres[:place].count(genre)
    dancer = list(DANCE_STYLES).index(genre) + 1
    music = f"m{genre}{number}"
    return f"g{genre}_sBM_cAll_d{dancer:02d}_{music}_ch01", music


def part_of(index: int) -> str:
    """Return `train`, `val` or `test`: the same however many songs the set has."""
    block, place = divmod(index, _EACH)
    return {(3 * block + 1) % _EACH: "val", (3 * block + 2) % _EACH: "test"}.get(place, "train")


def write_beside(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and rename it: what exists is whole.

    Raises:
        ConfigError: the disk is full, or the folder cannot be written.
    """
    beside = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror or error}): make room, or give another "
            "folder; what is there is whole, and the same command goes on from it"
        ) from error


def sweep(folder: Path) -> None:
    """Remove what an interrupted run was just writing."""
    for path in [*folder.glob(".*"), *folder.glob("*/.*")]:
        if _BESIDE.fullmatch(path.name):
            path.unlink(missing_ok=True)


def write_json(path: Path, content: dict) -> None:
    """Write JSON whole or not at all."""
    text = json.dumps(content, indent=1) + "\n"
    write_beside(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_wav(path: Path, samples: np.ndarray, rate_hz: int) -> None:
    """Write (n,) float32 samples as 16-bit sound."""
    import soundfile

    def write(beside: Path) -> None:
        try:
            soundfile.write(beside, samples, rate_hz, subtype="PCM_16")
        except soundfile.LibsndfileError as error:
            raise OSError(str(error)) from error

    write_beside(path, write)


def write_motion(path: Path, motion: BodyMotion) -> None:
    """Write a motion as AIST++ does."""
    content = {
        "smpl_poses": motion.poses_rad.reshape(len(motion), -1),
        "smpl_trans": (motion.translation_m * SCALING_CM).astype(np.float32),
        "smpl_scaling": np.array([SCALING_CM], np.float32),
    }
    data = pickle.dumps(content, protocol=4)
    write_beside(path, lambda beside: beside.write_bytes(data))


def write_lyrics(path: Path, title: str, lines: list[dict]) -> None:
    """Write lines of `start_s`, `end_s` and `text` as LRC; empty lines say where a line ends."""
    rows = [f"[ti:{title}]", f"[ar:{LABEL}]"]
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        rows.append(f"{_stamp(line['start_s'])} {line['text']}")
        if after is None or after["start_s"] - line["end_s"] > 0.02:
            rows.append(_stamp(line["end_s"]))
    text = "\n".join(rows) + "\n"
    write_beside(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_splits(folder: Path, names: dict[str, list[str]]) -> None:
    """Write the names of each part."""
    for part in PARTS:
        text = "".join(f"{name}\n" for name in names.get(part, []))
        path = folder / "splits" / f"crossmodal_{part}.txt"
        write_beside(path, lambda beside, text=text: beside.write_text(text, encoding="utf-8"))


def _stamp(time_s: float) -> str:
    hundredths = round(time_s * 100)
    return f"[{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}]"
