"""What a dancer must know of the arm it dances with, and what its limits leave of a move."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.ease import travel_limit_rad
from ur3_dancer.dance.moves import BEATS_PER_MOVE
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.errors import ConfigError

_LIMIT_SHARE = 0.7
"""Share of the arm's velocity and acceleration that moves may use; the rest is for corrections."""
_SOFT_FROM = 0.8


@dataclass(frozen=True)
class DancingArm:
    """What a rule-based dancer must know of the arm.

    Attributes:
        pose_space: UR3 joints and their bounds.
        home_rad: (6,) pose around which it dances.
        velocity_rad_s, acceleration_rad_s2: (6,) limits; infinite where none is set.
    """

    pose_space: PoseSpace
    home_rad: np.ndarray
    velocity_rad_s: np.ndarray
    acceleration_rad_s2: np.ndarray

    def __post_init__(self):
        count = len(self.pose_space.names)
        for name in ("home_rad", "velocity_rad_s", "acceleration_rad_s2"):
            values = np.asarray(getattr(self, name), float)
            object.__setattr__(self, name, values)
            if values.shape != (count,) or np.isnan(values).any():
                raise ConfigError(
                    f"{name} is {values.tolist()}: give one number for each of {count} joints"
                )
        if (np.abs(self.pose_space.to_unit(self.home_rad)) >= 1.0).any():
            raise ConfigError(
                f"home pose {np.round(self.home_rad, 3).tolist()} rad lies on or beyond the bounds "
                f"of pose space {self.pose_space.name}: move it inside"
            )
        for name in ("velocity_rad_s", "acceleration_rad_s2"):
            if not (getattr(self, name) > 0).all():
                raise ConfigError(f"{name} is {getattr(self, name).tolist()}: must be positive")

    @classmethod
    def of(cls, arm) -> "DancingArm":
        """Take what is needed from an arm's configuration (see `dance.catalog.Arm`)."""
        limits = arm.limits
        return cls(
            arm.pose_space(), arm.home_rad, limits.velocity_rad_s, limits.acceleration_rad_s2
        )

    def key_rad(self, cycle_rad: np.ndarray, beat: int, period_s: float) -> np.ndarray:
        """Return the (6,) key pose on a beat, shrunk until the limits allow its whole cycle.

        Args:
            cycle_rad: (4, 6) offsets from home.
            beat: beat number.
            period_s: time from beat to beat.
        """
        steps_rad = np.abs(cycle_rad - np.roll(cycle_rad, 1, axis=0)).max(axis=0)
        allowed_rad = self.travel_rad(period_s)
        shrink = min(1.0, float(np.min(allowed_rad / np.maximum(steps_rad, 1e-9))))
        return self.home_rad + shrink * cycle_rad[beat % BEATS_PER_MOVE]

    def travel_rad(self, period_s: float) -> np.ndarray:
        """Return how far each joint may go between two rests `period_s` apart."""
        return travel_limit_rad(
            period_s, _LIMIT_SHARE * self.velocity_rad_s, _LIMIT_SHARE * self.acceleration_rad_s2
        )

    def towards(self, start: np.ndarray, goal: np.ndarray, duration_s: float) -> np.ndarray:
        """Return the pose on the straight way from start to goal that the limits let it reach."""
        gap = np.maximum(np.abs(goal - start), 1e-9)
        return start + min(1.0, float(np.min(self.travel_rad(duration_s) / gap))) * (goal - start)

    def soft_limit(self, q: np.ndarray) -> np.ndarray:
        """Bend (..., 6) poses towards the bounds: unchanged in the inner 80 %, never beyond."""
        unit = self.pose_space.to_unit(q)
        room = 1.0 - _SOFT_FROM
        bent = _SOFT_FROM + room * np.tanh((np.abs(unit) - _SOFT_FROM) / room)
        inside = np.abs(unit) <= _SOFT_FROM
        return self.pose_space.to_rad(np.where(inside, unit, np.sign(unit) * bent))
