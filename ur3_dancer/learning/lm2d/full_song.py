"""Whole songs danced chunk by chunk, without an arm: for comparisons, and for rehearsal.

Each chunk goes on from the poses of the one before, as live, but all songs are danced at once and
no chunk is planned twice.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.dance.lm2d.smooth import smoothed
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples

Sampler = Callable[[Conditions, Tensor], Tensor]
"""Conditions and unit noise (B, C, 147) to normalised poses."""


def dance_songs(
    examples: Examples,
    network: Lm2dNetwork,
    sample: Sampler,
    chunks: int,
    seed: int = 0,
    with_lyrics: bool = True,
) -> np.ndarray:
    """Let a model dance to all songs of `examples` at once.

    Args:
        examples: songs with their music and lyrics; of their dances nothing is used.
        network: maps poses to metres and rotations.
        sample: answers a chunk.
        chunks: how many in a row.
        seed: of the noise.
        with_lyrics: whether the words are seen.

    Returns:
        (S, chunks * C, 147) physical poses; frame 0 is `examples.first_frame` of each song.
    """
    config, random = network.config, torch.Generator().manual_seed(seed)
    starts = examples.song_starts
    promised = torch.zeros(len(starts), config.prefix_frames, POSE_WIDTH)
    known = torch.zeros(len(starts), config.prefix_frames, dtype=torch.bool)
    danced = []
    for index in range(chunks):
        conditions, _ = examples.at(starts + index * config.chunk_frames)
        conditions.prefix[:], conditions.prefix_known[:] = promised, known
        conditions = conditions if with_lyrics else conditions.without_lyrics()
        noise = torch.randn(len(starts), config.chunk_frames, POSE_WIDTH, generator=random)
        answer = smoothed(promised if index else promised[:, :0], sample(conditions, noise))
        danced.append(network.physical(answer).numpy())
        promised = torch.cat([promised, answer], dim=1)[:, -config.prefix_frames :]
        known[:] = True
    return np.concatenate(danced, axis=1)


def most_chunks(songs: Sequence[DancedSong], examples: Examples, chunk_frames: int) -> int:
    """Return how many chunks in a row the shortest song has room for."""
    shortest = min(len(song.features) for song in songs)
    return (shortest - examples.first_frame) // chunk_frames
