"""Whole songs danced chunk by chunk, without an arm: for comparisons, and for rehearsal.

Each chunk goes on from the poses of the one before and takes over from its end bit by bit, as live,
but all songs are danced at once, and only what is needed for handing over is planned twice.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.lm2d.body_plan import HAND_OVER_FRAMES, handed_over
from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH, Lm2dConfig
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.dance.lm2d.smooth import smoothed
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples

Sampler = Callable[[Conditions, Tensor], Tensor]
"""Conditions and unit noise (B, C, 147) to normalised poses."""


def dance_songs(
    examples: Examples,
    network: Lm2dNetwork,
    sample: Sampler,
    frames: int,
    seed: int = 0,
    with_lyrics: bool = True,
) -> np.ndarray:
    """Let a model dance to all songs of `examples` at once.

    Args:
        examples: songs with their music and lyrics; of their dances nothing is used.
        network: maps poses to metres and rotations.
        sample: answers a chunk.
        frames: of dance, at most `most_frames`.
        seed: of the noise.
        with_lyrics: whether the words are seen.

    Returns:
        (S, frames, 147) float32 physical poses; frame 0 is `examples.first_frame` of each song.
    """
    config, random = network.config, torch.Generator().manual_seed(seed)
    starts = examples.song_starts
    prefix = torch.zeros(len(starts), config.prefix_frames, POSE_WIDTH)
    known = torch.zeros(len(starts), config.prefix_frames, dtype=torch.bool)
    danced = np.zeros((len(starts), 0, POSE_WIDTH), np.float32)
    for first in chunk_starts(config, frames):
        promised = torch.from_numpy(danced[:, max(0, first - config.prefix_frames) : first])
        count = promised.shape[1]
        prefix[:, config.prefix_frames - count :] = network.normalise(promised)
        known[:, config.prefix_frames - count :] = True
        conditions, _ = examples.at(starts + first)
        conditions.prefix[:], conditions.prefix_known[:] = prefix, known
        conditions = conditions if with_lyrics else conditions.without_lyrics()
        noise = torch.randn(len(starts), config.chunk_frames, POSE_WIDTH, generator=random)
        answer = smoothed(prefix[:, config.prefix_frames - count :], sample(conditions, noise))
        answer = handed_over(danced[:, first:], network.physical(answer).numpy())
        danced = np.concatenate([danced[:, :first], answer], axis=1)
    return danced[:, :frames]


def chunk_starts(config: Lm2dConfig, frames: int) -> range:
    """Return at which frames of a dance chunks begin: each hands over to the next at its end."""
    overlap = _overlap(config)
    return range(0, max(1, frames - overlap), config.chunk_frames - overlap)


def most_frames(songs: Sequence[DancedSong], examples: Examples, config: Lm2dConfig) -> int:
    """Return how many frames the whole chunks are that the shortest song has room for."""
    room = min(len(song.features) for song in songs) - examples.first_frame
    overlap = _overlap(config)
    stride = config.chunk_frames - overlap
    return (room - overlap) // stride * stride + overlap


def _overlap(config: Lm2dConfig) -> int:
    return min(HAND_OVER_FRAMES, config.chunk_frames // 2)
