"""The generated data set: songs by the project's synthesiser, heard through the live extractor.

Everything here is generated and labelled so. Songs and augmentation follow from the seed alone;
features come from the same resampler and `FeatureStream` that hear live music. Each song is a file
of its own, written beside its place and renamed: what exists is whole, so an interrupted run goes
on where it stopped.
"""

import hashlib
import json
import re
import uuid
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ur3_dancer import music
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning import augment
from ur3_dancer.learning.generated_set import songs as varied_songs
from ur3_dancer.learning.train_config import DataSettings
from ur3_dancer.learning.worker import worker_pool
from ur3_dancer.music.song import Song
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.resources import find

LABEL = "generated"
_HELD_OUT_SEED = 1_000_000
_VARIED_SEED = 1
_TEMPO_SHARES = (0.6, 0.25, 0.15)
"""Of songs with constant tempo, with ramps, and with jumps."""


@dataclass(frozen=True)
class HeardSong:
    """A song as a model hears it.

    Attributes:
        name: says the seed.
        frames: (T, F) float32 raw features.
        beats_s: (N,) beats in seconds from the start.
        features: name of the feature set.
        source: `generated`, or the file that it was read from.
        beats_by: says where the beats are from.
    """

    name: str
    frames: np.ndarray
    beats_s: np.ndarray
    features: str = "mdlt60"
    source: str = LABEL
    beats_by: str = "known"


def song_seeds(settings: DataSettings) -> tuple[list[int], list[int]]:
    """Return the seeds of the training songs and of the held-out songs; none is in both."""
    first = 10_000 * settings.seed
    return (
        [first + i for i in range(settings.train_songs)],
        [first + _HELD_OUT_SEED + i for i in range(settings.held_out_songs)],
    )


def make_song(
    seed: int, song_s: float, features: str, room: float = 0.0, varied: float = 0.0
) -> HeardSong:
    """Synthesise one song and listen to it.

    Args:
        seed: of everything.
        song_s: shortest length.
        features: name of the feature set.
        room: how likely a plain song is to be heard in a room.
        varied: how likely the song is to be one as those of the generated set, see
            `generated_set.songs`, and not a plain one.
    """
    from ur3_dancer.music.features import FeatureStream
    from ur3_dancer.music.resample import Resampler

    # A generator of its own: a plain song is the same however many are varied.
    is_varied = bool(np.random.default_rng([seed, 3]).random() < varied)
    song, samples = _varied_song(seed, song_s) if is_varied else _song(seed, song_s, room)
    spec = feature_spec(features)
    resampler, stream = Resampler(song.rate_hz, spec.sample_rate_hz), FeatureStream(spec)
    frames = stream.process(resampler.process(samples))
    return HeardSong(f"song-{seed}", frames, np.asarray(song.beats_s, float), features)


def _song(seed: int, song_s: float, room: float) -> tuple[Song, np.ndarray]:
    """Return a song, and the samples that are heard of it."""
    from ur3_dancer.music.synth import TEMPO_PROFILES, generate_song

    random = np.random.default_rng([seed, 1])
    profile = random.choice(TEMPO_PROFILES, p=_TEMPO_SHARES)
    song = generate_song(seed, song_s, tempo_profile=str(profile))
    # A generator of its own: a song is the same whether or not others are heard in a room.
    has_room = bool(np.random.default_rng([seed, 2]).random() < room)
    return song, augment.augment(song.samples, song.rate_hz, random, has_room=has_room)


def _varied_song(seed: int, song_s: float) -> tuple[Song, np.ndarray]:
    made = varied_songs.make_song(seed, _VARIED_SEED, song_s)
    return made.song, made.heard


def load_songs(
    seeds: list[int], settings: DataSettings, features: str, folder: Path, workers: int, progress
) -> list[HeardSong]:
    """Return the songs of these seeds, generating those that the folder does not hold yet.

    Args:
        seeds: which songs.
        settings: their length, rooms and kinds.
        features: name of the feature set.
        folder: where song files are kept; made if need be.
        workers: processes.
        progress: called with each list of unfinished work, as `tqdm` is.
    """
    place = folder / _key(settings, features)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"data folder {place} cannot be made ({error.strerror})") from error
    songs = {seed: _read(_path(place, seed)) for seed in seeds}
    missing = [seed for seed, song in songs.items() if song is None]
    if missing:
        with worker_pool(workers) as pool:
            running = {
                pool.submit(_make_file, seed, settings, features, _path(place, seed)): seed
                for seed in missing
            }
            for done in progress(as_completed(running), total=len(missing), desc="songs"):
                done.result()
        songs.update({seed: _read(_path(place, seed)) for seed in missing})
    return [songs[seed] for seed in seeds]


def _key(settings: DataSettings, features: str) -> str:
    """Name the folder after all that decides how a seed sounds and what is heard of it."""
    decides = [features, settings.song_s, settings.varied, settings.room]
    digest = hashlib.sha256(json.dumps(decides).encode())
    sources = _sources(("features", "resample", "synth", "drum_kit", "instruments"))
    sources += [Path(module.__file__) for module in (augment, varied_songs)]
    for source in [*sources, Path(__file__), find("resource/checkpoints/beat/model.safetensors")]:
        digest.update(source.read_bytes())
    return f"{LABEL}-{features}-{digest.hexdigest()[:12]}"


def _sources(names: tuple[str, ...]) -> list[Path]:
    """Return the files of these modules of the music room and of all that they import from it."""
    folder, found, open_names = Path(music.__file__).parent, {}, list(names)
    while open_names:
        path = folder / f"{open_names.pop()}.py"
        if path.is_file() and path not in found:
            text = path.read_text(encoding="utf-8")
            found[path] = True
            open_names += re.findall(r"from ur3_dancer\.music\.(\w+) import", text)
            for line in re.findall(r"from ur3_dancer\.music import (.+)", text):
                open_names += re.findall(r"\w+", line)
    return sorted(found)


def _path(folder: Path, seed: int) -> Path:
    return folder / f"song-{seed}.npz"


def _make_file(seed: int, settings: DataSettings, features: str, path: Path) -> None:
    song = make_song(seed, settings.song_s, features, settings.room, settings.varied)
    beside = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.npz")
    try:
        np.savez(
            beside,
            frames=song.frames,
            beats_s=song.beats_s,
            features=np.array(features),
            source=np.array(LABEL),
        )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _read(path: Path) -> HeardSong | None:
    """Return the song of a file, or None when there is none that is whole."""
    try:
        with np.load(path, allow_pickle=False) as content:
            frames, beats_s = content["frames"], content["beats_s"]
            labels = str(content["features"]), str(content["source"])
        return HeardSong(path.stem, frames, beats_s, *labels)
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
