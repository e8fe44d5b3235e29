"""Synthesiser: sections in, a song with exactly known beats out. Seeded, deterministic."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.music import instruments
from ur3_dancer.music.arrangement import Hit, Section, beat_times_s, hits
from ur3_dancer.music.drum_kit import recorded_kit, synthesise_kit
from ur3_dancer.music.song import Song, SongSection
from ur3_dancer.music.styles import PROGRESSIONS, STYLES, Style, vary

TEMPO_PROFILES = ("constant", "ramp", "jump")

_LEVELS = {
    "kick": 1.0, "snare": 0.75, "clap": 0.6, "hat": 0.26, "open_hat": 0.28, "ride": 0.32,
    "tom": 0.5, "rim": 0.35, "bass": 0.42, "chord": 0.1, "lead": 0.2,
}  # fmt: skip
_PITCHED = ("bass", "chord", "lead")
_TIGHT = ("kick", "snare", "clap")
_TAIL_S = 1.5


@dataclass(frozen=True)
class Band:
    """Who plays.

    Attributes:
        kit: one-shot of each drum voice.
        voices: timbre of `bass`, `chord` and `lead`.
        looseness_s: standard deviation of a player's timing; kick and snare keep to a third of it.
        balance: loudness of drums against pitched instruments, 1 as written.
    """

    kit: dict[str, np.ndarray]
    voices: dict[str, instruments.Voice]
    looseness_s: float = 0.0
    balance: float = 1.0


def render(
    sections: list[Section],
    band: Band,
    rng: np.random.Generator,
    rate_hz: int = 48_000,
    lead_in_s: float = 0.1,
    peak: float = 0.85,
) -> Song:
    """Play the sections one after another.

    Args:
        sections: at least one.
        band: its sounds; drums must have been made for `rate_hz`.
        rng: draws melodies and the players' timing.
        rate_hz: samples a second.
        lead_in_s: silence before the first beat.
        peak: largest sample of the result.

    Raises:
        ConfigError: there are no sections.
    """
    if not sections:
        raise ConfigError("a song of no sections cannot be played: give at least one")
    beats_s = beat_times_s(sections, lead_in_s)
    count = int((beats_s[-1] + _TAIL_S) * rate_hz)
    drums, pitched = np.zeros(count, np.float32), np.zeros(count, np.float32)
    notes: dict[tuple, np.ndarray] = {}
    spans, downbeats, first_beat = [], [], 0
    for section in sections:
        style = section.groove
        gain = np.float32(0.55 + 0.45 * section.energy)
        kicks = []
        for hit in hits(section, first_beat, rng):
            start = _sample(hit, beats_s, band, rng, rate_hz)
            if hit.part in _PITCHED:
                sound = _note(hit, beats_s, band, notes, rate_hz)
                _add(pitched, start, sound * np.float32(gain * hit.loudness * _LEVELS[hit.part]))
            else:
                level = gain * hit.loudness * _LEVELS[hit.part] * band.balance
                _add(drums, start, band.kit[hit.part] * np.float32(level))
                kicks += [start] if hit.part == "kick" else []
        _duck(pitched, kicks, style.pump, rate_hz)
        last_beat = first_beat + section.beats
        start_s, end_s = beats_s[first_beat], beats_s[last_beat]
        spans.append(SongSection(section.style, start_s, end_s, section.tempo_bpm, section.energy))
        downbeats += range(first_beat, last_beat, style.beats)
        first_beat = last_beat
    mixed = np.tanh(drums + pitched)
    mixed *= np.float32(peak / max(float(np.abs(mixed).max()), 1e-6))
    return Song(mixed, rate_hz, beats_s[:-1], beats_s[downbeats], tuple(spans))


def generate_song(
    seed: int,
    duration_s: float = 30.0,
    *,
    style: str | None = None,
    tempo_bpm: float | None = None,
    tempo_profile: str = "constant",
    samples_dir: Path | str | None = None,
    rate_hz: int = 48_000,
) -> Song:
    """Make up a song; equal arguments give equal samples.

    Args:
        seed: decides all that is not given: style, tempo (70..180 BPM), kit, voices, key, energy of
            each section, players' timing, loudness.
        duration_s: shortest length; the song ends with a whole section.
        style: a key of `STYLES`.
        tempo_bpm: beats a minute at the start.
        tempo_profile: `constant`, `ramp` (each section speeds up or slows down by up to 15 %), or
            `jump` (each section has a tempo of its own).
        samples_dir: folder of drum recordings, used for half of the seeds.
        rate_hz: samples a second.

    Raises:
        ConfigError: style, tempo or profile is unknown.
    """
    if tempo_profile not in TEMPO_PROFILES:
        raise ConfigError(
            f"unknown tempo profile {tempo_profile!r}: choose one of {', '.join(TEMPO_PROFILES)}"
        )
    rng = np.random.default_rng(seed)
    style = style or str(rng.choice(list(STYLES)))
    if style not in STYLES:
        raise ConfigError(f"unknown style {style!r}: choose one of {', '.join(STYLES)}")
    tempo_bpm = float(tempo_bpm or rng.uniform(*STYLES[style].tempo_bpm))
    use_recordings = samples_dir is not None and rng.random() < 0.5
    kit = (
        recorded_kit(rng, rate_hz, samples_dir) if use_recordings else synthesise_kit(rng, rate_hz)
    )
    voices = {
        "bass": instruments.BASSES[rng.integers(len(instruments.BASSES))],
        "chord": instruments.CHORDS[rng.integers(len(instruments.CHORDS))],
        "lead": instruments.LEADS[rng.integers(len(instruments.LEADS))],
    }
    band = Band(kit, voices, float(rng.uniform(0.0, 0.008)), float(rng.uniform(0.8, 1.4)))
    groove = vary(STYLES[style], rng)
    sections = _form(rng, style, groove, tempo_bpm, tempo_profile, duration_s)
    lead_in_s, peak = float(rng.uniform(0.05, 0.6)), float(rng.uniform(0.2, 0.95))
    return render(sections, band, rng, rate_hz, lead_in_s, peak)


def _form(
    rng, style: str, groove: Style, tempo_bpm: float, profile: str, duration_s: float
) -> list[Section]:
    """Return sections of 4 or 8 bars, of varying energy, that last at least `duration_s`."""
    sections, lasted_s = [], 0.0
    key, progression = int(rng.integers(12)), int(rng.integers(len(PROGRESSIONS)))
    energies = rng.permutation([0.35, 0.6, 0.8, 1.0])
    while lasted_s < duration_s:
        end_bpm = None
        if profile == "ramp":
            end_bpm = float(np.clip(tempo_bpm * rng.uniform(0.85, 1.15), 70.0, 180.0))
        section = Section(
            style=style,
            bars=int(rng.choice([4, 8])),
            tempo_bpm=tempo_bpm,
            energy=float(energies[len(sections) % len(energies)]),
            end_tempo_bpm=end_bpm,
            key=key,
            progression=progression,
            variation=groove,
        )
        sections.append(section)
        lasted_s += section.beats * 120.0 / (tempo_bpm + (end_bpm or tempo_bpm))
        tempo_bpm = end_bpm or tempo_bpm
        if profile == "jump":
            tempo_bpm = float(rng.uniform(80.0, 160.0))
    return sections


def _sample(hit: Hit, beats_s: np.ndarray, band: Band, rng, rate_hz: int) -> int:
    """Return the sample at which a hit starts, players' timing included."""
    looseness_s = band.looseness_s / (3.0 if hit.part in _TIGHT else 1.0)
    late_s = rng.normal(0.0, looseness_s) if looseness_s else 0.0
    return max(int((_time_s(hit.beat, beats_s) + late_s) * rate_hz), 0)


