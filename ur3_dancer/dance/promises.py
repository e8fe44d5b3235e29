"""What a policy promised: the past that an autoregressive model is fed with."""

import numpy as np


class Promises:
    """The latest promise for each frame time from K - 1 frames ago to H frames ahead.

    Frames whose window was lost keep the promise of an earlier chunk; beyond its end the last pose
    is held, as the arm does.

    Args:
        home: (J,) pose that counts as promised at first.
        window_frames: K.
        horizon: H.
        rate_hz: frames a second.
    """

    def __init__(self, home: np.ndarray, window_frames: int, horizon: int, rate_hz: float):
        self._home, self._K, self._rate_hz = np.array(home, float), window_frames, rate_hz
        self._poses = np.empty((window_frames + horizon, len(self._home)))
        self.reset()

    def reset(self) -> None:
        """Forget everything: home was promised for all times."""
        self._poses[:] = self._home
        self._time_s: float | None = None

    def past(self, time_s: float) -> np.ndarray:
        """Move on to the frame at `time_s` and return the (K, J) poses promised up to it.

        The same time again stays where it is; a time before the last one is another stream, so
        everything is forgotten.
        """
        elapsed = 0
        if self._time_s is not None:
            elapsed = round((time_s - self._time_s) * self._rate_hz)
            if elapsed < 0:
                self.reset()
        self._time_s = time_s
        gone = min(max(elapsed, 0), len(self._poses) - 1)
        if gone:
            self._poses[:-gone] = self._poses[gone:].copy()
            self._poses[-gone:] = self._poses[-gone - 1]
        return self._poses[: self._K].copy()

    def keep(self, poses: np.ndarray) -> None:
        """Take the (H, J) poses that follow the current frame as promised."""
        self._poses[self._K :] = poses
