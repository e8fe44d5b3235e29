"""Small helps of the readers: what folders lack, JSON files, sound files by name, stated rates."""

import json
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError

SOUND_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


def check_folder(folder: Path, needs: dict[str, str], what: str) -> None:
    """Say everything that a folder lacks, in one error.

    Args:
        folder: that should hold the set.
        needs: pattern → what it stands for.
        what: name of the set.

    Raises:
        ConfigError: there is no such folder, or nothing in it fits a pattern.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder: give the folder that holds {what}")
    lacks = [
        f"{pattern} ({why})" for pattern, why in needs.items() if not any(folder.glob(pattern))
    ]
    if lacks:
        raise ConfigError(
            f"{folder} is not {what}: it lacks {' and '.join(lacks)}; see docs/data.md for where "
            "to get the set and how it is laid out"
        )


def read_json(path: Path):
    """Return the content of a JSON file.

    Raises:
        ConfigError: it cannot be read or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check the file") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no valid JSON ({error}): get it again") from error


def sounds_by_stem(folders: list[Path]) -> dict[str, Path]:
    """Return sound files by their names without suffix; earlier folders and suffixes go first."""
    found: dict[str, Path] = {}
    for folder in folders:
        for suffix in SOUND_SUFFIXES:
            for path in sorted(folder.glob(f"*{suffix}")):
                found.setdefault(path.stem, path)
    return found


def check_rate(content, rate_hz: float) -> None:
    """Refuse motion that states another rate than its set has.

    Raises:
        ConfigError: it does.
    """
    for name in ("fps", "frame_rate", "framerate", "mocap_framerate", "rate_hz"):
        if name in content and not np.isclose(np.ravel(content[name])[0], rate_hz):
            raise ConfigError(
                f"states {name} {np.ravel(content[name])[0]:g}, but this set has {rate_hz:g} "
                "frames a second: resample it, or leave it out"
            )
