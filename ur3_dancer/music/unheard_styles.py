"""Unheard styles: grooves that no network was trained on, to measure how it fares with new music.

They are kept apart from `STYLES`, from which training songs are drawn. Instruments and drums are
the same generator's.
"""

from collections.abc import Mapping

import numpy as np

from ur3_dancer.music import instruments
from ur3_dancer.music.arrangement import Section
from ur3_dancer.music.drum_kit import synthesise_kit
from ur3_dancer.music.song import Song
from ur3_dancer.music.styles import Style
from ur3_dancer.music.synth import Band, render

UNHEARD_STYLES: Mapping[str, Style] = {
    "disco": Style(
        (108, 126),
        {"kick": "x...x...x...x...", "snare": "....x.......x...", "open_hat": "..x...x...x...x."},
        bass="x.x.x.x.x.x.x.x.",
        chords="....x.x.....x.x.",
    ),
    "one-drop": Style(
        (70, 88),
        {"kick": "........x.......", "rim": "........x.......", "hat": "x.o.x.o.x.o.x.oo"},
        bass="x..x....x.x.....",
        chords="..x...x...x...x.",
    ),
    "samba": Style(
        (92, 112),
        {"kick": "x..ox..ox..ox..o", "tom": "....x.......x...", "hat": "xooxxooxxooxxoox"},
        bass="x..xx..xx..xx..x",
        chords="x.x..x.x.x..x.x.",
    ),
    "breakbeat": Style(
        (118, 140),
        {"kick": "x.x.......xx....", "snare": "....x..o.o..x..o", "ride": "x.x.x.x.x.x.x.x."},
        bass="x.....x.x.......",
        chords="x...............",
    ),
    "shuffle": Style(
        (92, 140),
        {"kick": "x.....x.....", "snare": "...x.....x..", "hat": "x.ox.ox.ox.o"},
        bass="x.xx.xx.xx.x",
        chords="x.....x.....",
        slots=3,
    ),
    "trap": Style(
        (130, 150),
        {"kick": "x......x..x.....", "clap": "........x.......", "hat": "x.x.x.x.x.xxx.x."},
        bass="x......x..x.....",
        chords="x...............",
    ),
    "march": Style(
        (100, 126),
        {"kick": "x.......x.......", "snare": "x.oox.o.x.oox.o.", "tom": "........x......."},
        bass="x...x...x...x...",
        chords="..x...x...x...x.",
    ),
    "son": Style(
        (88, 116),
        {"rim": "x..x..x...x.x...", "tom": "..o...x...o...x.", "hat": "x.o.x.o.x.o.x.o."},
        bass="...x..x....x..x.",
        chords="x.o.x..x.x.o.x..",
    ),
}
"""Two are known to be hard: one-drop leaves the first beat out, and son has no drum on the beat."""


def unheard_song(style: str, seed: int, rate_hz: int = 48_000) -> Song:
    """Make up a song of half a minute or more in one of `UNHEARD_STYLES`, with exact beats."""
    groove, rng = UNHEARD_STYLES[style], np.random.default_rng(seed)
    voices = {
        "bass": instruments.BASSES[rng.integers(len(instruments.BASSES))],
        "chord": instruments.CHORDS[rng.integers(len(instruments.CHORDS))],
        "lead": instruments.LEADS[rng.integers(len(instruments.LEADS))],
    }
    band = Band(synthesise_kit(rng, rate_hz), voices, float(rng.uniform(0.0, 0.008)))
    tempo_bpm, key = float(rng.uniform(*groove.tempo_bpm)), int(rng.integers(12))
    bars = max(int(np.ceil(11.0 * tempo_bpm / 60.0 / groove.beats)), 4)
    sections = [
        # Any known style lends its name; what is played is the variation.
        Section("rock", bars, tempo_bpm, energy, key=key, variation=groove)
        for energy in (0.8, 0.5, 1.0)
    ]
    return render(sections, band, rng, rate_hz, lead_in_s=float(rng.uniform(0.05, 0.6)))
