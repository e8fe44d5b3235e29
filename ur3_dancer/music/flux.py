"""Flux: the onset strength that the beat tracker hears."""

import numpy as np

_COMPRESSION = 1e4
_QUIETEST = 1e-2


class Flux:
    """Mean rise of log(1 + power) over mel bands, of the full mix.

    Relative to the loudest so far. The full mix and not its percussive part: on syncopated funk the
    latter locks on to the off-beat. log1p and not dB: what is barely audible must not count.

    Attributes:
        strength: of the newest frame, 0 where nothing rises.
    """

    def __init__(self):
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self.loudest = np.float32(_QUIETEST)
        self.previous: np.ndarray | None = None
        self.strength = 0.0

    def step(self, mel_power: np.ndarray) -> None:
        """Take the mel power spectrum of one frame in, (bands,) float32."""
        self.loudest = max(self.loudest, mel_power.max())
        level = np.log1p(mel_power * (np.float32(_COMPRESSION) / self.loudest))
        if self.previous is not None:
            self.strength = float(np.maximum(level - self.previous, 0).mean())
        self.previous = level
