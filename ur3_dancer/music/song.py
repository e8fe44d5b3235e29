"""A song with everything known about it: samples, beats, bars and sections."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SongSection:
    """A stretch of one style.

    Attributes:
        name: the style's name.
        start_s, end_s: seconds from the song's first sample.
        tempo_bpm: beats a minute at its start.
        energy: 0..1, how full the arrangement is.
    """

    name: str
    start_s: float
    end_s: float
    tempo_bpm: float
    energy: float


@dataclass(frozen=True)
class Song:
    """Generated or described music.

    Attributes:
        samples: (n,) float32 mono within -1..1.
        rate_hz: samples a second.
        beats_s: (b,) exact beat times in seconds from the first sample.
        downbeats_s: (d,) those beats that begin a bar.
        sections: in order of time, without gaps.
        label: where it comes from; `generated` for what this package synthesises.
    """

    samples: np.ndarray
    rate_hz: int
    beats_s: np.ndarray
    downbeats_s: np.ndarray
    sections: tuple[SongSection, ...]
    label: str = "generated"

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz

    def energy_at(self, time_s: np.ndarray) -> np.ndarray:
        """Return the energy of the section at each time; outside the song, of its ends."""
        starts_s = np.array([section.start_s for section in self.sections])
        index = np.clip(np.searchsorted(starts_s, time_s, side="right") - 1, 0, len(starts_s) - 1)
        return np.array([section.energy for section in self.sections])[index]
