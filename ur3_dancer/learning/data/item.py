"""What every reader hands out: a list of dances with their music, then the motion of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_angles import ArmPoints
from ur3_dancer.motion.body import BodyMotion

Lines = tuple[tuple[float, float, str], ...]
"""Lyrics: start and end in seconds from the music's first sample, and the words."""

POINTS = (
    "pelvis",
    "neck",
    *(f"{side}_{name}" for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")),
    *("left_hand", "right_hand"),
)
"""The points of a body that arm angles need."""


@dataclass(frozen=True)
class JointTrack:
    """A dance known by the places of some joints alone; frame i is at `i / rate_hz` seconds.

    Attributes:
        points_m: each of `POINTS` → (T, 3) float64 m, right-handed, y up.
        rate_hz: frames a second.
    """

    points_m: Mapping[str, np.ndarray]
    rate_hz: float

    def __post_init__(self):
        missing = [name for name in POINTS if name not in self.points_m]
        if missing:
            raise ConfigError(f"joint track lacks {', '.join(missing)}: give all of its points")
        shapes = {np.shape(self.points_m[name]) for name in POINTS}
        shape = min(shapes)
        if len(shapes) != 1 or len(shape) != 2 or shape[1] != 3 or not shape[0]:
            raise ConfigError(f"joint track has shapes {sorted(shapes)}: give (T, 3) with T >= 1")
        for name in POINTS:
            for i in np.flatnonzero(~np.isfinite(self.points_m[name]).all(axis=1))[:1]:
                raise ConfigError(
                    f"joint track: frame {i} of {name} holds values that are not finite: "
                    "leave it out"
                )
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise ConfigError(f"joint track at {self.rate_hz} Hz: the rate must be above 0")

    def __len__(self) -> int:
        return len(self.points_m["pelvis"])

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.rate_hz

    def at(self, times_s: np.ndarray, rate_hz: float) -> "JointTrack":
        """Return the track at (N,) seconds from its first frame, on straight lines between."""
        place, known = np.asarray(times_s, float) * self.rate_hz, np.arange(len(self))
        points = {
            name: np.stack([np.interp(place, known, axis) for axis in track.T], axis=1)
            for name, track in self.points_m.items()
        }
        return JointTrack(points, rate_hz)

    def arm_points(self, side: str) -> ArmPoints:
        """Return the points of one arm."""
        names = ("pelvis", "neck", "left_shoulder", "right_shoulder")
        arm = (f"{side}_elbow", f"{side}_wrist", f"{side}_hand")
        return ArmPoints(*(self.points_m[name] for name in (*names, *arm)))


@dataclass(frozen=True)
class Entry:
    """A dance that a folder holds, before its motion is read.

    Attributes:
        name: of the dance, unique in the set.
        genre: of music or dance; empty when the set names none.
        song: id of the music; dances with the same one share it.
        music_path: sound file.
        motion_path: file that holds the motion.
        music_start_s: where in the music the dance begins.
        lyrics_path: LRC file, or None.
        known_beats_s: exact beats in seconds from the music's first sample, or None.
        known_lyrics: lines known without a file.
    """

    name: str
    genre: str
    song: str
    music_path: Path
    motion_path: Path
    music_start_s: float = 0.0
    lyrics_path: Path | None = None
    known_beats_s: tuple[float, ...] | None = None
    known_lyrics: Lines = ()


@dataclass(frozen=True)
class Catalogue:
    """What a reader found in a folder.

    Attributes:
        label: `recorded`, or `generated` for what this project makes.
        entries: dances with music, in order of their names.
        skipped: one line for each thing that is there but cannot be used.
        crossmodal: part → names of the dances that the set's own split puts there; empty without.
    """

    label: str
    entries: tuple[Entry, ...]
    skipped: tuple[str, ...] = ()
    crossmodal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class DanceItem:
    """A dance with its music.

    Attributes:
        name, genre, music_path, lyrics_path, known_beats_s, music_start_s: see `Entry`.
        motion: whole bodies, or places of joints where the set has nothing else.
        rate_hz: frames of motion a second.
    """

    name: str
    genre: str
    music_path: Path
    motion: BodyMotion | JointTrack
    rate_hz: float
    lyrics_path: Path | None
    known_beats_s: tuple[float, ...] | None
    music_start_s: float

    @classmethod
    def of(cls, entry: Entry, motion: BodyMotion | JointTrack) -> "DanceItem":
        """Return an entry with its motion."""
        return cls(
            name=entry.name,
            genre=entry.genre,
            music_path=entry.music_path,
            motion=motion,
            rate_hz=motion.rate_hz,
            lyrics_path=entry.lyrics_path,
            known_beats_s=entry.known_beats_s,
            music_start_s=entry.music_start_s,
        )
