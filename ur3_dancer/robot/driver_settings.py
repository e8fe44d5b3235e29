"""Settings of the driver, with their ranges."""

from dataclasses import dataclass

from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class DriverSettings:
    """How the driver behaves.

    Attributes:
        amplitude: size of the motion about home, 0 to 1.
        homing_speed_share: of the velocity limits, for going home.
        arm_delay_s: how far ahead the playout is sampled; None takes the arm configuration's.
        stale_s: the controller's time stamp may stand still for this long.
        record_minutes: of trajectories kept in memory.
        realtime_priority: 1 to 99 asks the system for real-time scheduling; 0 does not.
        lock_memory: ask the system to keep the process in memory.
    """

    amplitude: float = 1.0
    homing_speed_share: float = 0.25
    arm_delay_s: float | None = None
    stale_s: float = 0.1
    record_minutes: float = 15.0
    realtime_priority: int = 0
    lock_memory: bool = False

    def __post_init__(self):
        ranges = {
            "amplitude": (0.0, 1.0),
            "homing_speed_share": (0.01, 1.0),
            "arm_delay_s": (0.0, 0.5),
            "stale_s": (0.02, 1.0),
            "record_minutes": (0.01, 240.0),
            "realtime_priority": (0, 99),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConfigError(f"driver {name} is {value}: must be from {low:g} to {high:g}")
