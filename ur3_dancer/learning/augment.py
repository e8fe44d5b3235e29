"""What lies between a song and its listener: gain, equaliser, noise. Modest, seeded."""

import numpy as np
from scipy.signal import lfilter

_GAIN_DB = (-14.0, 3.0)
_EQ_DB = 6.0
_EQ_BANDS = 3
_SNR_DB = (20.0, 50.0)


def augment(samples: np.ndarray, rate_hz: int, random: np.random.Generator) -> np.ndarray:
    """Return (n,) float32 samples as a microphone in some room might have caught them."""
    heard = samples.astype(np.float64)
    for _ in range(_EQ_BANDS):
        centre_hz = np.exp(random.uniform(np.log(80.0), np.log(8000.0)))
        b, a = peak_filter(centre_hz, random.uniform(-_EQ_DB, _EQ_DB), rate_hz)
        heard = lfilter(b, a, heard)
    power = float(np.mean(heard**2))
    noise = random.standard_normal(len(heard))
    heard += noise * np.sqrt(power / 10 ** (random.uniform(*_SNR_DB) / 10))
    peak = float(np.abs(heard).max())
    gain = 10 ** (random.uniform(*_GAIN_DB) / 20) / max(peak, 1e-9)
    return np.clip(heard * gain, -1.0, 1.0).astype(np.float32)


def peak_filter(
    centre_hz: float, gain_db: float, rate_hz: int, q: float = 0.7
) -> tuple[np.ndarray, np.ndarray]:
    """Return a peaking equaliser, b and a of a biquad (Bristow-Johnson's cookbook)."""
    amplitude = 10 ** (gain_db / 40)
    angle = 2 * np.pi * centre_hz / rate_hz
    alpha = np.sin(angle) / (2 * q)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(angle), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(angle), 1 - alpha / amplitude])
    return b / a[0], a / a[0]
