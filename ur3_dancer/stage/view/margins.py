"""How near the arm is to each of its limits."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.kinematics import tool_points


@dataclass(frozen=True)
class JointMargin:
    """One joint against its limits.

    Attributes:
        name: of the joint, without `_joint`.
        place: 0 at the lower limit of the stage's range, 1 at the upper one.
        speed: share of the velocity limit, 0 and more, without sign.
    """

    name: str
    place: float
    speed: float

    @property
    def used(self) -> float:
        """Return the share of the limit that is nearest, 0 and more; 1 is at the limit."""
        return max(abs(2.0 * self.place - 1.0), self.speed)


def joint_margins(config: ArmConfig, q_rad: np.ndarray, dq_rad: np.ndarray) -> list[JointMargin]:
    """Return each joint's margins at angles and velocities (6,)."""
    limits = config.limits
    places = (q_rad - limits.lower_rad) / (limits.upper_rad - limits.lower_rad)
    speeds = np.abs(dq_rad) / limits.velocity_rad_s
    return [
        JointMargin(name.removesuffix("_joint"), float(place), float(speed))
        for name, place, speed in zip(JOINTS, places, speeds, strict=True)
    ]


def tool_speed_m_s(config: ArmConfig, q_rad: np.ndarray, dq_rad: np.ndarray) -> float:
    """Return the speed of the tool's end at angles and velocities (6,)."""
    step_s = 1e-4  # a difference quotient: the angles move some 0.0003 rad meanwhile
    poses = np.stack([q_rad - dq_rad * step_s / 2, q_rad + dq_rad * step_s / 2])
    before, after = tool_points(config.model, poses, config.workspace.tool_length_m)
    return float(np.linalg.norm(after - before)) / step_s
