"""Drum kit: one-shots, synthesised from a seed or chosen from a folder of recordings."""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import AudioError
from ur3_dancer.music.resample import Resampler

VOICES = ("kick", "snare", "clap", "hat", "open_hat", "ride", "tom", "rim")

_RECORDINGS = {
    "kick": ("bd_*", "drum_bass_*", "drum_heavy_kick*"),
    "snare": ("sn_*", "drum_snare_*"),
    "clap": ("sn_*", "drum_snare_*"),
    "hat": ("hat_*", "drum_cymbal_closed*"),
    "open_hat": ("drum_cymbal_open*", "hat_gump*", "hat_metal*"),
    "ride": ("drum_cymbal_soft*", "drum_cymbal_pedal*"),
    "tom": ("drum_tom_*",),
    "rim": ("drum_cowbell*", "hat_tap*"),
}
_LONGEST_S = 1.2


def synthesise_kit(rng: np.random.Generator, rate_hz: int) -> dict[str, np.ndarray]:
    """Return a one-shot for each of `VOICES`, (n,) float32, with a character drawn from `rng`."""
    return {
        "kick": _drum(
            rng, rate_hz, (42, 60), (90, 220), glide_s=0.03, tone_s=(0.12, 0.3), click=0.25
        ),
        "snare": _drum(
            rng, rate_hz, (150, 220), (40, 90), glide_s=0.02, tone_s=(0.06, 0.12), noise=0.8
        ),
        "clap": _clap(rng, rate_hz),
        "hat": _cymbal(rng, rate_hz, (0.02, 0.05), 6500),
        "open_hat": _cymbal(rng, rate_hz, (0.15, 0.3), 6000),
        "ride": _cymbal(rng, rate_hz, (0.25, 0.5), 4500) * np.float32(0.6),
        "tom": _drum(rng, rate_hz, (80, 130), (40, 80), glide_s=0.06, tone_s=(0.15, 0.3)),
        "rim": _drum(
            rng, rate_hz, (420, 800), (0, 10), glide_s=0.01, tone_s=(0.015, 0.04), click=0.3
        ),
    }


def recorded_kit(
    rng: np.random.Generator, rate_hz: int, folder: Path | str
) -> dict[str, np.ndarray]:
    """Return one-shots drawn from recordings named as in Sonic Pi's sample library.

    A voice that the folder has nothing for is synthesised.

    Raises:
        AudioError: the folder has no usable recording at all.
    """
    import soundfile

    kit, found = synthesise_kit(rng, rate_hz), False
    for voice, patterns in _RECORDINGS.items():
        paths = sorted(path for pattern in patterns for path in Path(folder).glob(pattern))
        if not paths:
            continue
        path = paths[rng.integers(len(paths))]
        try:
            sound, recorded_hz = soundfile.read(path, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError(f"drum recording {path} cannot be read ({error}): remove it") from None
        kit[voice] = _trimmed(sound.mean(axis=1), recorded_hz, rate_hz)
        found = True
    if not found:
        raise AudioError(f"{folder} holds no drum recordings (bd_*, sn_*, hat_* ...): give another")
    return kit


def _trimmed(sound: np.ndarray, recorded_hz: int, rate_hz: int) -> np.ndarray:
    """Resample, cut the silence before the stroke, fade the end, and scale to a peak of 1."""
    resampler = Resampler(recorded_hz, rate_hz)
    sound = resampler.process(np.concatenate([sound, np.zeros(200, np.float32)]))
    peak = max(float(np.abs(sound).max()), 1e-6)
    first = int(np.argmax(np.abs(sound) > 0.1 * peak))
    sound = sound[max(first - rate_hz // 500, 0) :][: int(_LONGEST_S * rate_hz)] / np.float32(peak)
    fade = min(len(sound), rate_hz // 50)
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return sound.astype(np.float32)


def _drum(rng, rate_hz, pitch_hz, sweep_hz, glide_s, tone_s, click=0.0, noise=0.0) -> np.ndarray:
    """A skin: a sine that falls in pitch, with a click and rattling wires as wanted."""
    decay_s = rng.uniform(*tone_s)
    time_s = np.arange(int(min(6 * max(decay_s, 0.05), _LONGEST_S) * rate_hz)) / rate_hz
    pitch = rng.uniform(*pitch_hz) + rng.uniform(*sweep_hz) * np.exp(-time_s / glide_s)
    sound = np.sin(2 * np.pi * np.cumsum(pitch) / rate_hz) * np.exp(-time_s / decay_s)
    hiss = rng.normal(0, 0.4, len(time_s))
    if click:
        sound += click * hiss * np.exp(-time_s / 0.003)
    if noise:
        wires = np.diff(hiss, prepend=0.0) * rng.uniform(0.3, 0.8) + 0.5 * hiss
        sound = 0.6 * sound + noise * wires * np.exp(-time_s / rng.uniform(0.05, 0.12))
    return _faded(sound, rate_hz)


def _clap(rng: np.random.Generator, rate_hz: int) -> np.ndarray:
    """Three bursts of noise within 25 ms and a short room."""
    time_s = np.arange(int(0.4 * rate_hz)) / rate_hz
    bursts = [(0.0, 0.006), (0.011, 0.006), (0.022, rng.uniform(0.06, 0.12))]
    envelope = sum(np.exp(-(time_s - at) / decay) * (time_s >= at) for at, decay in bursts)
    hiss = rng.normal(0, 0.5, len(time_s))
    return _faded(np.diff(hiss, prepend=0.0) * envelope, rate_hz)


def _cymbal(rng: np.random.Generator, rate_hz: int, decay_s, base_hz: float) -> np.ndarray:
    """Metal: a few inharmonic partials in a bright hiss."""
    decay = rng.uniform(*decay_s)
    time_s = np.arange(int(min(6 * decay, _LONGEST_S) * rate_hz)) / rate_hz
    partials_hz = base_hz * rng.uniform(0.7, 2.2, 6)
    metal = np.sin(2 * np.pi * partials_hz[:, None] * time_s).sum(axis=0) / 6
    hiss = np.diff(rng.normal(0, 0.5, len(time_s) + 1))
    return _faded((0.4 * metal + 0.6 * hiss) * np.exp(-time_s / decay), rate_hz)


def _faded(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """Fade the last 5 ms so that no one-shot ends in a click, and scale to a peak of 1."""
    fade = rate_hz // 200
    sound[-fade:] *= np.linspace(1, 0, fade)
    return (sound / np.abs(sound).max()).astype(np.float32)
