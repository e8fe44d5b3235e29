"""The log of a training: mean figures as lines of JSON, and for TensorBoard."""

import json
import math
from pathlib import Path

import torch
from torch import Tensor

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.run_state import keep_lines_until


class TrainLog:
    """Mean figures since the last line, to `train.jsonl` and `tensorboard/` of a folder.

    Every process adds its own; the first one writes the mean over all.
    """

    def __init__(self, folder: Path, accelerator):
        self._folder, self._accelerator = folder, accelerator
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self.last: dict[str, float] = {}

    def open(self, step: int) -> None:
        """Go on after `step`; what was written after it is forgotten."""
        if not self._accelerator.is_main_process:
            return
        from torch.utils.tensorboard import SummaryWriter

        path = self._folder / "train.jsonl"
        if step:
            keep_lines_until(path, step)
        self._lines = path.open("a" if step else "w", encoding="utf-8")
        self._board = SummaryWriter(str(self._folder / "tensorboard"), purge_step=step + 1)

    def close(self) -> None:
        """Close both."""
        if self._accelerator.is_main_process:
            self._lines.close()
            self._board.close()

    def add(self, figures: dict[str, Tensor]) -> None:
        """Add the figures of one step; each is averaged over the steps that tell it."""
        for name, value in figures.items():
            self._sums[name] = self._sums.get(name, 0.0) + value.detach().float()
            self._counts[name] = self._counts.get(name, 0) + 1

    def check(self, step: int) -> None:
        """Raise ConfigError when the loss since the last line is not finite."""
        loss = self._sums.get("loss", torch.zeros(()))
        if not (bool(torch.isfinite(loss)) and math.isfinite(self.last.get("loss", 0.0))):
            raise ConfigError(
                f"the loss is not finite by step {step}: lower optimizer.learning_rate, and begin "
                "again with --fresh"
            )

    def write(self, step: int, learning_rate: float) -> str:
        """Write the means as one line, and return them as a short text."""
        names = list(self._sums)
        means = torch.stack([self._sums[name] / self._counts[name] for name in names])
        means = self._accelerator.reduce(means, reduction="mean").tolist()
        self._sums, self._counts = {}, {}
        self.last = dict(zip(names, means, strict=True))
        self.check(step)
        if self._accelerator.is_main_process:
            line = {"step": step, **self.last, "rate": learning_rate}
            self._write_line(json.dumps(line) + "\n", step)
            for name, value in line.items():
                if name != "step":
                    self._board.add_scalar(name, value, step)
        return ", ".join(f"{name} {value:.4g}" for name, value in self.last.items())

    def _write_line(self, text: str, step: int) -> None:
        try:
            self._lines.write(text)
            self._lines.flush()
        except OSError as error:
            raise ConfigError(
                f"step {step} cannot be written to {self._lines.name} ({error.strerror}): make "
                "room and give the same command, which goes on from the last state kept"
            ) from error

    def state_dict(self) -> dict:
        """Return the sums since the last line."""
        return {"sums": dict(self._sums), "counts": dict(self._counts), "last": dict(self.last)}

    def load_state_dict(self, state: dict) -> None:
        """Go on with sums that `state_dict` returned."""
        device = self._accelerator.device
        self._sums = {name: value.to(device) for name, value in state["sums"].items()}
        self._counts, self.last = dict(state["counts"]), state["last"]
