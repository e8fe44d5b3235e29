"""How far the executed motion is from the beat: joint-speed minima against beat times."""

import numpy as np

from ur3_dancer.motion.speed_minima import speed_minima_s


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
