"""Where the beat will be: the beats of one window, laid on a line and prolonged."""

import numpy as np

from ur3_dancer.dance.beat_keeper import BeatKeeper
from ur3_dancer.dance.lm2d.conditions import CLOCK_WIDTH
from ur3_dancer.dance.lm2d.config import Lm2dConfig

_CYCLES_BEATS = (1, 2, 4)


def token_offsets(config: Lm2dConfig) -> np.ndarray:
    """Return (L,) frames from the newest one heard to each pose, the prefix included."""
    return config.commit_frames + 1 - config.prefix_frames + np.arange(config.frames)


def clock_ahead(beat_column: np.ndarray, rate_hz: float, offsets: np.ndarray) -> np.ndarray:
    """Return where in the beat some frames fall, as foretold at the end of a window.

    Beats are counted from an arbitrary one, so the place in two or four beats tells only how
    frames lie to each other: a dancer sees the rest from its own promised poses.

    Args:
        beat_column: (K,) 1 where a beat fell, newest frame last; raw or normalised.
        rate_hz: frames a second.
        offsets: (L,) frames after the newest one; negative is past.

    Returns:
        (L, 7) float32: cosine and sine of the place in one, two and four beats, and 1; zeros when
        the window has no regular beat.
    """
    keeper = BeatKeeper()
    keeper.hear(beat_column, 0.0, 1.0 / rate_hz)
    clock = np.zeros((len(offsets), CLOCK_WIDTH), np.float32)
    if keeper.grid is None:
        return clock
    grid = keeper.grid
    beats = (np.asarray(offsets) / rate_hz - grid.anchor_s) / grid.period_s + grid.number
    for i, cycle in enumerate(_CYCLES_BEATS):
        angle = 2.0 * np.pi * beats / cycle
        clock[:, 2 * i], clock[:, 2 * i + 1] = np.cos(angle), np.sin(angle)
    clock[:, -1] = 1.0
    return clock
