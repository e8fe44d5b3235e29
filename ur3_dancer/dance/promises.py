"""What a policy promised: the past that an autoregressive model is fed with."""

import numpy as np

NEWEST_SHARE = 0.4
"""What the newest chunk of a network counts; the same in training and live."""


class Promises:
    """The latest promise for each frame time from K - 1 frames ago to H frames ahead.

    Frames whose window was lost keep the promise of an earlier chunk; beyond its end the last pose
    is held, as the arm does.

    Args:
        home: (J,) pose that counts as promised at first.
        window_frames: K.
        horizon: H.
        rate_hz: frames a second.
        newest_share: what the newest chunk counts where an earlier one has promised too. Below 1,
            several opinions on one moment are averaged (temporal ensembling, Zhao et al. 2023):
            chunks follow each other without jumps, and without the lag of a filter over time.
    """

    def __init__(
        self,
        home: np.ndarray,
        window_frames: int,
        horizon: int,
        rate_hz: float,
        newest_share: float = 1.0,
    ):
        self._home, self._K, self._rate_hz = np.array(home, float), window_frames, rate_hz
        self._newest_share = newest_share
        self._poses = np.empty((window_frames + horizon, len(self._home)))
        self.reset()

    def reset(self) -> None:
        """Forget everything: home was promised for all times."""
        self._poses[:] = self._home
        self._time_s: float | None = None
        self._promised = 0

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
            self._promised = max(0, self._promised - gone)
        return self._poses[: self._K].copy()

    def keep(self, poses: np.ndarray) -> np.ndarray:
        """Take the (H, J) poses that follow the current frame; return what is now promised."""
        ahead, known = self._poses[self._K :], self._promised
        ahead[:known] += self._newest_share * (poses[:known] - ahead[:known])
        ahead[known:] = poses[known:]
        self._promised = len(poses)
        return ahead.copy()
