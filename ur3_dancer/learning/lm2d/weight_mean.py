"""A moving average of weights: what is kept of a training whose last steps still wander."""

import copy

import torch
from torch import nn


class WeightMean:
    """A moving average of a network's weights."""

    def __init__(self, network: nn.Module, decay: float):
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay, self._count = decay, 0

    @torch.no_grad()
    def add(self, network: nn.Module) -> None:
        """Take the present weights in."""
        self._count += 1
        share = max(1.0 - self._decay, 1.0 / (self._count + 1))
        for mean, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, share)

    def state_dict(self) -> dict:
        """Return weights and count."""
        return {"weights": dict(self.network.state_dict()), "count": self._count}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self.network.load_state_dict(state["weights"])
        self._count = state["count"]
