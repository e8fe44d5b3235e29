"""The two robots that the controller can be: what a client sees of them, and their limits."""

import math
from dataclasses import dataclass

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.kinematics import CONTROL_RATE_HZ, DhTable, dh_table

POSITION_LIMIT_RAD = (2.0 * math.pi,) * 6
"""+-360 degrees on every joint, as in UR's data sheet (the elbow's 180 is a convention)."""

VELOCITY_LIMIT_RAD_S = (math.pi, math.pi, math.pi, 2.0 * math.pi, 2.0 * math.pi, 2.0 * math.pi)
"""180 deg/s on the three large joints, 360 deg/s on the wrists, as in UR's data sheet."""

SAFE_SPEED_RAD_S = tuple(min(3.34, limit) for limit in VELOCITY_LIMIT_RAD_S)
"""What the arm keeps to: the above, within the default joint speed of UR's safety settings (as they
are in the robots that UR tests its own clients with)."""

SAFE_TOOL_SPEED_M_S = 1.5
"""The tool's speed in the same settings."""

ACCELERATION_LIMIT_RAD_S2 = (40.0,) * 6
"""UR publishes none. Our choice: the hardest stop that the simulated drives can do."""

POWER_ON_POSE_RAD = (0.0, -math.pi / 2, 0.0, -math.pi / 2, 0.0, 0.0)
"""Where the arm stands when the process starts: UR's own zero position, upright."""


@dataclass(frozen=True)
class Model:
    """One robot.

    Attributes:
        key: our name of it.
        name: what the dashboard answers to `get robot model`.
        series: CB3 or e-Series.
        version: PolyScope's version: major, minor, bugfix, build.
        rate_hz: control rate.
        table: Denavit-Hartenberg parameters.
    """

    key: str
    name: str
    series: str
    version: tuple[int, int, int, int]
    rate_hz: int
    table: DhTable

    @property
    def period_s(self) -> float:
        """Length of a control cycle."""
        return 1.0 / self.rate_hz

    @property
    def e_series(self) -> bool:
        """Whether there is remote control mode, and what else came with PolyScope 5."""
        return self.version[0] >= 5


_NAMES = {
    "ur3": ("UR3", "CB3", (3, 15, 8, 106339)),
    "ur3e": ("UR3", "e-Series", (5, 11, 0, 108249)),
}


def model_named(key: str) -> Model:
    """Return the model `ur3` or `ur3e`.

    Raises:
        ConfigError: another name.
    """
    table = dh_table(key)
    if key not in _NAMES:
        raise ConfigError(f"robot model {key!r} has no embedded controller: use ur3 or ur3e")
    name, series, version = _NAMES[key]
    return Model(key, name, series, version, round(CONTROL_RATE_HZ[key]), table)
