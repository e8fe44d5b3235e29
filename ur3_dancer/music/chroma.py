"""Chroma: how strongly each of the twelve pitch classes sounds."""

import numpy as np

C1_HZ = 440.0 * 2.0 ** (-45 / 12)
_OCTAVES = 7
_QUALITY = 17.0
QUIET = 1e-4
"""Silence below which chroma is not scaled up."""


class Chroma:
    """84 resonators, C1 to B7, folded to 12 pitch classes and scaled so that the largest is 1.

    Each resonator is a cascade of three equal complex one-pole filters (an all-pole gammatone),
    as wide as a semitone: Q = 1 / (2^(1/12) - 1). librosa's constant-Q kernel for C1 is 1.6 s long
    and centred, so half of it lies in the future; a resonator answers at once. The magnitudes are
    weighted by 1 / sqrt(frequency), which is librosa's `scale=True`. No tuning is estimated:
    A4 = 440 Hz.

    A hop is one matrix product: its states are `decay` times the states before, plus `drive` times
    the samples (the cascade's response to each sample, seen at the end of the hop).

    Attributes:
        values: (12,) float32 of the newest frame, starting at C.
    """

    def __init__(self, sample_rate_hz: int, hop: int):
        pitches = np.arange(12 * _OCTAVES)
        frequency_hz = C1_HZ * 2.0 ** (pitches / 12)
        # Three poles in a row are narrower than one: widen each by 1 / sqrt(2^(1/3) - 1).
        width_hz = frequency_hz / _QUALITY / np.sqrt(2 ** (1 / 3) - 1)
        radius = np.exp(-np.pi * width_hz / sample_rate_hz)
        self.pole = radius * np.exp(2j * np.pi * frequency_hz / sample_rate_hz)
        self.gain = 1 - radius
        self.weight = (np.sqrt(C1_HZ / frequency_hz)).astype(np.float32)
        power = self.pole**hop
        gain_hop = self.gain * hop
        self.decay = np.zeros((3, 3, len(pitches)), np.complex128)
        self.decay[0, 0] = self.decay[1, 1] = self.decay[2, 2] = power
        self.decay[1, 0] = self.decay[2, 1] = gain_hop * power
        self.decay[2, 0] = self.gain**2 * hop * (hop + 1) / 2 * power
        age = np.arange(hop - 1, -1, -1)
        response = self.pole[:, None] ** age
        drive = [
            self.gain[:, None] * response,
            self.gain[:, None] ** 2 * (age + 1) * response,
            self.gain[:, None] ** 3 * (age + 1) * (age + 2) / 2 * response,
        ]
        drive = np.concatenate(drive)
        self.drive = np.concatenate([drive.real, drive.imag]).astype(np.float32)
        self.reset()

    def reset(self) -> None:
        """Let every resonator come to rest."""
        self.states = np.zeros((3, 12 * _OCTAVES), np.complex128)
        self.values = np.zeros(12, np.float32)

    def step(self, sound: np.ndarray) -> None:
        """Take one hop of sound in, (hop,)."""
        driven = (self.drive @ sound.astype(np.float32)).reshape(2, 3, -1)
        self.states = (self.decay * self.states[None]).sum(axis=1) + driven[0] + 1j * driven[1]
        self.values = fold(np.abs(self.states[2]).astype(np.float32) * self.weight)


def fold(magnitudes: np.ndarray) -> np.ndarray:
    """Sum (84,) magnitudes over octaves and scale the largest to 1; silence stays near 0."""
    classes = magnitudes.reshape(_OCTAVES, 12).sum(axis=0)
    return classes / np.maximum(classes.max(), np.float32(QUIET))
