"""A policy that speaks the four angles of a human arm, dancing with a robot's joints."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import Policy
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.music.window import Window


class ArmOfAngles(Protocol):
    """What is needed of an arm's configuration; `motion.arm_config.ArmConfig` is one."""

    def pose_space(self) -> PoseSpace:
        """Return the joints and their bounds."""
        ...

    def joints_from_arm_angles(self, angles_rad: np.ndarray) -> np.ndarray:
        """Return (..., 6) joints in rad, within the bounds, for (..., 4) angles of `MDLT_ARM`."""
        ...


class ArmAnglesPolicy:
    """Turns each pose of a policy's chunks into joints.

    Args:
        policy: speaks `MDLT_ARM`.
        arm: how angles become its joints.
    """

    def __init__(self, policy: Policy, arm: ArmOfAngles):
        self._policy, self._arm = policy, arm
        self.spec = replace(policy.spec, pose_space=arm.pose_space())

    def reset(self) -> None:
        """Forget the song, see `Policy.reset`."""
        self._policy.reset()

    def warm_up(self) -> None:
        """Pay every first-call cost, see `Policy.warm_up`."""
        self._policy.warm_up()

    def predict(self, window: Window) -> Chunk:
        """Return the joints of the next H poses, see `Policy.predict`."""
        chunk = self._policy.predict(window)
        return replace(chunk, targets_rad=self._arm.joints_from_arm_angles(chunk.targets_rad))
