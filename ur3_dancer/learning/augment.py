"""What lies between a song and its listener: room, equaliser, noise, gain. Modest, seeded."""

import numpy as np
from scipy.signal import lfilter, oaconvolve

_GAIN_DB = (-14.0, 3.0)
_EQ_DB = 6.0
_EQ_BANDS = 3
_SNR_DB = (20.0, 50.0)
_DECAY_S = (0.15, 0.9)
"""Reverberation time (60 dB) from a small furnished room to a hall with an audience."""
_DIRECT_DB = (0.0, 14.0)
"""Energy of the direct sound over that of all reflections: from further than a room's critical
distance to near the loudspeaker."""
_FIRST_REFLECTION_S = (0.002, 0.015)
_TREBLE_DECAY = (0.3, 0.7)
"""Share of the reverberation time that is left at high frequencies: air and cloth absorb them."""


def augment(
    samples: np.ndarray, rate_hz: int, random: np.random.Generator, has_room: bool = False
) -> np.ndarray:
    """Return (n,) float32 samples as a microphone might have caught them.

    Args:
        samples: (n,) the song.
        rate_hz: samples a second.
        random: draws the equaliser, the noise, the gain and the room.
        has_room: with reverberation; without, as from a cable.
    """
    heard = samples.astype(np.float64)
    if has_room:
        heard = reverberate(heard, room_response(rate_hz, random))
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


def room_response(rate_hz: int, random: np.random.Generator) -> np.ndarray:
    """Return the impulse response of some room, (n,) float64; the direct sound is its first sample.

    Reflections are noise that decays by 60 dB in the reverberation time, faster at high
    frequencies; they set in a few milliseconds after the direct sound (Moorer 1979).
    """
    decay_s, treble = random.uniform(*_DECAY_S), random.uniform(*_TREBLE_DECAY)
    time_s = np.arange(int(decay_s * rate_hz)) / rate_hz
    bass, bright = random.standard_normal((2, len(time_s)))
    # One pole at 2 kHz parts the noise in two bands with a decay of their own.
    pole = np.exp(-2 * np.pi * 2000.0 / rate_hz)
    low = lfilter([1 - pole], [1, -pole], bass)
    high = bright - lfilter([1 - pole], [1, -pole], bright)
    tail = low / np.std(low) * 10 ** (-3.0 * time_s / decay_s)
    tail += 0.5 * high / np.std(high) * 10 ** (-3.0 * time_s / (treble * decay_s))
    tail *= 10 ** (-random.uniform(*_DIRECT_DB) / 20) / np.sqrt(np.sum(tail**2))
    delay = np.zeros(int(random.uniform(*_FIRST_REFLECTION_S) * rate_hz))
    return np.concatenate([[1.0], delay, tail])


def reverberate(samples: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Return (n,) samples as heard through a room; nothing is delayed, the last echo is cut off."""
    return oaconvolve(samples, response)[: len(samples)]


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
