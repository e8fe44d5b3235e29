"""Pitched instruments: wavetable voices that grow darker as they ring."""

from dataclasses import dataclass

import numpy as np

_TABLE = 4096


@dataclass(frozen=True)
class Voice:
    """A timbre.

    Attributes:
        bright, dark: roll-off of the harmonics at the stroke and as it rings; 1 is a sawtooth.
        odd_only: leave even harmonics out, as a clarinet or a square wave does.
        attack_s, decay_s: envelope; the decay is exponential down to `sustain`.
        sustain: 0..1 level that is held until the note's end.
        detune: relative detuning of a second voice; 0 for one voice.
    """

    bright: float
    dark: float
    odd_only: bool = False
    attack_s: float = 0.004
    decay_s: float = 0.3
    sustain: float = 0.2
    detune: float = 0.0


BASSES = (
    Voice(1.2, 2.2, decay_s=0.25, sustain=0.35),
    Voice(1.6, 3.0, odd_only=True, decay_s=0.4, sustain=0.5),
    Voice(2.5, 4.0, decay_s=0.6, sustain=0.2),
)
CHORDS = (
    Voice(1.3, 2.6, attack_s=0.06, decay_s=1.5, sustain=0.6, detune=0.004),
    Voice(1.8, 3.0, decay_s=0.35, sustain=0.0, detune=0.002),
    Voice(2.2, 3.5, attack_s=0.01, decay_s=0.9, sustain=0.1),
)
LEADS = (
    Voice(1.0, 1.6, decay_s=0.3, sustain=0.3, detune=0.003),
    Voice(1.4, 2.4, odd_only=True, attack_s=0.015, decay_s=0.4, sustain=0.5),
    Voice(2.6, 4.0, decay_s=0.5, sustain=0.0),
)


def note(voice: Voice, midi: float, length_s: float, rate_hz: int) -> np.ndarray:
    """Return one note, (n,) float32 with a peak near 1; `midi` 69 is A4, 440 Hz."""
    pitch_hz = 440.0 * 2.0 ** ((midi - 69) / 12)
    count = max(int(length_s * rate_hz), 1)
    time_s = np.arange(count, dtype=np.float32) / np.float32(rate_hz)
    fading = np.exp(-time_s / np.float32(voice.decay_s))
    harmonics = int(max(1, min(24, 0.4 * rate_hz / pitch_hz)))
    bright = _table(voice.bright, voice.odd_only, harmonics)
    dark = _table(voice.dark, voice.odd_only, harmonics)
    sound = np.zeros(count, np.float32)
    for detune in {0.0, voice.detune}:
        phase = np.arange(count) * (pitch_hz * (1 + detune) / rate_hz * _TABLE)
        index = phase.astype(np.int64) % _TABLE
        sound += fading * bright[index] + (1 - fading) * dark[index]
    envelope = voice.sustain + (1 - voice.sustain) * fading
    envelope *= np.minimum(1, time_s / np.float32(voice.attack_s))
    release = min(count, int(0.02 * rate_hz))
    envelope[count - release :] *= np.linspace(1, 0, release, dtype=np.float32)
    return (sound * envelope).astype(np.float32)


def _table(roll_off: float, odd_only: bool, harmonics: int) -> np.ndarray:
    """Return one period of the harmonics `1 / k ** roll_off`, (4096,) float32, peak 1."""
    k = np.arange(1, harmonics + 1, 2 if odd_only else 1)
    spectrum = np.zeros(_TABLE // 2 + 1, complex)
    spectrum[k] = -1j / k.astype(float) ** roll_off
    period = np.fft.irfft(spectrum)
    return (period / np.abs(period).max()).astype(np.float32)
