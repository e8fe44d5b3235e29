"""The one interface of everything that dances: window in, chunk out."""

from dataclasses import dataclass
from typing import Protocol

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.music.window import Window


@dataclass(frozen=True)
class PolicySpec:
    """What a policy needs and gives.

    Attributes:
        name: as users call it, for instance `mdlt-t`.
        features: name of the feature specification, for instance `mdlt60`.
        window_frames: K, frames in a window.
        feature_count: F, numbers in a frame.
        rate_hz: windows a second, and poses a second in a chunk.
        horizon: H, poses in a chunk.
        pose_space: names and bounds of what the model speaks.
    """

    name: str
    features: str
    window_frames: int
    feature_count: int
    rate_hz: float
    horizon: int
    pose_space: PoseSpace


class Policy(Protocol):
    """Answers windows with chunks; never sees the robot, the clock or ROS."""

    spec: PolicySpec

    def reset(self) -> None:
        """Forget the song: the next window starts a new one."""
        ...

    def warm_up(self) -> None:
        """Pay every first-call cost (compilation, allocation) before anything moves."""
        ...

    def predict(self, window: Window) -> Chunk:
        """Return the poses that follow `window`.

        Args:
            window: frames (K, F) as the spec states. Windows may be lost between calls: the gap
                is known from `window.time_s`.

        Raises:
            ConfigError: the window has another shape than the spec states.
        """
        ...
