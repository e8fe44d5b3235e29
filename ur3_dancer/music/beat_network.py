"""Beat network: how much each frame sounds like a beat."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ur3_dancer.errors import CheckpointError
from ur3_dancer.music.beat_bands import BANDS
from ur3_dancer.resources import find

DELAY_FRAMES = 2.0
"""The network answers a stroke this many frames after it: it must first be seen to be one."""


class BeatNetwork:
    """Two gated recurrent layers (Cho et al. 2014, as PyTorch lays them out) side by side.

    Their memory is what tells a beat from an off-beat that sounds alike. One was trained on clean
    generated songs, the other on songs heard in noise, among other music and with some bands deaf.
    The first is surer of drums, the second of recordings; the surer of the two is believed. Made by
    `python -m ur3_dancer.learning.train_beat`.

    Attributes:
        activation: 0..1, probability that a beat fell `DELAY_FRAMES` before the newest frame.
    """

    def __init__(self, folder: Path | None = None):
        weights = _load(folder or find("resource/checkpoints/beat"))
        self.input_weight, self.input_bias = weights["weight_ih"], weights["bias_ih"]
        self.state_weight, self.state_bias = weights["weight_hh"], weights["bias_hh"]
        self.output_weight, self.output_bias = weights["output_weight"], weights["output_bias"]
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        self.state = np.zeros(self.output_weight.shape, np.float32)
        self.activation = 0.0

    def step(self, bands: np.ndarray) -> None:
        """Take the (2 * BANDS,) float32 beat bands of one frame in."""
        size = self.state.shape[1]
        driven = self.input_weight @ bands + self.input_bias
        carried = (self.state_weight @ self.state[:, :, None])[:, :, 0] + self.state_bias
        gates = _sigmoid(driven[:, : 2 * size] + carried[:, : 2 * size])
        reset, keep = gates[:, :size], gates[:, size:]
        candidate = np.tanh(driven[:, 2 * size :] + reset * carried[:, 2 * size :])
        self.state = candidate + keep * (self.state - candidate)
        logits = (self.output_weight * self.state).sum(axis=1) + self.output_bias
        self.activation = float(_sigmoid(logits.max()))


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * (np.float32(1.0) + np.tanh(np.float32(0.5) * value))


def _load(folder: Path) -> dict[str, np.ndarray]:
    """Return the checked weights of a checkpoint folder."""
    path = folder / "model.safetensors"
    try:
        config = json.loads((folder / "config.json").read_text())
        weights = load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"beat network {folder} cannot be read ({error}): install the package again, or train "
            "it with `python -m ur3_dancer.learning.train_beat`"
        ) from None
    count, size = int(config.get("networks", 0)), int(config.get("hidden", 0))
    shapes = {
        "weight_ih": (count, 3 * size, 2 * BANDS),
        "weight_hh": (count, 3 * size, size),
        "bias_ih": (count, 3 * size),
        "bias_hh": (count, 3 * size),
        "output_weight": (count, size),
        "output_bias": (count,),
    }
    for name, shape in shapes.items():
        found = weights[name].shape if name in weights else "nothing"
        if found != shape or not np.isfinite(weights[name]).all():
            raise CheckpointError(
                f"beat network {path}: {name} is {found} where finite {shape} is needed: train it "
                "again with `python -m ur3_dancer.learning.train_beat`"
            )
    return {name: np.ascontiguousarray(weights[name], np.float32) for name in shapes}
