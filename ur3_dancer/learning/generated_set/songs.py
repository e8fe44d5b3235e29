"""Songs of the generated set: a form, a band and a room for each, from a seed.

The synthesiser plays; here it is decided what. Sections follow a song's usual form and differ in
energy; tempo lies within 70..180 BPM; some songs swing, a tenth of them is in three; drums are made
up or, with a folder of recordings, drawn from it; bass, chords and lead have timbres of their own
for each song. What is heard of it goes through a room, an equaliser, noise and a gain.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ur3_dancer.learning import augment
from ur3_dancer.learning.generated_set.moves import GENRE_OF_STYLE
from ur3_dancer.music import instruments
from ur3_dancer.music.arrangement import Section
from ur3_dancer.music.drum_kit import recorded_kit, synthesise_kit
from ur3_dancer.music.song import Song
from ur3_dancer.music.styles import PROGRESSIONS, STYLES, vary
from ur3_dancer.music.synth import Band, render

TEMPO_BPM = (70.0, 180.0)
RATE_HZ = 32_000
"""Enough for features that hear up to 15,360 Hz."""

_FORM = (
    ("intro", 0.35),
    ("verse", 0.6),
    ("chorus", 0.95),
    ("verse", 0.65),
    ("chorus", 1.0),
    ("break", 0.3),
    ("verse", 0.7),
    ("chorus", 0.95),
)
_TEMPO_SHARES = (0.7, 0.2, 0.1)
"""Of songs that keep their tempo, that drift by up to 8 % a section, and that jump."""
_WIDER = 0.07
"""How far a song may leave the tempos at home in its style, as a share."""
_SWING_SHARE = 0.3
_RECORDINGS_SHARE = 0.6
_ROOM_SHARE = 0.7


@dataclass(frozen=True)
class MadeSong:
    """A song, what is heard of it, and what the dancer needs to know.

    Attributes:
        song: with exact beats; its samples are dry.
        heard: (n,) float32 as a microphone might have caught it.
        style: a key of `STYLES`.
        genre: a key of `DANCE_STYLES`.
        parts: name of each section: intro, verse, chorus, break.
        metre: beats in a bar.
        swing: share of a slot by which every second slot is late.
        progression: number of the chords.
        drums: `made up` or `recorded`.
        room: whether it was heard in a room.
    """

    song: Song
    heard: np.ndarray
    style: str
    genre: str
    parts: tuple[str, ...]
    metre: int
    swing: float
    progression: int
    drums: str
    room: bool


def make_song(index: int, seed: int, song_s: float, samples_dir: Path | None = None) -> MadeSong:
    """Make up one song; equal arguments give equal samples.

    Args:
        index: the song's number; styles take turns.
        seed: of the set.
        song_s: shortest length; the song ends with the bar after it.
        samples_dir: folder of drum recordings, used for three songs in five.

    Raises:
        AudioError: the folder holds no usable recording.
    """
    rng = np.random.default_rng([seed, index, 0])
    style = list(GENRE_OF_STYLE)[index % len(GENRE_OF_STYLE)]
    groove = vary(STYLES[style], rng)
    if groove.slots == 4 and rng.random() < _SWING_SHARE:
        groove = replace(groove, swing=float(rng.uniform(0.1, 0.33)))
    slowest, fastest = groove.tempo_bpm
    tempo_bpm = float(
        np.clip(rng.uniform(slowest * (1 - _WIDER), fastest * (1 + _WIDER)), *TEMPO_BPM)
    )
    progression = int(rng.integers(len(PROGRESSIONS)))
    parts, sections = _form(rng, style, groove, tempo_bpm, progression, song_s)
    is_recorded = samples_dir is not None and rng.random() < _RECORDINGS_SHARE
    kit = recorded_kit(rng, RATE_HZ, samples_dir) if is_recorded else synthesise_kit(rng, RATE_HZ)
    band = Band(kit, _voices(rng), float(rng.uniform(0.0, 0.008)), float(rng.uniform(0.8, 1.4)))
    song = render(
        sections, band, rng, RATE_HZ, float(rng.uniform(0.05, 0.6)), float(rng.uniform(0.3, 0.95))
    )
    has_room = bool(rng.random() < _ROOM_SHARE)
    heard = augment.augment(song.samples, RATE_HZ, rng, has_room=has_room)
    return MadeSong(
        song, heard, style, GENRE_OF_STYLE[style], parts, groove.beats, groove.swing, progression,
        "recorded" if is_recorded else "made up", has_room,
    )  # fmt: skip


def _form(rng, style, groove, tempo_bpm, progression, song_s) -> tuple[tuple, list[Section]]:
    """Return the names and the sections of a song that lasts `song_s` or a bar more."""
    profile = rng.choice(["constant", "drift", "jump"], p=_TEMPO_SHARES)
    key, begin = int(rng.integers(12)), int(rng.integers(3))
    names, sections, lasted_s = [], [], 0.0
    while lasted_s < song_s:
        name, energy = _FORM[(begin + len(sections)) % len(_FORM)]
        end_bpm = None
        if profile == "drift":
            end_bpm = float(np.clip(tempo_bpm * rng.uniform(0.92, 1.08), *TEMPO_BPM))
        bar_s = groove.beats * 120.0 / (tempo_bpm + (end_bpm or tempo_bpm))
        bars = min(8 if 4 * bar_s < 7.0 else 4, int(np.ceil((song_s - lasted_s) / bar_s)))
        section = Section(
            style=style,
            bars=bars,
            tempo_bpm=tempo_bpm,
            energy=float(np.clip(energy + rng.uniform(-0.05, 0.05), 0.0, 1.0)),
            end_tempo_bpm=end_bpm,
            key=key,
            progression=progression,
            variation=groove,
        )
        names.append(name)
        sections.append(section)
        lasted_s += bars * bar_s
        tempo_bpm = end_bpm or tempo_bpm
        if profile == "jump":
            tempo_bpm = float(np.clip(tempo_bpm * rng.choice([0.8, 0.9, 1.1, 1.25]), *TEMPO_BPM))
    return tuple(names), sections


def _voices(rng: np.random.Generator) -> dict[str, instruments.Voice]:
    """Return a timbre for each pitched part: one of the synthesiser's, changed a little."""
    families = {
        "bass": instruments.BASSES,
        "chord": instruments.CHORDS,
        "lead": instruments.LEADS,
    }
    voices = {}
    for part, family in families.items():
        voice = family[rng.integers(len(family))]
        voices[part] = replace(
            voice,
            bright=voice.bright * float(rng.uniform(0.8, 1.25)),
            dark=voice.dark * float(rng.uniform(0.8, 1.25)),
            decay_s=voice.decay_s * float(rng.uniform(0.6, 1.6)),
            detune=float(rng.choice([0.0, rng.uniform(0.001, 0.006)])),
        )
    return voices
