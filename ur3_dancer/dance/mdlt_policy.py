"""MDLT-T as a policy: streams windows in, remembers what it promised, answers with chunks.

Serves any network that reads a window anew for each answer.
"""

from typing import Protocol

import numpy as np
import torch

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.dance_network import DanceNetwork
from ur3_dancer.dance.mdlt_t import MdltT
from ur3_dancer.dance.mdlt_t_live import LiveMdltT
from ur3_dancer.dance.promises import NEWEST_SHARE, Promises
from ur3_dancer.dance.warm_up import warm_up_network
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.music.window import Window


class WindowNetwork(Protocol):
    """What answers one window."""

    def answer(self, music: np.ndarray, past: np.ndarray) -> np.ndarray:
        """Return (H, J) unit poses for (K, F) normalised music and (K, J) past unit poses."""
        ...


class MdltPolicy:
    """Dances with a trained network, fed with the poses that it promised before.

    Args:
        checkpoint: configuration, with the normaliser.
        model: network with its weights.
        live: how windows are answered; by default the quickest way there is for the network.
    """

    def __init__(
        self, checkpoint: Checkpoint, model: DanceNetwork, live: WindowNetwork | None = None
    ):
        self.spec = checkpoint.spec
        self._normalizer = checkpoint.normalizer
        self._live = live or (LiveMdltT(model) if isinstance(model, MdltT) else Plain(model))
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
        """Pay every first-call cost; see `warm_up_network`."""
        warm_up_network(self)

    def predict(self, window: Window) -> Chunk:
        """Return the next H poses; see `Policy.predict`. Values not finite are heard as 0."""
        check_window(window, self.spec)
        frames = np.nan_to_num(window.frames, nan=0.0, posinf=0.0, neginf=0.0)
        music = self._normalizer.apply(frames)
        past = self._promises.past(window.time_s).astype(np.float32)
        poses = self._promises.keep(self._live.answer(music, past).astype(float))
        step_s = 1.0 / self.spec.rate_hz
        return Chunk(self.spec.pose_space.to_rad(poses), window.time_s + step_s, step_s)


class Plain:
    """Answers windows with the network as it was trained: the reference of every quicker way."""

    def __init__(self, model: DanceNetwork):
        self._model = model.eval()

    @torch.inference_mode()
    def answer(self, music: np.ndarray, past: np.ndarray) -> np.ndarray:
        """See `WindowNetwork.answer`."""
        music, past = torch.from_numpy(music)[None], torch.from_numpy(past)[None]
        return self._model.last(music, past)[0].numpy()
