"""A task that is quick to learn, for tests of the loop; run as a program, it trains in a folder."""

import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from ur3_dancer.learning.trainer import LoopSettings, run

SETTINGS = LoopSettings(steps=60, learning_rate=0.01, warm_up_steps=5, log_every=7, save_every=10)


class TinyTask:
    """Learns y = 2 x from its own random numbers, with dropout and a mean of its weights."""

    def __init__(self, place, slow_s=0.0):
        self.modules = {
            "net": nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3)),
        }
        self._random = torch.Generator().manual_seed(place.rank)
        self._slow_s = slow_s
        self._mean = torch.zeros(3)

    def step(self, done):
        time.sleep(self._slow_s)
        x = torch.randn(4, 3, generator=self._random)
        loss = (self.modules["net"](x) - 2 * x).square().mean()
        return loss, {"root": loss.detach().sqrt()}

    def moved(self, done):
        self._mean = 0.9 * self._mean + 0.1 * self.modules["net"][3].bias.detach()

    def state_dict(self):
        return {"random": self._random.get_state(), "mean": self._mean}

    def load_state_dict(self, state):
        self._random.set_state(state["random"])
        self._mean = state["mean"]

    def finish(self, folder, figures):
        weights = dict(self.modules["net"].state_dict())
        save_file({**weights, "mean": self._mean}, folder / "weights.safetensors")


class Alternating(TinyTask):
    """A task whose last layer moves in every third step, and tells of it then."""

    def step(self, done):
        turn = round(done * SETTINGS.steps) % 3 == 2
        self.modules["net"][3].requires_grad_(turn)
        loss, figures = super().step(done)
        return loss, {**figures, "turn": torch.ones(())} if turn else figures

    def moved(self, done):
        super().moved(done)
        weight = self.modules["net"][3].weight.detach().clone()
        moved = not torch.equal(weight, getattr(self, "before", weight))
        self.before = weight
        step = round(done * SETTINGS.steps)
        assert moved == (step % 3 == 0) or step == 1


def slow_task(place):
    return TinyTask(place, 0.02)


if __name__ == "__main__":
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    run(slow_task, SETTINGS, Path(sys.argv[1]), {"a": 1}, processes=processes, quiet=True)
