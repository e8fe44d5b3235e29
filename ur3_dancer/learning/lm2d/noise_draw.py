"""Levels of noise for a denoiser to learn at, and how much each counts (EDM, arXiv 2206.00364)."""

import math

import torch
from torch import Tensor

from ur3_dancer.dance.lm2d.diffusion import NoiseLevels

_MEAN, _DEVIATION = -1.2 - math.log(0.5), 1.2
"""Of ln(sigma / sigma_data); EDM's -1.2 and 1.2 at sigma_data 0.5."""


def draw_levels(count: int, levels: NoiseLevels, random: torch.Generator) -> Tensor:
    """Return (count,) levels, log-normal about EDM's mean, within the model's range."""
    draw = torch.randn(count, generator=random)
    level = levels.sigma_data * torch.exp(_MEAN + _DEVIATION * draw)
    return level.clamp(levels.smallest, levels.largest)


def level_weight(level: Tensor, levels: NoiseLevels) -> Tensor:
    """Return (B,) weights of squared errors at levels (B,), by which every level counts alike."""
    data = levels.sigma_data
    return (level.square() + data**2) / (level * data).square()
