"""Generating a set: each song in a process of its own, as many at once as wished."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ur3_dancer import music
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning import augment
from ur3_dancer.learning.generated_set import layout
from ur3_dancer.learning.generated_set.choreography import Part, choreograph
from ur3_dancer.learning.generated_set.dancer import RATE_HZ, dance
from ur3_dancer.learning.generated_set.songs import MadeSong, make_song
from ur3_dancer.learning.generated_set.verses import Line, write_verses
from ur3_dancer.learning.worker import worker_pool

_PLAYERS = ("arrangement", "drum_kit", "instruments", "styles", "synth")
_SHORTEST_SONG_S = 5.0


@dataclass(frozen=True)
class SetSettings:
    """What a set is made of; equal settings give equal files.

    Attributes:
        seed: decides everything that the others leave open.
        song_s: shortest length of a song; it ends with the bar after it.
        has_lyrics: whether verses are sung and move the dancer.
        samples_dir: folder of drum recordings, or None for made-up drums alone.
    """

    seed: int = 0
    song_s: float = 40.0
    has_lyrics: bool = False
    samples_dir: str | None = None

    def __post_init__(self):
        if not self.song_s >= _SHORTEST_SONG_S:
            raise ConfigError(f"songs of {self.song_s:g} s: give {_SHORTEST_SONG_S:g} s or more")
        if self.seed < 0:
            raise ConfigError(f"seed {self.seed}: give 0 or more")
        if self.samples_dir is not None and not Path(self.samples_dir).is_dir():
            raise ConfigError(f"no folder of drum recordings at {self.samples_dir}: give another")


def generate_set(
    folder: Path,
    songs: int,
    settings: SetSettings,
    workers: int = 1,
    progress: Callable = lambda work, **_: work,
) -> dict:
    """Write a set of songs and dances; songs that the folder already holds are kept.

    Args:
        folder: gets the files of `layout`; made if need be.
        songs: how many; more than before adds to the set.
        settings: of the set.
        workers: processes.
        progress: called with the unfinished work, as `tqdm` is.

    Returns:
        What `generated.json` holds.

    Raises:
        ConfigError: the folder holds something else, or cannot be written.
        AudioError: drum recordings cannot be used.
    """
    if songs < 1 or workers < 1:
        raise ConfigError(f"{songs} songs by {workers} workers: give at least one of each")
    _claim(folder, settings, songs)
    layout.sweep(folder)
    missing = [index for index in range(songs) if _record(folder, index) is None]
    if missing:
        # What the old list says is about to be incomplete.
        (folder / "generated.json").unlink(missing_ok=True)
        _make(folder, missing, settings, min(workers, len(missing)), progress)
    records = [_record(folder, index) for index in range(songs)]
    names = {part: [r["name"] for r in records if r["part"] == part] for part in layout.PARTS}
    layout.write_splits(folder, names)
    content = {
        "label": layout.LABEL,
        "version": layout.VERSION,
        "rate_hz": RATE_HZ,
        **_key(settings),
        "songs": records,
    }
    layout.write_json(folder / "generated.json", content)
    return content


def make_files(folder: Path, index: int, settings: SetSettings) -> None:
    """Write the files of one song, its record last."""
    made = make_song(
        index,
        settings.seed,
        settings.song_s,
        None if settings.samples_dir is None else Path(settings.samples_dir),
    )
    name, music_name = layout.song_name(index)
    part, song = layout.part_of(index), made.song
    spans = [
        (int(np.searchsorted(song.beats_s, section.start_s - 1e-6)), section)
        for section in song.sections
    ]
    ends = [*(first for first, _ in spans[1:]), len(song.beats_s)]
    parts = [
        Part(first, end - first, section.energy)
        for (first, section), end in zip(spans, ends, strict=True)
    ]
    lines = []
    if settings.has_lyrics:
        named = [(label, p.first, p.beats) for label, p in zip(made.parts, parts, strict=True)]
        rng = np.random.default_rng([settings.seed, index, 1])
        lines = write_verses(named, song.beats_s, made.metre, part == "test", rng)
    choreography = choreograph(
        made.genre,
        parts,
        song.sections[0].tempo_bpm,
        made.metre,
        made.progression,
        [(line.first_beat, line.end_beat, line.gesture) for line in lines if line.gesture],
        np.random.default_rng([settings.seed, index, 2]),
    )
    motion = dance(choreography, song.beats_s, song.duration_s)
    layout.write_wav(folder / "music" / f"{music_name}.wav", made.heard, song.rate_hz)
    layout.write_motion(folder / "motions" / f"{name}.pkl", motion)
    record = _describe(made, index, settings, part, lines)
    if lines:
        layout.write_lyrics(folder / "lyrics" / f"{name}.lrc", music_name, record["lyrics"])
    record["phrases"] = [
        {
            "start_s": float(song.beats_s[choreography.beats[phrase.first_key]]),
            "move": phrase.move,
            "is_mirrored": phrase.is_mirrored,
        }
        for phrase in choreography.phrases
    ]
    layout.write_json(folder / "songs" / f"{name}.json", record)


def _describe(
    made: MadeSong, index: int, settings: SetSettings, part: str, lines: list[Line]
) -> dict:
    """Return what is known of a song, as JSON holds it."""
    song, (name, music_name) = made.song, layout.song_name(index)
    sections = [
        {
            "name": label,
            "start_s": float(section.start_s),
            "end_s": float(section.end_s),
            "tempo_bpm": section.tempo_bpm,
            "energy": section.energy,
        }
        for label, section in zip(made.parts, song.sections, strict=True)
    ]
    return {
        "name": name,
        "music": music_name,
        "genre": made.genre,
        "part": part,
        "seed": [settings.seed, index],
        "style": made.style,
        "metre": made.metre,
        "tempo_bpm": song.sections[0].tempo_bpm,
        "swing": made.swing,
        "progression": made.progression,
        "drums": made.drums,
        "room": made.room,
        "duration_s": song.duration_s,
        "beats_s": song.beats_s.tolist(),
        "downbeats_s": song.downbeats_s.tolist(),
        "sections": sections,
        "lyrics": [
            {
                "start_s": line.start_s,
                "end_s": line.end_s,
                "text": line.text,
                "gesture": line.gesture,
                "held_out": line.is_held_out,
            }
            for line in lines
        ],
    }


def _claim(folder: Path, settings: SetSettings, songs: int) -> None:
    """See that the folder is empty or holds this very set, and say in it which set it holds."""
    key = _key(settings)
    path = folder / "songs" / "settings.json"
    if not path.exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"{folder} holds something else: give a new or an empty folder")
        layout.write_json(path, key)
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): give another folder") from error
    different = [name for name in key if found.get(name) != key[name]]
    if different:
        raise ConfigError(
            f"{folder} holds a set made with another {', '.join(different)}: give another folder, "
            "or remove this one"
        )
    held = len(list((folder / "songs").glob("g*.json")))
    if songs < held:
        raise ConfigError(f"{folder} already holds {held} songs: ask for as many, or for more")


def _key(settings: SetSettings) -> dict:
    """Return what tells this set from others; a folder of recordings counts by what is in it."""
    recordings = None
    if settings.samples_dir is not None:
        files = [path for path in Path(settings.samples_dir).iterdir() if path.is_file()]
        listed = sorted([path.name, path.stat().st_size] for path in files)
        recordings = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:12]
    return {
        "seed": settings.seed,
        "song_s": settings.song_s,
        "has_lyrics": settings.has_lyrics,
        "drum_recordings": recordings,
        "made_by": _made_by(),
    }


def _made_by() -> str:
    """Return a digest of the code that decides how songs sound and how they are danced to."""
    room = Path(music.__file__).parent
    sources = [Path(augment.__file__), *(room / f"{name}.py" for name in _PLAYERS)]
    digest = hashlib.sha256()
    for source in [*sources, *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _record(folder: Path, index: int) -> dict | None:
    """Return the record of a song that is whole, else None."""
    name, _ = layout.song_name(index)
    try:
        return json.loads((folder / "songs" / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _make(folder: Path, indices: list[int], settings: SetSettings, workers: int, progress) -> None:
    if workers == 1:
        for index in progress(indices, total=len(indices), desc="songs"):
            make_files(folder, index, settings)
        return
    with worker_pool(workers) as pool:
        running = [pool.submit(make_files, folder, index, settings) for index in indices]
        try:
            for done in progress(as_completed(running), total=len(running), desc="songs"):
                done.result()
        except BrokenProcessPool as error:
            raise ConfigError(
                "a process that made songs was ended from outside (too little memory?): the same "
                "command goes on from what is there; give fewer --workers"
            ) from error
        finally:
            for each in running:
                each.cancel()
