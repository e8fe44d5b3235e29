"""MDLT-M as a policy: takes each frame in once, whatever the window's length.

The network remembers, so of a window only the frames are taken in that were not heard yet. After
lost windows these are several, and nothing is missing; the poses of their times are what was
promised for them, which the arm has played meanwhile. When more than a window was lost, or time
runs backwards, the network forgets and hears the whole window.
"""

import numpy as np

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.mdlt_m import MdltM
from ur3_dancer.dance.mdlt_m_live import LiveMdltM
from ur3_dancer.dance.promises import NEWEST_SHARE, Promises
from ur3_dancer.dance.warm_up import warm_up_network
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.music.window import Window


class MdltMPolicy:
    """Dances with a trained MDLT-M, fed with the poses that it promised before.

    Args:
        checkpoint: configuration, with the normaliser.
        model: network with its weights, which are copied.
    """

    def __init__(self, checkpoint: Checkpoint, model: MdltM):
        self.spec = checkpoint.spec
        self._normalizer = checkpoint.normalizer
        self._live = LiveMdltM(model)
        home_unit = self.spec.pose_space.to_unit(checkpoint.home_rad)
        self._promises = Promises(
            home_unit,
            self.spec.window_frames,
            self.spec.horizon,
            self.spec.rate_hz,
            NEWEST_SHARE,
        )
        self._heard_s: float | None = None

    def reset(self) -> None:
        """Forget the song and all promises; the arm is taken to stand at home."""
        self._promises.reset()
        self._live.reset()
        self._heard_s = None

    def warm_up(self) -> None:
        """Pay every first-call cost; see `warm_up_network`."""
        warm_up_network(self)

    def predict(self, window: Window) -> Chunk:
        """Return the next H poses; see `Policy.predict`. Values not finite are heard as 0."""
        check_window(window, self.spec)
        first = self.spec.window_frames - self._unheard(window.time_s)
        past = self._promises.past(window.time_s)[first:].astype(np.float32)
        frames = np.nan_to_num(window.frames[first:], nan=0.0, posinf=0.0, neginf=0.0)
        for music, pose in zip(self._normalizer.apply(frames), past, strict=True):
            self._live.hear(music, pose)
        poses = self._promises.keep(self._live.answer().astype(float))
        step_s = 1.0 / self.spec.rate_hz
        return Chunk(self.spec.pose_space.to_rad(poses), window.time_s + step_s, step_s)

    def _unheard(self, time_s: float) -> int:
        """Return how many of a window's newest frames are to be taken in; move on to its time."""
        before_s, self._heard_s = self._heard_s, time_s
        if before_s is not None:
            elapsed = round((time_s - before_s) * self.spec.rate_hz)
            if 0 <= elapsed <= self.spec.window_frames:
                return elapsed
        self._live.reset()
        return self.spec.window_frames
