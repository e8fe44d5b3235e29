"""How far the executed motion is from the beat: joint-speed minima against beat times."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

_GRID_HZ = 200.0
_SMOOTHING_S = 0.03
_PROMINENCE_SHARE = 0.1


def speed_minima_s(times_s: np.ndarray, q_rad: np.ndarray) -> np.ndarray:
    """Return the times at which the arm is slowest between two moves.

    The speed is the Euclidean norm of joint velocities on an even grid, smoothed by a Gaussian of
    30 ms; a minimum counts when it lies a tenth of the 95th percentile of speed below its
    surroundings, so that a resting or trembling arm has none.

    Args:
        times_s: (T,) increasing times in seconds.
        q_rad: (T, 6) joint angles in rad.
    """
    if len(times_s) < 3:
        return np.empty(0)
    grid_s = np.arange(times_s[0], times_s[-1], 1.0 / _GRID_HZ)
    if len(grid_s) < 3:
        return np.empty(0)
    even = np.stack([np.interp(grid_s, times_s, joint) for joint in q_rad.T], axis=1)
    smooth = gaussian_filter1d(even, _SMOOTHING_S * _GRID_HZ, axis=0)
    speed = np.linalg.norm(np.gradient(smooth, 1.0 / _GRID_HZ, axis=0), axis=1)
    prominence = max(_PROMINENCE_SHARE * np.percentile(speed, 95), 1e-3)
    minima, _ = find_peaks(-speed, prominence=prominence)
    return grid_s[minima]


def beat_lags_s(minima_s: np.ndarray, beats_s: np.ndarray) -> np.ndarray:
    """Return for each beat the signed distance to the nearest minimum; negative is early.

    Minima further than half a beat period belong to another beat: such a beat has no lag.

    Args:
        minima_s: (M,) times of joint-speed minima in seconds.
        beats_s: (B,) increasing beat times in seconds.
    """
    if not len(minima_s) or len(beats_s) < 2:
        return np.empty(0)
    nearest = np.abs(beats_s[:, None] - minima_s[None, :]).argmin(axis=1)
    lags_s = minima_s[nearest] - beats_s
    periods_s = np.gradient(beats_s)
    return lags_s[np.abs(lags_s) <= periods_s / 2]


def summary(
    times_s: np.ndarray, q_rad: np.ndarray, beats_s: np.ndarray | None
) -> dict[str, float | int] | None:
    """Return median and interquartile range of the lag in ms and the number of beats measured.

    Only beats during the motion count. None where no beat is known or none could be measured.
    """
    if beats_s is None or len(times_s) < 3:
        return None
    beats_s = np.asarray(beats_s)
    during = beats_s[(beats_s >= times_s[0]) & (beats_s <= times_s[-1])]
    lags_ms = 1000 * beat_lags_s(speed_minima_s(times_s, q_rad), during)
    if not len(lags_ms):
        return None
    lower, median, upper = np.percentile(lags_ms, (25, 50, 75))
    return {"median": float(median), "iqr": float(upper - lower), "beats": len(lags_ms)}
