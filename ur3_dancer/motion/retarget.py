"""From the four angles of a human arm to the six joints of a UR3.

The map is linear about a neutral pose and then softly limited:

    joint = home + sum over angles of gain * (angle - neutral)
    q = centre + half_range * tanh((joint - centre) / half_range)

so that the human's neutral arm is (nearly) the robot's home, small gestures pass unchanged and no
gesture leaves the limits. Rejected: matching wrist positions by inverse kinematics. The arm's
proportions and its mounting differ from a shoulder's, and a dance is read from angles in motion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS

_DEFAULT_GAIN = {
    "shoulder_pan_joint": {"shoulder_2": 0.8},
    "shoulder_lift_joint": {"shoulder_1": 0.5},
    "elbow_joint": {"elbow": 0.7},
    "wrist_1_joint": {"wrist": 0.8},
    "wrist_2_joint": {"shoulder_2": -0.5},
    "wrist_3_joint": {"wrist": 0.6, "shoulder_1": 0.4},
}


@dataclass(frozen=True)
class Retargeting:
    """The configurable part of the map.

    Attributes:
        neutral_rad: (4,) human angles that mean the robot's home pose.
        gain: (6, 4) radians of joint for a radian of human angle.
    """

    neutral_rad: np.ndarray = field(default_factory=lambda: np.zeros(4))
    gain: np.ndarray = field(default_factory=lambda: _gain_matrix(_DEFAULT_GAIN))

    def __post_init__(self):
        for name, shape in (("neutral_rad", (4,)), ("gain", (6, 4))):
            value = np.asarray(getattr(self, name), float)
            if value.shape != shape or not np.all(np.isfinite(value)):
                raise ConfigError(
                    f"retargeting: {name} of shape {value.shape} must be {shape} and finite"
                )
            object.__setattr__(self, name, value)

    @classmethod
    def from_dict(cls, content: Mapping) -> "Retargeting":
        """Build from the `retargeting` section of an arm's YAML.

        Raises:
            ConfigError: unknown keys, angles or joints, or values that are no numbers.
        """
        if not isinstance(content, Mapping):
            raise ConfigError(f"retargeting is {content!r}: it must be a mapping")
        for key in content:
            if key not in ("neutral_rad", "gain"):
                raise ConfigError(f"retargeting: unknown key {key!r}: known are neutral_rad, gain")
        neutral = np.zeros(4)
        for angle, value in _entries(content.get("neutral_rad", {}), "neutral_rad"):
            neutral[_angle_index(angle)] = _number(value, f"neutral_rad: {angle}")
        return cls(neutral, _gain_matrix(content.get("gain", _DEFAULT_GAIN)))

    def joints(self, angles_rad: np.ndarray, home_rad: np.ndarray, space: PoseSpace) -> np.ndarray:
        """Map human arm angles to joint angles.

        Args:
            angles_rad: (..., 4) angles in the order of `MDLT_ARM`, rad.
            home_rad: (6,) the arm's home pose.
            space: bounds of the six joints.

        Returns:
            (..., 6) joint angles, strictly inside the bounds.
        """
        wanted = home_rad + (np.asarray(angles_rad, float) - self.neutral_rad) @ self.gain.T
        # tanh reaches 1 in floating point; the bounds themselves are still allowed poses.
        return space.to_rad(np.tanh(space.to_unit(wanted)))


def _gain_matrix(content: Mapping) -> np.ndarray:
    gain = np.zeros((len(JOINTS), len(MDLT_ARM.names)))
    for joint, row in _entries(content, "gain"):
        if joint not in JOINTS:
            raise ConfigError(
                f"retargeting: gain names unknown joint {joint!r}: the joints are "
                f"{', '.join(JOINTS)}"
            )
        for angle, value in _entries(row, f"gain: {joint}"):
            gain[JOINTS.index(joint), _angle_index(angle)] = _number(value, f"{joint}: {angle}")
    return gain


def _entries(content, what: str):
    if not isinstance(content, Mapping):
        raise ConfigError(f"retargeting: {what} is {content!r}: it must be a mapping")
    return content.items()


def _angle_index(angle: str) -> int:
    if angle not in MDLT_ARM.names:
        raise ConfigError(
            f"retargeting: unknown arm angle {angle!r}: the angles are {', '.join(MDLT_ARM.names)}"
        )
    return MDLT_ARM.names.index(angle)


def _number(value, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ConfigError(f"retargeting: {what} is {value!r}: must be a number")
    return float(value)
