"""The dancer that does not dance: base-line and control of every measure."""

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window


class MeanPosePolicy:
    """Answers every window with one frozen pose.

    Args:
        pose_space: what the pose speaks.
        pose_rad: (D,) the pose, inside the bounds.
        features: name of the feature specification.
        window_frames: K.
        horizon_s: how far ahead chunks reach, in seconds.
    """

    def __init__(
        self,
        pose_space: PoseSpace,
        pose_rad: np.ndarray,
        features: str = "mdlt60",
        window_frames: int = 20,
        horizon_s: float = 0.5,
    ):
        self._pose_rad = np.array(pose_rad, float)
        if not (np.abs(pose_space.to_unit(self._pose_rad)) <= 1.0).all():
            raise ConfigError(
                f"pose {self._pose_rad.tolist()} rad lies beyond the bounds of pose space "
                f"{pose_space.name}: move it inside"
            )
        music = feature_spec(features)
        self.spec = PolicySpec(
            name="mean-pose",
            features=features,
            window_frames=window_frames,
            feature_count=music.count,
            rate_hz=music.rate_hz,
            horizon=round(horizon_s * music.rate_hz),
            pose_space=pose_space,
        )

    def reset(self) -> None:
        """Do nothing: there is no memory."""

    def warm_up(self) -> None:
        """Do nothing: there is no first-call cost."""

    def predict(self, window: Window) -> Chunk:
        """Return the frozen pose; see `Policy.predict`."""
        check_window(window, self.spec)
        step_s = 1.0 / self.spec.rate_hz
        targets_rad = np.tile(self._pose_rad, (self.spec.horizon, 1))
        return Chunk(targets_rad, window.time_s + step_s, step_s)
