"""Short-time spectrum: the last window of sound, seen once a hop."""

import numpy as np
from scipy.signal import lfilter

from ur3_dancer.music.filters import hann
from ur3_dancer.music.spec import FeatureSpec

_HIGH_PASS_HZ = 10.0


class Spectrum:
    """High-pass and Hann-windowed magnitude spectrum of the newest `window_samples`.

    The first-order high-pass takes away a microphone's DC, which would otherwise fill the lowest
    bins. Its corner lies well below the lowest musical note that the features know (33 Hz).

    Attributes:
        sound: (hop,) float64, the newest hop after the high-pass.
        magnitude: (bins,) float32 of the newest frame.
    """

    def __init__(self, spec: FeatureSpec):
        self.hop = spec.hop_samples
        self.window = hann(spec.window_samples)
        pole = np.exp(-2 * np.pi * _HIGH_PASS_HZ / spec.sample_rate_hz)
        self.pole = pole
        self.gain = (1 + pole) / 2
        self.reset()

    def reset(self) -> None:
        """Forget all sound: the stream begins in silence, at the level of its first sample."""
        self.started = False
        self.high_pass_state = np.zeros(1)
        self.history = np.zeros(len(self.window))
        self.sound = np.zeros(self.hop)
        self.magnitude = np.zeros(len(self.window) // 2 + 1, np.float32)

    def step(self, samples: np.ndarray) -> None:
        """Take one hop of samples in."""
        if not self.started:
            self.high_pass_state[:] = -self.gain * samples[0]
            self.started = True
        self._transform(samples)

    def _transform(self, samples: np.ndarray) -> None:
        """Filter a hop and compute the spectrum that ends with it."""
        self.sound, self.high_pass_state = lfilter(
            [self.gain, -self.gain], [1.0, -self.pole], samples, zi=self.high_pass_state
        )
        self.history[: -self.hop] = self.history[self.hop :]
        self.history[-self.hop :] = self.sound
        self.magnitude = np.abs(np.fft.rfft(self.window * self.history)).astype(np.float32)
