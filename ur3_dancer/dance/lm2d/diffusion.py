"""Diffusion in the terms of EDM: noise levels, the denoiser, and the consistency function.

Karras et al., Elucidating the design space of diffusion models (arXiv 2206.00364); Song et al.,
Consistency models (arXiv 2303.01469). What is scaled and mixed are the numbers of tokens, see
`network`; `sigma_data` is measured on them, not assumed to be 0.5; the smallest and the largest
noise keep their published ratios to it.

Shapes: B batch, H chunk.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.network import Heard, Lm2dNetwork
from ur3_dancer.errors import ConfigError

SMALLEST_RATIO, LARGEST_RATIO = 0.004, 160.0
"""Of the noise to sigma_data: 0.002 and 80 where sigma_data is 0.5."""
_RHO = 7.0
_LEVEL_SLACK = 1e-6


@dataclass(frozen=True)
class NoiseLevels:
    """The range of noise of one model.

    Attributes:
        sigma_data: root mean square of the numbers that stand for normalised poses.
    """

    sigma_data: float

    def __post_init__(self):
        if not 0.0 < self.sigma_data < float("inf"):
            raise ConfigError(
                f"sigma_data is {self.sigma_data}: it must be finite and above 0; measure it again"
            )

    @property
    def smallest(self) -> float:
        """Epsilon: where the probability-flow ODE is stopped."""
        return SMALLEST_RATIO * self.sigma_data

    @property
    def largest(self) -> float:
        """Where poses are lost in noise."""
        return LARGEST_RATIO * self.sigma_data

    def steps(self, count: int) -> Tensor:
        """Return `count + 1` levels from the largest to the smallest, float64 (Karras' rho = 7)."""
        if count < 1:
            raise ConfigError(f"{count} sampling steps: give at least 1")
        share = torch.linspace(0.0, 1.0, count + 1, dtype=torch.float64)
        high, low = self.largest ** (1 / _RHO), self.smallest ** (1 / _RHO)
        levels = (high + share * (low - high)) ** _RHO
        levels[0], levels[-1] = self.largest, self.smallest
        return levels

    def check(self, level: Tensor) -> None:
        """Refuse levels below epsilon, where the model means nothing, and what is no number.

        Raises:
            ConfigError: one of them is too small or NaN.
        """
        if not (level >= self.smallest * (1.0 - _LEVEL_SLACK)).all():
            raise ConfigError(
                f"noise level {float(level.min()):g} lies below the smallest, {self.smallest:g}: "
                "no model is evaluated there"
            )


class _Preconditioned(nn.Module):
    """A network between scalings, so that its input and its target have unit size."""

    def __init__(self, network: Lm2dNetwork, levels: NoiseLevels):
        super().__init__()
        self.network, self.levels = network, levels

    def hear(self, conditions: Conditions) -> Heard:
        """Turn conditions into tokens; see `Lm2dNetwork.hear`."""
        return self.network.hear(conditions)

    def _mixed(
        self, noisy: Tensor, level: Tensor, heard: Heard, skip: Tensor, out: Tensor
    ) -> Tensor:
        """Return (B, H, 147): the poses of skip * numbers + out * the network's answer."""
        self.levels.check(level)
        scale = (level.square() + self.levels.sigma_data**2).rsqrt()
        numbers = self.network.numbers(noisy)
        raw = self.network(numbers * scale[:, None, None], level.log() / 4.0, heard)
        return self.network.poses(skip[:, None, None] * numbers + out[:, None, None] * raw)


class Denoiser(_Preconditioned):
    """D(x, sigma): the expected clean poses of noisy ones; the teacher."""

    def forward(self, noisy: Tensor, level: Tensor, heard: Heard) -> Tensor:
        """Return (B, H, 147) for noisy poses (B, H, 147) at noise levels (B,)."""
        data, squares = self.levels.sigma_data, level.square() + self.levels.sigma_data**2
        skip, out = data**2 / squares, level * data * squares.rsqrt()
        return self._mixed(noisy, level, heard, skip, out)


class Consistency(_Preconditioned):
    """f(x, t): where the probability-flow ODE through (x, t) arrives at epsilon; the student.

    f(x, epsilon) = x exactly: there the network's share is zero, and what its axes do not hold is
    not dropped either.

    Args:
        network: learnt by a recipe of `learning.lm2d.student`.
        levels: of noise.
        noise_scale: of the noise that dances to words begin in. Below 1 they keep to what is
            likelier, as samples of a truncated latent do (Brock et al., arXiv 1809.11096, 3.1).

    Raises:
        ConfigError: the scale lies outside 0 to 1.5.
    """

    def __init__(self, network: Lm2dNetwork, levels: NoiseLevels, noise_scale: float = 1.0):
        super().__init__(network, levels)
        check_noise_scale(noise_scale)
        self.noise_scale = noise_scale

    def forward(self, noisy: Tensor, level: Tensor, heard: Heard) -> Tensor:
        """Return (B, H, 147) for noisy poses (B, H, 147) at noise levels (B,)."""
        data, epsilon = self.levels.sigma_data, self.levels.smallest
        above = (level - epsilon).clamp(min=0.0)
        if not above.any():
            self.levels.check(level)
            return noisy
        skip = data**2 / (above.square() + data**2)
        out = above * data * (level.square() + data**2).rsqrt()
        answer = self._mixed(noisy, level, heard, skip, out)
        return torch.where(above[:, None, None] > 0.0, answer, noisy)


def check_noise_scale(scale: float) -> None:
    """Raise ConfigError unless a student can dance with noise of this scale."""
    if not 0.0 <= scale <= 1.5:
        raise ConfigError(f"noise_scale is {scale}: give 0 (the likeliest dance) to 1.5")
