"""Arrangement: sections laid out in beats, and the notes that each instrument plays in them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.music.styles import PROGRESSIONS, QUALITIES, STYLES, Style

_LOUDNESS = {"x": 1.0, "o": 0.45}


@dataclass(frozen=True)
class Section:
    """A few bars of one style.

    Attributes:
        style: a key of `STYLES`.
        bars: how many.
        tempo_bpm: beats a minute at its first beat.
        energy: 0..1; decides which instruments play and how loudly.
        end_tempo_bpm: beats a minute at its end, reached evenly; None keeps the tempo.
        key: semitones above C.
        progression: index in `PROGRESSIONS`.
        variation: what is played in place of the style's own patterns; its metre must be the same.
    """

    style: str
    bars: int
    tempo_bpm: float
    energy: float
    end_tempo_bpm: float | None = None
    key: int = 9
    progression: int = 0
    variation: Style | None = None

    def __post_init__(self):
        if self.style not in STYLES:
            raise ConfigError(f"unknown style {self.style!r}: choose one of {', '.join(STYLES)}")
        if self.bars < 1 or not 0.0 <= self.energy <= 1.0:
            raise ConfigError(
                f"section of {self.bars} bars with energy {self.energy:g}: give at least one bar "
                "and an energy within 0..1"
            )
        for tempo_bpm in (self.tempo_bpm, self.end_tempo_bpm or self.tempo_bpm):
            if not 30.0 <= tempo_bpm <= 300.0:
                raise ConfigError(f"tempo {tempo_bpm:g} BPM is out of range: give 30 to 300")

    @property
    def groove(self) -> Style:
        """What is played."""
        return self.variation or STYLES[self.style]

    @property
    def beats(self) -> int:
        """Number of beats."""
        return self.bars * self.groove.beats


@dataclass(frozen=True)
class Hit:
    """One stroke or note.

    Attributes:
        part: a drum voice, or `bass`, `chord`, `lead`.
        beat: when, in beats from the song's first beat.
        loudness: 0..1.
        midi: pitch, 0 for drums.
        beats: length in beats, 0 for drums.
    """

    part: str
    beat: float
    loudness: float
    midi: int = 0
    beats: float = 0.0


def beat_times_s(sections: list[Section], lead_in_s: float) -> np.ndarray:
    """Return the times of all beats and of the one after the last, (beats + 1,)."""
    periods = []
    for section in sections:
        end_bpm = section.end_tempo_bpm or section.tempo_bpm
        tempo = np.linspace(section.tempo_bpm, end_bpm, section.beats, endpoint=False)
        periods.append(60.0 / tempo)
    return lead_in_s + np.concatenate([[0.0], np.cumsum(np.concatenate(periods))])


def hits(section: Section, first_beat: int, rng: np.random.Generator) -> Iterator[Hit]:
    """Yield everything that is played in a section, in no particular order."""
    style = section.groove
    patterns = {voice: pattern for voice, pattern in style.drums.items() if _plays(voice, section)}
    if section.energy >= 0.65:
        for voice, pattern in style.extra.items():
            patterns[voice] = _merged(patterns.get(voice), pattern)
    motif = _motif(style, rng)
    for bar in range(section.bars):
        start = first_beat + bar * style.beats
        for voice, pattern in patterns.items():
            for beat, loudness, _ in _strokes(pattern, style):
                yield Hit(voice, start + beat, loudness)
        if bar == 0 and section.energy >= 0.4:
            yield Hit("open_hat", start, 0.9)
        if bar == section.bars - 1 and section.energy >= 0.4:
            yield from _fill(style, start)
        yield from _harmony(section, style, bar, start)
        if section.energy >= 0.55:
            yield from _melody(section, motif[bar % 2], start)


def _plays(voice: str, section: Section) -> bool:
    """A quiet section keeps its cymbals, a middling one gets its kick, then everything."""
    threshold = {"kick": 0.2, "snare": 0.3, "clap": 0.3}.get(voice, 0.0)
    return section.energy >= threshold


def _merged(base: str | None, extra: str) -> str:
    if base is None:
        return extra
    return "".join(min(pair, key="xo.".index) for pair in zip(base, extra, strict=True))


def _strokes(pattern: str, style: Style) -> Iterator[tuple[float, float, float]]:
    """Yield beat, loudness and beats until the next stroke for each letter that sounds."""
    if len(pattern) != style.beats * style.slots:
        raise ConfigError(f"pattern {pattern!r} has {len(pattern)} letters: give beats * slots")
    places = [slot for slot, letter in enumerate(pattern) if letter != "."]
    for slot, after in zip(places, [*places[1:], len(pattern)], strict=True):
        late = style.swing if slot % 2 else 0.0
        yield (slot + late) / style.slots, _LOUDNESS[pattern[slot]], (after - slot) / style.slots


def _fill(style: Style, start: int) -> Iterator[Hit]:
    """A roll on the last beat of a section, growing louder."""
    for slot in range(style.slots):
        part = "snare" if slot % 2 == 0 else "tom"
        yield Hit(part, start + style.beats - 1 + slot / style.slots, 0.4 + 0.15 * slot)


def _harmony(section: Section, style: Style, bar: int, start: int) -> Iterator[Hit]:
    progression = PROGRESSIONS[section.progression % len(PROGRESSIONS)]
    step, quality = progression[bar % len(progression)]
    root = 36 + (section.key + step) % 12
    if section.energy >= 0.2:
        for beat, loudness, length in _strokes(style.bass, style):
            yield Hit("bass", start + beat, loudness, root, min(length, 1.0) * 0.9)
    for beat, loudness, length in _strokes(style.chords, style):
        for interval in QUALITIES[quality]:
            yield Hit("chord", start + beat, loudness, root + 24 + interval, min(length, 4.0))


def _motif(style: Style, rng: np.random.Generator) -> list[list[tuple[float, int, float]]]:
    """Return two bars of melody: beat, step in the pentatonic scale, length in beats."""
    bars = []
    for _ in range(2):
        beats = np.flatnonzero(rng.random(2 * style.beats) < 0.55) / 2
        ends = np.append(beats[1:], style.beats)[: len(beats)]
        steps = np.cumsum(rng.integers(-2, 3, len(beats))) % 7
        bars.append(
            [
                (float(beat), int(step), float(end - beat))
                for beat, step, end in zip(beats, steps, ends, strict=True)
            ]
        )
    return bars


def _melody(section: Section, motif: list[tuple[float, int, float]], start: int) -> Iterator[Hit]:
    scale = (0, 3, 5, 7, 10, 12, 15)
    for beat, step, length in motif:
        midi = 60 + section.key % 12 + scale[step]
        yield Hit("lead", start + beat, 0.8, midi, min(length, 1.5) * 0.9)
