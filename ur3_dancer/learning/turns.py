"""Whole turns: they make no difference to an arm, but they do to bounds and to errors."""

import numpy as np


def around_neutral(angles_rad: np.ndarray) -> np.ndarray:
    """Return (T, A) angles whose means lie within half a turn of neutral.

    The angles of a dance are continuous in time, so one that began beyond half a turn stays there.
    """
    turns = np.round(np.mean(angles_rad, axis=0, dtype=float) / (2 * np.pi))
    return angles_rad - (2 * np.pi * turns).astype(np.asarray(angles_rad).dtype)
