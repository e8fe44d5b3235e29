"""What the networks of the MDLT kind share: music in, past poses in, poses out.

Poses are unit values of the pose space, -1..1. Networks work with `(atanh(pose) - pose_centre) /
pose_scale`, whose centre and scale are frozen figures of the training set: numbers of order one,
whatever share of the pose space the dances use.

Shapes: B batch, K window, F features, J joints, H horizon, d width.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

LARGEST_UNIT = 0.999
"""Poses are cut to this before atanh, which is infinite at 1."""


class Sizes(Protocol):
    """The sizes that each network has."""

    feature_count: int
    joints: int
    window_frames: int
    horizon: int
    width: int


class DanceNetwork(nn.Module):
    """(B, K, F) normalised music and (B, K, J) past poses to (B, K, H, J) poses.

    A subclass states `hear` and `_dance`, and makes its layers between the two halves of what is
    made here: `super().__init__` and `_end_with_head`.

    Args:
        config: sizes.
        hears_poses: past poses come in; without, they are not read.
    """

    def __init__(self, config: Sizes, hears_poses: bool = True):
        super().__init__()
        self.config = config
        self.music_in = nn.Linear(config.feature_count, config.width)
        if hears_poses:
            self.pose_in = nn.Linear(config.joints, config.width)

    def _end_with_head(self) -> None:
        config = self.config
        self.head = nn.Linear(config.width, config.horizon * config.joints)
        self.register_buffer("pose_centre", torch.zeros(config.joints))
        self.register_buffer("pose_scale", torch.ones(config.joints))
        # At first every answer is the mean pose. A random head would answer with 30 unrelated
        # poses, and the training would be busy with their jumps for a thousand steps.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def hear(self, music: Tensor) -> Tensor:
        """Return the (B, K, d) view of (B, K, F) music."""
        raise NotImplementedError

    def _dance(self, heard: Tensor, poses: Tensor) -> Tensor:
        """Return (B, K, d), from which the head answers."""
        raise NotImplementedError

    def forward(self, music: Tensor, poses: Tensor) -> Tensor:
        """Predict from each position on.

        Args:
            music: (B, K, F) normalised frames.
            poses: (B, K, J) unit poses of the same frame times.

        Returns:
            (B, K, H, J) unit poses: [:, t, i] belongs to frame time t + 1 + i.
        """
        return self.answer(self.hear(music), poses)

    def answer(self, heard: Tensor, poses: Tensor) -> Tensor:
        """Return what `forward` does, for music that was heard already."""
        return self._poses(self._dance(heard, poses))

    def last(self, music: Tensor, poses: Tensor) -> Tensor:
        """Return only the newest position's answer, (B, H, J): what live dancing needs."""
        return self._poses(self._dance(self.hear(music), poses)[:, -1:])[:, 0]

    def _embed(self, poses: Tensor) -> Tensor:
        """Return (..., d) for unit poses (..., J)."""
        before_tanh = torch.atanh(poses.clamp(-LARGEST_UNIT, LARGEST_UNIT))
        return self.pose_in((before_tanh - self.pose_centre) / self.pose_scale)

    def _poses(self, x: Tensor) -> Tensor:
        """Map (B, K, d) to unit poses (B, K, H, J)."""
        B, K, _ = x.shape
        out = self.head(x).view(B, K, self.config.horizon, self.config.joints)
        return torch.tanh(self.pose_centre + self.pose_scale * out)
