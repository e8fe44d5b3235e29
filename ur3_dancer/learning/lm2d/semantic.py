"""Do moves fit the words? A dual encoder of lines and moves, trained apart from LM2D and frozen.

LM2D (arXiv 2403.09407) reports a semantic match of 0.8511 and says of its measure only that lyrics'
BERT embeddings are compared with embeddings of motion: figures of this measure must not be compared
with that one. It is trained by InfoNCE on true dances of the training songs: a line belongs to the
joints' places in the two seconds that begin a second after it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, layer_norm, normalize

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.body_positions import BodyPositions
from ur3_dancer.learning.lm2d.examples import DancedSong

_RATE_HZ = 30.0
_DELAY_FRAMES, _MOVE_FRAMES, _EVERY_FRAMES = 30, 45, 3
_WIDTH = 64


class DualEncoder(nn.Module):
    """Lines (n, E) and moves (n, M) to unit vectors (n, 64)."""

    def __init__(self, line_width: int, move_width: int):
        super().__init__()
        self.line = nn.Sequential(nn.Dropout(0.2), nn.Linear(line_width, _WIDTH))
        self.move = nn.Sequential(nn.Linear(move_width, 128), nn.GELU(), nn.Linear(128, _WIDTH))
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, lines: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
        """Return the unit vectors of both."""
        lines = layer_norm(lines, lines.shape[-1:])
        return normalize(self.line(lines), dim=-1), normalize(self.move(moves), dim=-1)


def lines_and_moves(
    songs: Sequence[DancedSong], bodies: Sequence[np.ndarray], first_frame: int
) -> tuple[Tensor, Tensor]:
    """Return embeddings of lines (n, E) and the moves danced to them (n, M).

    Args:
        songs: with lyrics.
        bodies: (T, 147) of each song, from `first_frame` of the song on.
        first_frame: where bodies begin.

    Raises:
        ConfigError: no line has its move within the bodies.
    """
    lines, moves = [], []
    for song, body in zip(songs, bodies, strict=True):
        track = song.lyrics
        for row in range(0 if track is None else len(track.starts_s)):
            begin = round(track.starts_s[row] * _RATE_HZ) + _DELAY_FRAMES - first_frame
            if begin < 0 or begin + _MOVE_FRAMES > len(body):
                continue
            lines.append(track.embeddings[row])
            moves.append(body[begin : begin + _MOVE_FRAMES : _EVERY_FRAMES])
    if not lines:
        raise ConfigError(
            f"no line of lyrics is danced whole in {len(songs)} songs: give more songs, more "
            "chunks, or a set with lyrics"
        )
    positions = BodyPositions()(torch.from_numpy(np.stack(moves)).float())
    # About the pelvis: where the dancer stands on the floor says nothing.
    return torch.from_numpy(np.stack(lines)), (positions - positions[:, :, :1]).flatten(1)


def train_dual_encoder(lines: Tensor, moves: Tensor, seed: int, steps: int = 600) -> DualEncoder:
    """Return the encoder after `steps` batches of 128 pairs, frozen."""
    torch.manual_seed(seed)
    encoder = DualEncoder(lines.shape[1], moves.shape[1])
    optimizer = torch.optim.AdamW(encoder.parameters(), 1e-3, weight_decay=0.05)
    for _ in range(steps):
        rows = torch.randint(len(lines), (128,))
        line, move = encoder(lines[rows], moves[rows])
        likeness = encoder.log_scale.exp() * line @ move.T
        right = torch.arange(len(rows))
        loss = cross_entropy(likeness, right) + cross_entropy(likeness.T, right)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return encoder.eval().requires_grad_(False)


def match(encoder: DualEncoder, lines: Tensor, moves: Tensor, seed: int = 0) -> tuple[float, float]:
    """Return the mean cosine of lines with their moves, and with moves of other lines."""
    line, move = encoder(lines, moves)
    shuffle = torch.from_numpy(np.random.default_rng(seed).permutation(len(lines)))
    return float((line * move).sum(-1).mean()), float((line * move[shuffle]).sum(-1).mean())
