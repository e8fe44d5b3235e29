"""What the controller knows of its robot: modes, registers, inputs and outputs."""

from enum import IntEnum

from ur3_dancer.robot.controller.arm import SimulatedArm
from ur3_dancer.robot.controller.model import Model

REGISTERS = 48
"""Integer and double registers in each direction; bits are twice 64."""


class RobotMode(IntEnum):
    """RTDE `robot_mode`."""

    DISCONNECTED = 0
    CONFIRM_SAFETY = 1
    BOOTING = 2
    POWER_OFF = 3
    POWER_ON = 4
    IDLE = 5
    BACKDRIVE = 6
    RUNNING = 7


class SafetyMode(IntEnum):
    """RTDE `safety_mode`, as far as the controller gets into it."""

    NORMAL = 1
    PROTECTIVE_STOP = 3
    ROBOT_EMERGENCY_STOP = 7


class RuntimeState(IntEnum):
    """RTDE `runtime_state`."""

    STOPPED = 1
    PLAYING = 2
    PAUSED = 4


class Robot:
    """The robot's state, shared by everything that talks to it or moves it."""

    def __init__(self, model: Model):
        self.model = model
        self.arm = SimulatedArm(model)
        self.cycle = 0
        self.mode = RobotMode.RUNNING
        self.safety = SafetyMode.NORMAL
        self.remote_control = True
        self.runtime = RuntimeState.STOPPED
        self.program_name = ""
        self.program_line = 0
        self.int_in = [0] * REGISTERS
        self.double_in = [0.0] * REGISTERS
        self.bits_in = [False] * 128
        self.int_out = [0] * REGISTERS
        self.double_out = [0.0] * REGISTERS
        self.bits_out = [False] * 128
        self.digital_in = 0
        self.digital_out = 0
        self.analog_out = [0.0, 0.0]
        self.payload_kg = 0.0
        self.payload_cog_m = [0.0] * 3
        self.payload_inertia = [0.0] * 6
        self.cycle_time_s = 0.0

    @property
    def time_s(self) -> float:
        """Controller time: whole cycles since power-up."""
        return self.cycle * self.model.period_s

    @property
    def ready(self) -> bool:
        """Whether a program may move the arm."""
        return self.mode == RobotMode.RUNNING and self.safety == SafetyMode.NORMAL

    def set_digital_out(self, number: int, value: bool) -> None:
        """Set one digital output (0-7 standard, 8-15 configurable, 16-17 tool)."""
        bit = 1 << number
        self.digital_out = self.digital_out | bit if value else self.digital_out & ~bit

    @property
    def status_bits(self) -> int:
        """RTDE `robot_status_bits`: power on, program running."""
        powered = self.mode not in (RobotMode.DISCONNECTED, RobotMode.POWER_OFF)
        return int(powered) | int(self.runtime == RuntimeState.PLAYING) << 1

    @property
    def safety_bits(self) -> int:
        """RTDE `safety_status_bits`."""
        if self.safety == SafetyMode.PROTECTIVE_STOP:
            return 1 << 2 | 1 << 10
        if self.safety == SafetyMode.ROBOT_EMERGENCY_STOP:
            return 1 << 6 | 1 << 7 | 1 << 10
        return 1
