"""What an answer is conditioned on: music, the beats to come, promised poses, lyrics.

Everything here is known at the newest frame: music is the past window; beats are foretold from it;
lyrics come from a file and so may lie ahead.

Shapes: B batch, K window, F features, L = P + H frames of poses, M lines of lyrics, E width.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

CLOCK_WIDTH = 7
"""Cosine and sine of the place in one, two and four beats, and whether the beat is known."""
LINE_TIMES = 2
"""A line's start and end, in seconds from the newest frame."""


@dataclass(frozen=True)
class Conditions:
    """One batch of conditions.

    Attributes:
        music: (B, K, F) normalised frames, newest last.
        clock: (B, L, 7) where in the beat each of those frames falls, see `beat_ahead`.
        prefix: (B, P, 147) normalised poses promised before the chunk, zero where there are none.
        prefix_known: (B, P) bool, which of them exist.
        hears: (B,) bool; where false, music and clock count as unknown.
        lyrics: (B, M, E) embeddings of lines, None without lyrics.
        lyrics_times: (B, M, 2) start and end of each line, s from the newest frame.
        lyrics_seen: (B, M) bool, which lines exist; none where lyrics are dropped.
    """

    music: Tensor
    clock: Tensor
    prefix: Tensor
    prefix_known: Tensor
    hears: Tensor
    lyrics: Tensor | None = None
    lyrics_times: Tensor | None = None
    lyrics_seen: Tensor | None = None

    def __len__(self) -> int:
        return len(self.music)

    def without_lyrics(self) -> "Conditions":
        """Return the same with lyrics unknown."""
        if self.lyrics_seen is None:
            return self
        return replace(self, lyrics_seen=torch.zeros_like(self.lyrics_seen))

    def without_music(self) -> "Conditions":
        """Return the same with music unknown."""
        return replace(self, hears=torch.zeros_like(self.hears))

    def to(self, device: torch.device) -> "Conditions":
        """Return the same on another device."""
        return Conditions(
            **{
                name: None if value is None else value.to(device)
                for name, value in vars(self).items()
            }
        )
