"""The built-in track: what the arm dances to when nothing else is given."""

import numpy as np

from ur3_dancer.music import instruments
from ur3_dancer.music.arrangement import Section
from ur3_dancer.music.drum_kit import synthesise_kit
from ur3_dancer.music.song import Song
from ur3_dancer.music.synth import Band, render

SECTIONS = (
    Section("funk", bars=10, tempo_bpm=100.0, energy=0.7, key=9, progression=0),
    Section("half-time", bars=12, tempo_bpm=132.0, energy=0.35, key=9, progression=4),
    Section("house", bars=16, tempo_bpm=124.0, energy=1.0, key=0, progression=3),
    Section("swing", bars=12, tempo_bpm=116.0, energy=0.6, key=5, progression=2),
)
"""Groove, half-time, four on the floor, swing: four tempo feels and energies."""

_SEED = 3


def built_in_track(rate_hz: int = 48_000) -> Song:
    """Render the built-in track: 90 s or more, the same samples every time."""
    rng = np.random.default_rng(_SEED)
    voices = {
        "bass": instruments.BASSES[0],
        "chord": instruments.CHORDS[0],
        "lead": instruments.LEADS[0],
    }
    band = Band(synthesise_kit(rng, rate_hz), voices, looseness_s=0.002)
    return render(list(SECTIONS), band, rng, rate_hz)
