"""The built-in track: what the arm dances to when nothing else is given."""

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.music import instruments
from ur3_dancer.music.arrangement import Section
from ur3_dancer.music.drum_kit import synthesise_kit
from ur3_dancer.music.song import Song
from ur3_dancer.music.source import BLOCK_SAMPLES, PacedSource
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


class TrackSource(PacedSource):
    """Plays the built-in track; its beats are known exactly."""

    def __init__(
        self, clock: Clock | None = None, block_samples: int = BLOCK_SAMPLES, reason: str = ""
    ):
        self._song = built_in_track()
        super().__init__(self._song.rate_hz, "demo", clock or SystemClock(), block_samples)
        self.note = f"the built-in track: {reason}" if reason else "the built-in track"
        self.beats_s = self._song.beats_s
        self.duration_s = self._song.duration_s

    def _rewind(self) -> None:
        self._next = 0

    def _take(self, count: int) -> np.ndarray:
        samples = self._song.samples[self._next : self._next + count]
        self._next += len(samples)
        return samples
