"""One song at a time: what is heard, what is danced, and the file that keeps both until the end.

A part is one dance. It is written beside its place and renamed, so a part that exists is whole, and
its name is a digest of all that it was made from, so a part that exists is right.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ur3_dancer.dance.lyrics.lrc import read_lrc
from ur3_dancer.errors import ConfigError, DancerError
from ur3_dancer.learning.data import hearing, sources
from ur3_dancer.learning.data.item import DanceItem, Entry, JointTrack, Lines
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.body import body_fk
from ur3_dancer.motion.body_pose import WIDTH, to_vector
from ur3_dancer.music.spec import FeatureSpec, feature_spec

SHORTEST_FRAMES = 120
"""A dance has at least so many frames: the longest window in use (MDLT-M, K = 120)."""
_MOST_MISSING_S = 1.0
"""A dance may go on for so long after its music; the rest is left out."""
_FEWEST_BEATS = 2


@dataclass(frozen=True)
class PartSettings:
    """What decides how a dance is prepared.

    Attributes:
        source: a name of `sources.SOURCES`.
        features: name of the feature set.
        side: arm that dances: `right` or `left`.
        angles: `signed` or `paper`.
    """

    source: str
    features: str
    side: str
    angles: str


@dataclass(frozen=True)
class Job:
    """Dances that share their music, heard once.

    Attributes:
        settings: how they are prepared.
        entries: the dances; their music begins at the same fraction of a frame.
        paths: file of each part.
    """

    settings: PartSettings
    entries: tuple[Entry, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Outcome:
    """What a job has to tell.

    Attributes:
        skipped: a line for each dance that was left out.
        notes: a line for each dance that was prepared with something left out of it.
    """

    skipped: list[str]
    notes: list[str]


@dataclass(frozen=True)
class PartFacts:
    """What is known of a part without its arrays.

    Attributes:
        name, genre, song: see `item.Entry`.
        frames: of music and motion.
        beats_s: from the dance's start.
        beats_from: `known` or `librosa`.
        lyrics: lines within the dance, from its start.
        has_body: whether whole bodies are known.
    """

    name: str
    genre: str
    song: str
    frames: int
    beats_s: list[float]
    beats_from: str
    lyrics: Lines
    has_body: bool


@dataclass(frozen=True)
class Part:
    """A prepared dance.

    Attributes:
        facts: what it is.
        features: (T, F) float32 raw frames.
        arm_angles_rad: (T, 4) float32.
        body: (T, 147) float32, or (0, 147).
    """

    facts: PartFacts
    features: np.ndarray
    arm_angles_rad: np.ndarray
    body: np.ndarray


def first_sample(entry: Entry, spec: FeatureSpec) -> int:
    """Return the sample of the music, at the spec's rate, with which a dance begins."""
    return round(entry.music_start_s * spec.sample_rate_hz)


def make_parts(job: Job) -> Outcome:
    """Prepare the dances of a job that are not there yet.

    Raises:
        OSError: a part cannot be written.
    """
    spec, outcome, ready = feature_spec(job.settings.features), Outcome([], []), []
    for entry, path in zip(job.entries, job.paths, strict=True):
        if read_facts(path) is not None:
            continue
        try:
            item = sources.load(job.settings.source, entry)
            ready.append(_Ready(entry, path, item, frame_count(item, spec)))
        except DancerError as error:
            outcome.skipped.append(f"{entry.name}: {error}")
    if not ready:
        return outcome
    try:
        heard, beats_s = _hear(ready, spec)
    except DancerError as error:
        outcome.skipped.extend(f"{dance.entry.name}: {error}" for dance in ready)
        return outcome
    for dance in ready:
        try:
            part = _part(dance, heard, beats_s, _lines(dance.entry, outcome.notes), job.settings)
        except DancerError as error:
            outcome.skipped.append(f"{dance.entry.name}: {error}")
            continue
        write_part(dance.path, part)
    return outcome


def frame_count(item: DanceItem, spec: FeatureSpec) -> int:
    """Return how many frames of music the motion of a dance lasts.

    Raises:
        ConfigError: fewer than a window.
    """
    # Frame i ends at (i + 1) / rate; rounding must not cost the last one.
    frames = int(np.floor(item.motion.duration_s * spec.rate_hz + 1e-6))
    if frames < SHORTEST_FRAMES:
        raise ConfigError(
            f"lasts {item.motion.duration_s:.2f} s, less than a window of {SHORTEST_FRAMES} frames "
            f"({SHORTEST_FRAMES / spec.rate_hz:g} s)"
        )
    return frames


