"""Lyrics as LM2D sees them: lines with embeddings, and those that are near a moment."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError

_BEHIND_S, _AHEAD_S = 1.0, 3.0
"""Lines that ended less than a second ago or begin within three seconds are seen."""


@dataclass(frozen=True)
class LyricsTrack:
    """The lines of one song.

    Attributes:
        starts_s, ends_s: (n,) in seconds from the song's start.
        embeddings: (n, E) float32, one for each line.
    """

    starts_s: np.ndarray
    ends_s: np.ndarray
    embeddings: np.ndarray

    def __post_init__(self):
        starts, ends = np.asarray(self.starts_s, float), np.asarray(self.ends_s, float)
        embeddings = np.asarray(self.embeddings, np.float32)
        if embeddings.ndim != 2 or not starts.shape == ends.shape == (len(embeddings),):
            raise ConfigError(
                f"lyrics of {starts.shape} starts, {ends.shape} ends and {embeddings.shape} "
                "embeddings: give one of each for every line"
            )
        for what, values in (("times", np.stack([starts, ends])), ("embeddings", embeddings)):
            if not np.isfinite(values).all():
                raise ConfigError(f"{what} of lyrics hold NaN or infinity: give finite numbers")
        order = np.argsort(starts, kind="stable")
        for name, values in (("starts_s", starts), ("ends_s", ends), ("embeddings", embeddings)):
            object.__setattr__(self, name, values[order])

    @property
    def width(self) -> int:
        """E, numbers in an embedding."""
        return self.embeddings.shape[1]

    def around(self, song_s: float, lines: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the lines near a moment, in order of time.

        Args:
            song_s: the moment, in seconds from the song's start.
            lines: M, how many are returned; where there are more, those that begin last.

        Returns:
            (M, E) embeddings, (M, 2) start and end in seconds from the moment, and (M,) bool which
            of them exist.
        """
        near = np.flatnonzero(
            (self.ends_s > song_s - _BEHIND_S) & (self.starts_s < song_s + _AHEAD_S)
        )[-lines:]
        embeddings = np.zeros((lines, self.width), np.float32)
        times = np.zeros((lines, 2), np.float32)
        seen = np.arange(lines) < len(near)
        embeddings[: len(near)] = self.embeddings[near]
        times[: len(near), 0] = self.starts_s[near] - song_s
        times[: len(near), 1] = self.ends_s[near] - song_s
        return embeddings, times, seen
