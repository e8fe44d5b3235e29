"""What LM2D must know of the arm: how it moves when a body moves."""

from typing import Protocol

import numpy as np

from ur3_dancer.dance.pose_space import PoseSpace


class ArmOfBody(Protocol):
    """What is needed of an arm's configuration; `motion.arm_config.ArmConfig` is one."""

    home_rad: np.ndarray

    def pose_space(self) -> PoseSpace:
        """Return the joints and their bounds."""
        ...

    def joints_from_body(self, poses: np.ndarray, side: str = "right") -> np.ndarray:
        """Return (T, 6) joints in rad, within the bounds, for (T, 147) consecutive poses.

        Raises:
            ConfigError: poses that are not finite.
        """
        ...
