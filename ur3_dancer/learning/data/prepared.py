"""A prepared set: music and dances as arrays that are mapped into memory, and what they are.

    manifest.json          written last: a folder without it is not whole
    features.npy           (N, F) float32 raw feature frames of all songs, end to end
    arm_angles_rad.npy     (N, 4) float32, in the order of `dance.pose_space.MDLT_ARM`
    body.npy               (N, 147) float32 as of `motion.body_pose`; absent where a set has joints
                           alone

Frame i of a song ends (i + 1) / rate_hz seconds after the song's dance began, and the poses beside
it are those at that time.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import splits
from ur3_dancer.learning.data.item import Lines

FORMAT = 1
MANIFEST_FILE = "manifest.json"
ARRAYS = {"features": "features.npy", "arm_angles_rad": "arm_angles_rad.npy", "body": "body.npy"}
_KEYS = ("source", "label", "version", "features", "rate_hz", "side", "angles", "hash", "songs")


@dataclass(frozen=True)
class PreparedSong:
    """One dance of a set.

    Attributes:
        name: of the dance.
        genre: of music or dance; empty when the set names none.
        song: id of the music; dances with the same one share it.
        start: its first row in the arrays.
        frames: its number of rows.
        beats_s: (B,) seconds from the dance's start.
        beats_from: `known`, or `librosa` for an offline estimate.
        lyrics: start and end in seconds from the dance's start, and words.
    """

    name: str
    genre: str
    song: str
    start: int
    frames: int
    beats_s: np.ndarray
    beats_from: str
    lyrics: Lines

    @property
    def rows(self) -> slice:
        """Its rows in the arrays."""
        return slice(self.start, self.start + self.frames)


@dataclass(frozen=True)
class PreparedSet:
    """A prepared set, open for reading.

    Attributes:
        manifest: source, label (`generated` or `recorded`), version, features, rate_hz, side,
            angles, hash and more; see docs/data.md.
        songs: in order of their rows.
        features: (N, F) float32 raw frames, mapped.
        arm_angles_rad: (N, 4) float32, mapped.
        body: (N, 147) float32, mapped, or None.
    """

    manifest: dict
    songs: tuple[PreparedSong, ...]
    features: np.ndarray
    arm_angles_rad: np.ndarray
    body: np.ndarray | None

    @classmethod
    def open(cls, folder: Path | str) -> "PreparedSet":
        """Map a folder that `ur3-dancer prepare` wrote.

        Raises:
            ConfigError: it is none, is not whole, or was written by another version.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        try:
            songs = tuple(_song(entry) for entry in manifest["songs"])
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"{folder / MANIFEST_FILE} does not tell its songs ({error!r}): prepare it again"
            ) from error
        arrays = {
            name: _map(folder / file, manifest["frames"])
            for name, file in ARRAYS.items()
            if name != "body" or manifest.get("has_body")
        }
        return cls(
            manifest, songs, arrays["features"], arrays["arm_angles_rad"], arrays.get("body")
        )

    def split(self, protocol: str, part: str) -> list[PreparedSong]:
        """Return the songs of one part of a split, see `splits`; the part may be empty.

        Args:
            protocol: `crossmodal`, `paper:INDEX`, `song` or `genre:NAME`.
            part: `train`, `val` or `test`.

        Raises:
            ConfigError: no such protocol or part, or the set has not what the protocol needs.
        """
        if part not in splits.PARTS:
            raise ConfigError(f"unknown part {part!r}: choose one of {', '.join(splits.PARTS)}")
        crossmodal = self.manifest.get("crossmodal", {})
        return splits.split(self.songs, protocol, self.manifest["source"], crossmodal)[part]

    def digest(self) -> str:
        """Return the hash of songs and arrays as they are now: equal to `manifest["hash"]`."""
        digest = Digest(self.manifest["songs"])
        for name in ARRAYS:
            array = getattr(self, name)
            for start in range(0, 0 if array is None else len(array), 1 << 14):
                digest.add(name, np.asarray(array[start : start + (1 << 14)]))
        return digest.text()


class Digest:
    """SHA-256 of a set's songs and arrays, whatever the pieces they come in."""

    def __init__(self, songs: list[dict]):
        self._songs = hashlib.sha256(json.dumps(songs, sort_keys=True).encode())
        self._arrays = {name: hashlib.sha256() for name in ARRAYS}

    def add(self, name: str, rows: np.ndarray) -> None:
        """Go on with the next rows of an array."""
        self._arrays[name].update(np.ascontiguousarray(rows, "<f4").data)

    def text(self) -> str:
        """Return the digest in hexadecimal."""
        whole = self._songs.copy()
        for digest in self._arrays.values():
            whole.update(digest.digest())
        return whole.hexdigest()


def read_manifest(folder: Path) -> dict:
    """Return what the manifest of a prepared set says.

    Raises:
        ConfigError: there is none, or it cannot be used.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{folder} has no {MANIFEST_FILE}: it is no prepared set, or its preparing did not "
            f"end; run `ur3-dancer prepare SOURCE FOLDER --out {folder}`"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): prepare the set again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ConfigError(f"{path} is of another format than {FORMAT}: prepare the set again")
    missing = [key for key in (*_KEYS, "frames") if key not in manifest]
    if missing:
        raise ConfigError(f"{path} lacks {', '.join(missing)}: prepare the set again")
    return manifest


def _song(entry: dict) -> PreparedSong:
    return PreparedSong(
        name=entry["name"],
        genre=entry["genre"],
        song=entry["song"],
        start=int(entry["start"]),
        frames=int(entry["frames"]),
        beats_s=np.array(entry["beats_s"], float),
        beats_from=entry["beats_from"],
        lyrics=tuple((float(a), float(b), str(text)) for a, b, text in entry["lyrics"]),
    )


def _map(path: Path, frames: int) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ConfigError(f"{path} cannot be mapped ({error}): prepare the set again") from error
    if array.ndim != 2 or len(array) != frames or array.dtype != np.float32:
        raise ConfigError(
            f"{path} holds {array.dtype} {array.shape}, the manifest says {frames} frames of "
            "float32: prepare the set again"
        )
    return array