def write_part(path: Path, part: Part) -> None:
    """Write a part beside its place and rename it.

    Raises:
        OSError: it cannot be written, for instance because the disk is full.
    """
    beside = path.with_name(f".{uuid.uuid4().hex}.npz")
    try:
        with beside.open("wb") as file:
            np.savez(
                file,
                facts=np.array(json.dumps(asdict(part.facts))),
                features=part.features,
                arm_angles_rad=part.arm_angles_rad,
                body=part.body,
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_facts(path: Path) -> PartFacts | None:
    """Return what a part is, or None when there is none that is whole."""
    try:
        with np.load(path, allow_pickle=False) as content:
            facts = json.loads(str(content["facts"]))
        facts["lyrics"] = tuple((start, end, text) for start, end, text in facts["lyrics"])
        return PartFacts(**facts)
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile):
        return None


def read_arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the arrays of a part with their names, one in memory at a time."""
    with np.load(path, allow_pickle=False) as content:
        for name in ("features", "arm_angles_rad", "body"):
            yield name, content[name]


@dataclass(frozen=True)
class _Ready:
    """A dance whose motion is read, and how many frames it lasts."""

    entry: Entry
    path: Path
    item: DanceItem
    frames: int


def _hear(dances: list[_Ready], spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return frames and beats of the music that some dances share."""
    entry, hop = dances[0].entry, spec.hop_samples
    last = max(first_sample(dance.entry, spec) // hop + dance.frames for dance in dances)
    heard = hearing.listen(entry.music_path, spec, first_sample(entry, spec) % hop, last)
    if entry.known_beats_s is not None:
        return heard, np.asarray(entry.known_beats_s, float)
    return heard, hearing.find_beats_s(entry.music_path)


def _part(
    dance: _Ready, heard: np.ndarray, beats_s: np.ndarray, lines: Lines, settings: PartSettings
) -> Part:
    """Put together what is heard and what is danced at the same times."""
    entry, spec = dance.entry, feature_spec(settings.features)
    features = _danced_to(dance, heard, spec)
    angles, body = _danced(dance.item, len(features), spec.rate_hz, settings)
    end_s = len(features) / spec.rate_hz
    beats_s = beats_s - entry.music_start_s
    beats_s = beats_s[(beats_s >= 0.0) & (beats_s <= end_s)]
    if len(beats_s) < _FEWEST_BEATS:
        raise ConfigError(f"its music {entry.music_path.name} has no beat that could be found")
    facts = PartFacts(
        name=entry.name,
        genre=entry.genre,
        song=entry.song,
        frames=len(features),
        beats_s=beats_s.tolist(),
        beats_from="librosa" if entry.known_beats_s is None else "known",
        lyrics=_within(lines, entry.music_start_s, end_s),
        has_body=bool(len(body)),
    )
    return Part(facts, features, angles, body)


def _danced_to(dance: _Ready, heard: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Return the frames that are heard during a dance."""
    entry, frames = dance.entry, dance.frames
    first = first_sample(entry, spec) // spec.hop_samples
    features = heard[first : first + frames]
    if len(features) < max(frames - _MOST_MISSING_S * spec.rate_hz, SHORTEST_FRAMES):
        raise ConfigError(
            f"lasts {dance.item.motion.duration_s:.1f} s, but from {entry.music_start_s:.1f} s on "
            f"its music {entry.music_path.name} has only {len(features) / spec.rate_hz:.1f} s: its "
            f"frame rate is not {dance.item.rate_hz:.3g} Hz, or the music is another"
        )
    return features


def _danced(
    item: DanceItem, frames: int, rate_hz: float, settings: PartSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return arm angles (T, 4) and bodies (T or 0, 147) at the times of the frames."""
    motion = item.motion.at(np.arange(1, frames + 1) / rate_hz, rate_hz)
    if isinstance(motion, JointTrack):
        points, body = motion.arm_points(settings.side), np.empty((0, WIDTH), np.float32)
    else:
        points, body = arm_points(body_fk(motion), settings.side), to_vector(motion)
    angles = arm_angles_rad(points, settings.side, settings.angles)
    return angles.astype(np.float32), body


def _lines(entry: Entry, notes: list[str]) -> Lines:
    """Return the lyrics of the music; what cannot be read is noted and left out."""
    if entry.lyrics_path is None:
        return entry.known_lyrics
    try:
        lyrics = read_lrc(entry.lyrics_path)
    except ConfigError as error:
        notes.append(f"{entry.name}: prepared without lyrics: {error}")
        return ()
    return tuple((line.start_s, line.end_s, line.text) for line in lyrics.lines)


def _within(lines: Lines, start_s: float, duration_s: float) -> Lines:
    """Return the lines that are heard during a dance, in its own time."""
    moved = ((first - start_s, last - start_s, text) for first, last, text in lines)
    return tuple(line for line in moved if line[1] > 0.0 and line[0] < duration_s)
