"""Limits of the joints: what the stage allows, never beyond what a UR3 can do."""

from dataclasses import dataclass, fields

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS

UR3_POSITION_RAD = np.array([2 * np.pi, 2 * np.pi, np.pi, 2 * np.pi, 2 * np.pi, 2 * np.pi])
"""Plus or minus; the elbow's half turn is convention, the rest is UR's data sheet."""

UR3_VELOCITY_RAD_S = np.array([np.pi, np.pi, np.pi, 2 * np.pi, 2 * np.pi, 2 * np.pi])
"""UR3 and UR3e data sheets: 180 degrees a second at base, shoulder and elbow, 360 at the wrists."""


@dataclass(frozen=True)
class JointLimits:
    """Six limits of each kind, in UR order, (6,) float64.

    UR publishes neither acceleration nor jerk limits: those are choices.

    Raises:
        ConfigError: a value is not finite, lower is not below upper, a rate is not above zero, or
            a position or velocity is beyond the UR3's own.
    """

    lower_rad: np.ndarray
    upper_rad: np.ndarray
    velocity_rad_s: np.ndarray
    acceleration_rad_s2: np.ndarray
    jerk_rad_s3: np.ndarray

    def __post_init__(self):
        for entry in fields(self):
            values = np.array(getattr(self, entry.name), float)
            values.setflags(write=False)
            if values.shape != (6,):
                raise ConfigError(f"{entry.name} has shape {values.shape}: give six, in UR order")
            object.__setattr__(self, entry.name, values)
            for name, value in zip(JOINTS, values, strict=True):
                if not np.isfinite(value):
                    raise ConfigError(f"{name}: {entry.name} is {value}: must be a finite number")
        for i, name in enumerate(JOINTS):
            self._check_joint(i, name)

    def _check_joint(self, i: int, name: str) -> None:
        low, high = self.lower_rad[i], self.upper_rad[i]
        if not low < high:
            raise ConfigError(
                f"{name}: lower_rad {low:g} is not below upper_rad {high:g}: swap or widen them"
            )
        for key in ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3"):
            value = getattr(self, key)[i]
            if not value > 0.0:
                raise ConfigError(f"{name}: {key} is {value:g}: must be above 0")
        for key, value in (("lower_rad", low), ("upper_rad", high)):
            if abs(value) > UR3_POSITION_RAD[i] + 1e-9:
                raise ConfigError(
                    f"{name}: {key} {value:g} is beyond the UR3's own limit of "
                    f"±{UR3_POSITION_RAD[i]:.4f} rad"
                )
        if self.velocity_rad_s[i] > UR3_VELOCITY_RAD_S[i] + 1e-9:
            raise ConfigError(
                f"{name}: velocity_rad_s {self.velocity_rad_s[i]:g} is beyond the UR3's own limit "
                f"of {UR3_VELOCITY_RAD_S[i]:.4f} rad/s"
            )
