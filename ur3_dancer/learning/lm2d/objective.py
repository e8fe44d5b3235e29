"""What counts as a difference between two answers: poses, joints in metres, their speeds.

EDGE's FK loss is taken on normalised poses, which places no joint anywhere; here normalised poses
are mapped back first, so that positions are metres and velocities metres a second.

Shapes: B batch, H chunk.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.learning.lm2d.body_positions import BodyPositions

HUBER_SHARE = 0.00054
"""Of the root of the number of dimensions (iCT, arXiv 2310.14189)."""


@dataclass(frozen=True)
class ObjectiveSettings:
    """How much each kind of difference counts beside that of normalised poses.

    Attributes:
        position_m: joints off by this much count as much as poses off by their own spread; 0
            leaves positions out.
        velocity_m_s: likewise for the speeds of joints.
    """

    position_m: float = 0.1
    velocity_m_s: float = 1.2


class Objective(nn.Module):
    """Differences between answers, as vectors whose squares may be added.

    Args:
        network: knows how poses are normalised, and where to compute.
        settings: weights.
        rate_hz: poses a second.
    """

    def __init__(self, network: Lm2dNetwork, settings: ObjectiveSettings, rate_hz: float):
        super().__init__()
        self._physical = network.physical
        self._positions = BodyPositions()
        self._settings, self._rate_hz = settings, rate_hz
        self.to(next(network.parameters()).device)

    def differences(self, answer: Tensor, wanted: Tensor, prefix_known: Tensor) -> Tensor:
        """Return (B, n) weighted differences; their mean square is of order one at first.

        Args:
            answer: (B, H, 147) normalised poses, with gradients.
            wanted: (B, H, 147) what they should be.
            prefix_known: (B,) bool, whether a promised pose lies right before the chunk: there the
                difference was zero, and the seam counts as a velocity too.
        """
        parts = [_unit_mean(answer - wanted)]
        settings = self._settings
        if settings.position_m or settings.velocity_m_s:
            error_m = self._positions(self._physical(answer)) - self._positions(
                self._physical(wanted)
            )
            if settings.position_m:
                parts.append(_unit_mean(error_m / settings.position_m))
            if settings.velocity_m_s:
                seam = error_m[:, :1] * prefix_known[:, None, None, None]
                steps = torch.cat([seam, error_m.diff(dim=1)], dim=1) * self._rate_hz
                parts.append(_unit_mean(steps / settings.velocity_m_s))
        return torch.cat(parts, dim=1)


def _unit_mean(error: Tensor) -> Tensor:
    """Return (B, n) so that the sum of squares is the mean square of (B, ...) errors."""
    flat = error.flatten(1)
    return flat / math.sqrt(flat.shape[1])


def squared(differences: Tensor) -> Tensor:
    """Return (B,) sums of squares."""
    return differences.square().sum(dim=1)


def pseudo_huber(differences: Tensor, dimensions: int) -> Tensor:
    """Return (B,) distances that are square for small differences and linear for large ones.

    The published constant is for sums over all dimensions; here sums are means over them.
    """
    c = HUBER_SHARE * math.sqrt(dimensions)
    c_mean = c / math.sqrt(dimensions)
    return (squared(differences) + c_mean**2).sqrt() - c_mean
