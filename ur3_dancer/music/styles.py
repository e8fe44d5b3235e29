"""Styles: what each instrument plays in a bar."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Style:
    """A one-bar groove. Patterns have `slots` letters a beat: x loud, o soft, . nothing.

    Attributes:
        tempo_bpm: lowest and highest tempo at which it sounds natural.
        drums: pattern of each drum voice.
        bass: pattern of the bass, which plays the chord's root.
        chords: pattern of the chord instrument.
        beats: beats in a bar.
        slots: letters a beat: 4 for sixteenths, 3 for triplets.
        swing: share of a slot by which every second slot comes late.
        pump: how much bass and chords give way to the kick, 0..1.
    """

    tempo_bpm: tuple[float, float]
    drums: Mapping[str, str]
    bass: str
    chords: str
    beats: int = 4
    slots: int = 4
    swing: float = 0.0
    pump: float = 0.0
    extra: Mapping[str, str] = field(default_factory=dict)


STYLES: Mapping[str, Style] = {
    "house": Style(
        (112, 134),
        {"kick": "x...x...x...x...", "clap": "....x.......x...", "hat": "..x...x...x...x."},
        bass="..x...x...x..xx.",
        chords="...x..x....x..x.",
        pump=0.6,
        extra={"open_hat": "..x...x...x...x.", "hat": "o.o.o.o.o.o.o.o."},
    ),
    "rock": Style(
        (84, 168),
        {"kick": "x.......x.x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
        bass="x.x.x.x.x.x.x.x.",
        chords="x.......x...x...",
        extra={"ride": "x...x...x...x..."},
    ),
    "funk": Style(
        (88, 118),
        {"kick": "x..x..o...x..o..", "snare": "....x..o.o..x..o", "hat": "xoxoxoxoxoxoxoxo"},
        bass="x..x.x...xx...x.",
        chords="..x...x..x....x.",
        swing=0.12,
        extra={"open_hat": "..............x.", "rim": "...o..o....o..o."},
    ),
    "hip-hop": Style(
        (72, 102),
        {"kick": "x.....x...x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.oo"},
        bass="x.....x...x..x..",
        chords="x...........x...",
        swing=0.25,
        extra={"rim": "...o......o....."},
    ),
    "half-time": Style(
        (126, 150),
        {"kick": "x.........o.....", "snare": "........x.......", "hat": "x.o.x.o.x.o.x.o."},
        bass="x.........x.....",
        chords="x...............",
        extra={"tom": "............o.o."},
    ),
    "drum-and-bass": Style(
        (160, 178),
        {"kick": "x.........x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
        bass="x.....x...x.....",
        chords="x...............",
        extra={"snare": ".......o.o.....o", "ride": "x...x...x...x..."},
    ),
    "reggaeton": Style(
        (86, 104),
        {"kick": "x...x...x...x...", "snare": "...x..x....x..x.", "hat": "o.o.o.o.o.o.o.o."},
        bass="x..x..x.x..x..x.",
        chords="..x...x...x...x.",
        extra={"rim": "o..o..o.o..o..o."},
    ),
    "swing": Style(
        (104, 176),
        {"ride": "x..x.ox..x.o", "hat": "...x.....x..", "kick": "o..o..o..o.."},
        bass="x..x..x..x..",
        chords="..o......x..",
        slots=3,
        extra={"snare": "..o..o....o.", "rim": "...x.....x.."},
    ),
    "waltz": Style(
        (84, 156),
        {"kick": "x...........", "snare": "....o...o...", "hat": "x...x...x..."},
        bass="x...........",
        chords="....x...x...",
        beats=3,
        extra={"ride": "x.o.x.o.x.o."},
    ),
    "ballad": Style(
        (70, 92),
        {"kick": "x.......x.......", "rim": "....x.......x...", "hat": "o.o.o.o.o.o.o.o."},
        bass="x.......x.....x.",
        chords="x...x...x...x...",
        extra={"snare": "....x.......x..."},
    ),
}

PROGRESSIONS = (
    ((0, "min7"), (8, "maj7"), (3, "maj7"), (10, "maj")),
    ((0, "min7"), (5, "min7"), (0, "min7"), (7, "min7")),
    ((0, "maj7"), (9, "min7"), (5, "maj7"), (7, "maj")),
    ((2, "min7"), (7, "maj"), (0, "maj7"), (9, "min7")),
    ((0, "min7"), (10, "maj"), (8, "maj7"), (7, "maj")),
)
"""Chords of four bars: semitones above the key and quality."""

QUALITIES = {
    "maj": (0, 4, 7, 12),
    "min": (0, 3, 7, 12),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
}

_HATS = {
    4: ("x.o.x.o.x.o.x.o.", "x...x...x...x...", "xoxoxoxoxoxoxoxo", "..x...x...x...x."),
    3: ("x..x.ox..x.o", "x.ox.ox.ox.o", "...x.....x.."),
}


def vary(style: Style, rng: np.random.Generator) -> Style:
    """Return the style with other hats, bass or chords now and then, each for one in three."""
    metre = style.beats, style.slots
    alike = [each for each in STYLES.values() if (each.beats, each.slots) == metre]
    bass, chords = alike[rng.integers(len(alike))].bass, alike[rng.integers(len(alike))].chords
    hats = _HATS[style.slots]
    hat = hats[rng.integers(len(hats))][: style.beats * style.slots]
    changes = rng.random(3) < 1 / 3
    return replace(
        style,
        drums={**style.drums, "hat": hat} if changes[0] else style.drums,
        bass=bass if changes[1] else style.bass,
        chords=chords if changes[2] else style.chords,
    )
