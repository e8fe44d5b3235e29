"""The last step of preparing: parts become arrays, and the manifest says that they are whole."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ur3_dancer import __version__
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.parts import PartFacts, read_arrays
from ur3_dancer.learning.data.prepared import ARRAYS, FORMAT, MANIFEST_FILE, Digest
from ur3_dancer.motion.body_pose import WIDTH
from ur3_dancer.music.spec import FeatureSpec


def assemble(
    out: Path, parts: list[tuple[Path, PartFacts]], spec: FeatureSpec, about: dict
) -> dict:
    """Lay all parts end to end, and write the manifest last.

    Args:
        out: folder that gets arrays and manifest.
        parts: file of each dance and what it is, in the order that the arrays get.
        spec: of the features.
        about: what else the manifest says.

    Returns:
        The manifest.

    Raises:
        ConfigError: there is no room, or a part is damaged.
        OSError: an array cannot be written.
    """
    songs, frames = [], 0
    for _, fact in parts:
        song = {k: v for k, v in asdict(fact).items() if k != "has_body"}
        songs.append({**song, "start": frames, "lyrics": [list(line) for line in fact.lyrics]})
        frames += fact.frames
    has_body = all(fact.has_body for _, fact in parts)
    widths = {"features": spec.count, "arm_angles_rad": len(MDLT_ARM.names)}
    if has_body:
        widths["body"] = WIDTH
    _check_room(out, 4 * frames * sum(widths.values()))
    digest = Digest(songs)
    _write_arrays(out, widths, frames, [path for path, _ in parts], digest)
    manifest = {
        "format": FORMAT,
        "version": __version__,
        **about,
        "rate_hz": spec.rate_hz,
        "frames": frames,
        "has_body": has_body,
        "hash": digest.text(),
        "songs": songs,
    }
    beside = out / f".{uuid.uuid4().hex}.json"
    try:
        beside.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        beside.replace(out / MANIFEST_FILE)
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def _write_arrays(
    out: Path, widths: dict[str, int], frames: int, parts: list[Path], digest: Digest
) -> None:
    """Write the arrays beside their places, one part in memory at a time, then rename them.

    Written, not mapped: where a mapped file finds the disk full, the process is killed.
    """
    beside = {name: out / f".{uuid.uuid4().hex}.npy" for name in widths}
    try:
        files = {name: path.open("wb") for name, path in beside.items()}
        try:
            for name, file in files.items():
                layout = {"descr": "<f4", "fortran_order": False, "shape": (frames, widths[name])}
                np.lib.format.write_array_header_1_0(file, layout)
            for part in parts:
                for name, rows in _arrays(part):
                    if name in files:
                        files[name].write(np.ascontiguousarray(rows, "<f4").data)
                        digest.add(name, rows)
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
        finally:
            for file in files.values():
                file.close()
        for name, path in beside.items():
            path.replace(out / ARRAYS[name])
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)


def _arrays(part: Path) -> Iterator[tuple[str, np.ndarray]]:
    try:
        yield from read_arrays(part)
    except (EOFError, ValueError, KeyError, BadZipFile) as error:
        raise ConfigError(
            f"{part} is damaged ({error}): remove it and run the same command again"
        ) from error


def _check_room(out: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(out).free
    if free_bytes < needed_bytes:
        raise ConfigError(
            f"{out}: the arrays need {needed_bytes / 1e6:.0f} MB, its disk has "
            f"{free_bytes / 1e6:.0f} MB left: make room and run the same command again, it goes on "
            "from what is there"
        )
