"""MDLT-T as a policy: streams windows in, remembers what it promised, answers with chunks."""

import numpy as np
import torch

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.mdlt_t import MdltT
from ur3_dancer.dance.promises import NEWEST_SHARE, Promises
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.errors import CheckpointError
from ur3_dancer.music.window import Window


class MdltPolicy:
    """Dances with a trained MDLT-T, fed with the poses that it promised before.

    Args:
        checkpoint: configuration, with the normaliser.
        model: network with its weights.
    """

    def __init__(self, checkpoint: Checkpoint, model: MdltT):
        self.spec = checkpoint.spec
        self._normalizer = checkpoint.normalizer
        self._model = model.eval()
        home_unit = self.spec.pose_space.to_unit(checkpoint.home_rad)
        self._promises = Promises(
            home_unit,
            self.spec.window_frames,
            self.spec.horizon,
            self.spec.rate_hz,
            NEWEST_SHARE,
        )

    def reset(self) -> None:
        """Forget the song and all promises; the arm is taken to stand at home."""
        self._promises.reset()

    def warm_up(self) -> None:
        """Predict a few times, so that nothing is allocated or chosen for the first time later.

        Pins torch to one thread in this process: two wait for each other at every operation, and
        beside other work the slowest prediction then takes over a second.

        Raises:
            CheckpointError: what is predicted is not finite.
        """
        torch.set_num_threads(1)
        frames = np.zeros((self.spec.window_frames, self.spec.feature_count), np.float32)
        for i in range(8):
            chunk = self.predict(Window(frames, i / self.spec.rate_hz, self.spec.rate_hz))
            if not np.isfinite(chunk.targets_rad).all():
                raise CheckpointError(
                    f"model {self.spec.name} predicts values that are not finite: "
                    "train it again, or choose another model"
                )
        self.reset()

    def predict(self, window: Window) -> Chunk:
        """Return the next H poses; see `Policy.predict`. Values not finite are heard as 0."""
        check_window(window, self.spec)
        frames = np.nan_to_num(window.frames, nan=0.0, posinf=0.0, neginf=0.0)
        music = self._normalizer.apply(frames)
        past = self._promises.past(window.time_s)
        with torch.inference_mode():
            answer = self._model.last(
                torch.from_numpy(music)[None], torch.from_numpy(past.astype(np.float32))[None]
            )
        poses = self._promises.keep(answer[0].numpy().astype(float))
        step_s = 1.0 / self.spec.rate_hz
        return Chunk(self.spec.pose_space.to_rad(poses), window.time_s + step_s, step_s)
