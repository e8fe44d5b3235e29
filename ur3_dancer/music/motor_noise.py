"""Motor noise: what the arm itself adds to the sound, for tests of hearing beside it."""

import numpy as np

_JOINTS = 6
_GEAR_RATIO = 101.0
_ORDERS = (2, 6, 12, 24)
_FASTEST_RAD_S = 2.5


def motor_noise(count: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """Return the noise of six joints that dance to a rhythm of their own, (count,) float32, RMS 1.

    Each joint swings at 0.3 to 1.3 Hz. Its motor turns 101 times as fast (a harmonic drive's usual
    ratio) and whines at a few multiples of that, so the whine glides up and down with the speed;
    bearings hiss in proportion. Loudness therefore pulses twice a swing, at 0.6 to 2.6 Hz, which is
    where beats are: the worst that noise can do to a beat tracker.
    """
    time_s = np.arange(count) / rate_hz
    sound = np.zeros(count)
    for _ in range(_JOINTS):
        swing_hz, phase = rng.uniform(0.3, 1.3), rng.uniform(0.0, 2 * np.pi)
        fastest_rad_s = rng.uniform(0.3, 1.0) * _FASTEST_RAD_S
        speed_rad_s = fastest_rad_s * np.abs(np.sin(2 * np.pi * swing_hz * time_s + phase))
        turned_rad = np.cumsum(speed_rad_s) * _GEAR_RATIO / rate_hz
        whine = sum(
            rng.uniform(0.3, 1.0) / np.sqrt(order) * np.sin(order * turned_rad) for order in _ORDERS
        )
        hiss = np.diff(rng.normal(0.0, 0.4, count), prepend=0.0) + rng.normal(0.0, 0.3, count)
        sound += speed_rad_s * (whine + hiss)
    return (sound / np.sqrt(np.mean(sound**2))).astype(np.float32)


def beside_motors(samples: np.ndarray, rate_hz: int, snr_db: float, seed: int) -> np.ndarray:
    """Return (n,) music with motor noise `snr_db` below it, scaled to stay within -1..1."""
    noise = motor_noise(len(samples), rate_hz, np.random.default_rng(seed))
    level = np.sqrt(np.mean(samples.astype(float) ** 2)) * 10 ** (-snr_db / 20)
    mixed = samples + noise * np.float32(level)
    return mixed / max(1.0, float(np.abs(mixed).max()))
