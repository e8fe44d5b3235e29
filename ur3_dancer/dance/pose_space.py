"""Pose spaces: what a model's tanh outputs mean, with bounds that cannot be exceeded."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class PoseSpace:
    """Named coordinates with bounds; maps unit values in (-1, 1) to radians and back.

    Attributes:
        name: `MDLT_ARM` (the paper's four arm angles) or `UR3` (six joints in UR order).
        names: coordinate names.
        lower_rad, upper_rad: (D,) float64 bounds.
    """

    name: str
    names: tuple[str, ...]
    lower_rad: np.ndarray
    upper_rad: np.ndarray

    def __post_init__(self):
        lower, upper = np.asarray(self.lower_rad, float), np.asarray(self.upper_rad, float)
        object.__setattr__(self, "lower_rad", lower)
        object.__setattr__(self, "upper_rad", upper)
        if not lower.shape == upper.shape == (len(self.names),):
            raise ConfigError(
                f"pose space {self.name} names {len(self.names)} coordinates but has bounds of "
                f"shape {lower.shape} and {upper.shape}: give one lower and one upper for each"
            )
        for name, low, high in zip(self.names, lower, upper, strict=True):
            if not low < high:
                raise ConfigError(
                    f"pose space {self.name}: {name} has lower {low:g} and upper {high:g} rad: "
                    "lower must be below upper"
                )

    def to_rad(self, unit: np.ndarray) -> np.ndarray:
        """Map (..., D) unit values in [-1, 1] to radians."""
        centre, half = self._centre_and_half_range()
        return centre + half * np.asarray(unit, float)

    def to_unit(self, angles_rad: np.ndarray) -> np.ndarray:
        """Map (..., D) radians to unit values; those out of bounds leave [-1, 1]."""
        centre, half = self._centre_and_half_range()
        return (np.asarray(angles_rad, float) - centre) / half

    def _centre_and_half_range(self) -> tuple[np.ndarray, np.ndarray]:
        return (self.upper_rad + self.lower_rad) / 2, (self.upper_rad - self.lower_rad) / 2


MDLT_ARM = PoseSpace(
    "MDLT_ARM",
    ("shoulder_1", "shoulder_2", "elbow", "wrist"),
    np.full(4, -np.pi),
    np.full(4, np.pi),
)
"""The four human arm angles of MDLT (arXiv 2403.15569), output pi * tanh."""