def _time_s(beat: float, beats_s: np.ndarray) -> float:
    return float(np.interp(beat, np.arange(len(beats_s)), beats_s))


def _note(hit: Hit, beats_s, band: Band, notes: dict, rate_hz: int) -> np.ndarray:
    """Return a note's sound; equal notes are computed once, with lengths in steps of 20 ms."""
    length_s = _time_s(hit.beat + hit.beats, beats_s) - _time_s(hit.beat, beats_s)
    length_s = max(round(length_s / 0.02), 3) * 0.02
    key = (hit.part, hit.midi, length_s)
    if key not in notes:
        notes[key] = instruments.note(band.voices[hit.part], hit.midi, length_s, rate_hz)
    return notes[key]


def _add(track: np.ndarray, start: int, sound: np.ndarray) -> None:
    end = min(start + len(sound), len(track))
    track[start:end] += sound[: max(end - start, 0)]


def _duck(track: np.ndarray, kicks: list[int], depth: float, rate_hz: int) -> None:
    """Let the pitched instruments give way to each kick, as a side-chain compressor does."""
    if depth == 0.0:
        return
    time_s = np.arange(int(0.3 * rate_hz)) / rate_hz
    curve = (1 - depth * np.exp(-time_s / 0.09)).astype(np.float32)
    for start in kicks:
        end = min(start + len(curve), len(track))
        track[start:end] *= curve[: max(end - start, 0)]
