"""When an arm is slowest between two moves: what a person sees as being on the beat, or off it."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

_GRID_HZ = 200.0
_SMOOTHING_S = 0.03
_PROMINENCE_SHARE = 0.1
_RESTING_RAD_S = 0.02


def speed_minima_s(times_s: np.ndarray, q_rad: np.ndarray) -> np.ndarray:
    """Return the times of joint-speed minima, in seconds.

    The speed is the Euclidean norm of joint velocities on an even grid, smoothed by a Gaussian of
    30 ms. A minimum counts when it lies a tenth of the 95th percentile of speed below its
    surroundings; an arm whose 95th percentile is below 0.02 rad/s rests or trembles and has none.

    Args:
        times_s: (T,) increasing times in seconds.
        q_rad: (T, 6) joint angles in rad.
    """
    if len(times_s) < 3 or times_s[-1] - times_s[0] < 3 / _GRID_HZ:
        return np.empty(0)
    grid_s = np.arange(times_s[0], times_s[-1], 1.0 / _GRID_HZ)
    even = np.stack([np.interp(grid_s, times_s, joint) for joint in q_rad.T], axis=1)
    smooth = gaussian_filter1d(even, _SMOOTHING_S * _GRID_HZ, axis=0)
    speed = np.linalg.norm(np.gradient(smooth, 1.0 / _GRID_HZ, axis=0), axis=1)
    lively = float(np.percentile(speed, 95))
    if lively < _RESTING_RAD_S:
        return np.empty(0)
    minima, _ = find_peaks(-speed, prominence=_PROMINENCE_SHARE * lively)
    return grid_s[minima]
