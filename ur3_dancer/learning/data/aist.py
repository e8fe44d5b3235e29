"""AIST++ (Li et al., arXiv 2101.08779): SMPL motion at 60 frames a second; and sets laid out alike.

    motions/NAME.pkl                     smpl_poses (T, 72), smpl_trans (T, 3), smpl_scaling (1,)
    splits/crossmodal_{train,val,test}.txt, ignore_list.txt (there or beside)
    mBR0.wav ...                         here, or in music/, wav/, wavs/, audio/ or all_musics/
    generated.json                       only in sets that `ur3-dancer generate` wrote

NAME = gBR_sBM_cAll_d04_mBR0_ch01: genre, situation, camera, dancer, music, choreography. The music
of a dance begins with its motion.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.files import check_folder, check_rate, read_json, sounds_by_stem
from ur3_dancer.learning.data.item import Catalogue, Entry
from ur3_dancer.learning.data.safe_pickle import load_arrays
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion

RATE_HZ = 60.0
GENERATED_FILE = "generated.json"
_NAME = re.compile(r"g([A-Za-z]+)_s[A-Za-z]+_c[A-Za-z0-9]+_d\d+_m([A-Za-z]+\d+)_ch\d+")
_MUSIC_FOLDERS = ("", "music", "wav", "wavs", "audio", "all_musics")
_PARTS = ("train", "val", "test")


def catalogue(folder: Path) -> Catalogue:
    """Return the dances of an AIST++ folder.

    Raises:
        ConfigError: it is no such folder, or has no music.
    """
    check_folder(folder, {"motions/*.pkl": "SMPL motions"}, "AIST++")
    sounds = sounds_by_stem([folder / place for place in _MUSIC_FOLDERS])
    ignored = {
        name
        for place in ("ignore_list.txt", "splits/ignore_list.txt")
        for name in _names(folder / place)
    }
    entries, skipped, silent = [], [], set()
    for path in sorted((folder / "motions").glob("*.pkl")):
        parts = _NAME.fullmatch(path.stem)
        if not parts:
            skipped.append(
                f"{path.stem}: its name does not say genre and music, as gBR_..._mBR0_.."
            )
        elif path.stem in ignored:
            skipped.append(f"{path.stem}: on the set's own ignore list")
        elif f"m{parts[2]}" not in sounds:
            skipped.append(f"{path.stem}: its music m{parts[2]}.wav is missing")
            silent.add(f"m{parts[2]}.wav")
        else:
            music = f"m{parts[2]}"
            entries.append(Entry(path.stem, parts[1], music, sounds[music], path))
    if silent and not entries:
        raise ConfigError(
            f"no dance of {folder} has music: {len(silent)} files such as {min(silent)} are "
            "missing; put them beside motions/ or into music/"
        )
    split = {part: _names(folder / f"splits/crossmodal_{part}.txt") for part in _PARTS}
    return Catalogue(
        "recorded", tuple(entries), tuple(skipped), {k: v for k, v in split.items() if v}
    )


def generated_catalogue(folder: Path) -> Catalogue:
    """Return the dances of a folder that `ur3-dancer generate` wrote, with what it knows exactly.

    `generated.json` has a record for each dance: {"label": "generated", "songs": [{"name", "genre",
    "beats_s": [...], "lyrics": [{"start_s", "end_s", "text"}, ...]}, ...]}; seconds count from the
    music's first sample.

    Raises:
        ConfigError: it is no such folder, or its `generated.json` does not fit its dances.
    """
    check_folder(folder, {GENERATED_FILE: "which is written last"}, "a whole generated set")
    found, known = catalogue(folder), read_json(folder / GENERATED_FILE)
    try:
        if known["label"] != "generated":
            raise ValueError(f"its label is {known['label']!r}")
        records = {record["name"]: record for record in known["songs"]}
        entries = tuple(_with_knowledge(entry, records[entry.name]) for entry in found.entries)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{folder / GENERATED_FILE} does not tell of every dance ({error!r}): generate the set "
            "again"
        ) from error
    return replace(found, label="generated", entries=entries)


def load_motion(entry: Entry) -> BodyMotion:
    """Read the motion of a dance.

    Raises:
        ConfigError: the file is damaged or hostile, or its motion is empty or not finite.
    """
    arrays = load_arrays(entry.motion_path)
    check_rate(arrays, RATE_HZ)
    lacks = [name for name in ("smpl_poses", "smpl_trans") if name not in arrays]
    if lacks:
        raise ConfigError(f"lacks {' and '.join(lacks)}: it is no motion of AIST++")
    poses, translation = arrays["smpl_poses"], arrays["smpl_trans"]
    scaling = arrays.get("smpl_scaling", np.ones(1)).ravel()
    if poses.ndim != 2 or poses.shape[1] != 3 * len(SMPL_JOINTS):
        raise ConfigError(f"smpl_poses have shape {poses.shape}, not (T, 72)")
    if not len(poses):
        raise ConfigError("holds no frames")
    if len(scaling) != 1 or not scaling[0] > 0:
        raise ConfigError(f"smpl_scaling is {scaling}, not one number above 0")
    return BodyMotion(poses.reshape(len(poses), -1, 3), translation / scaling[0], RATE_HZ)


def _with_knowledge(entry: Entry, record: dict) -> Entry:
    return replace(
        entry,
        genre=str(record["genre"]),
        known_beats_s=tuple(float(beat_s) for beat_s in record["beats_s"]),
        known_lyrics=tuple(
            (float(line["start_s"]), float(line["end_s"]), str(line["text"]))
            for line in record["lyrics"]
        ),
    )


def _names(path: Path) -> tuple[str, ...]:
    """Return the names that a text file lists, one a line; none without the file."""
    try:
        return tuple(path.read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): get it again") from error
