"""Recipes of RTDE: how a packet's bytes become the robot's registers, and the other way."""

import struct

from ur3_dancer.robot.controller.robot import Robot
from ur3_dancer.robot.controller.rtde_fields import CODES, INPUTS, OUTPUTS

_SERVOJ = 11
"""ur_rtde's number of servoJ in its command register: integer register 0, or 24 in the upper range.

Target and times lie in the double registers from the same number on."""


class OutputRecipe:
    """What one client is sent, every `every` cycles."""

    def __init__(self, names: list[str], every: int):
        fields = [OUTPUTS[name] for name in names]
        self.every = every
        self._pack = struct.Struct(">HBB" + "".join(CODES[field.type] for field in fields)).pack
        self._size = struct.calcsize(">HBB" + "".join(CODES[field.type] for field in fields))
        self._fields = [(field.read, field.vector) for field in fields]

    def packet(self, robot: Robot) -> bytes:
        """Return the packet of this cycle."""
        values: list[object] = [self._size, 85, 1]
        for read, vector in self._fields:
            if vector:
                values.extend(read(robot))
            else:
                values.append(read(robot))
        return self._pack(*values)


def input_types(names: list[str], claimed: dict[str, object], client: object) -> list[str]:
    """Return the type of each input, or why it is refused: NOT_FOUND, IN_USE."""
    types = []
    for name in names:
        if name not in INPUTS:
            types.append("NOT_FOUND")
        elif claimed.get(name, client) is not client:
            types.append("IN_USE")
        else:
            types.append(INPUTS[name])
    return types


class InputRecipe:
    """What one kind of a client's packets sets."""

    def __init__(self, names: list[str]):
        self.names = tuple(names)
        self._layout = struct.Struct(">B" + "".join(CODES[INPUTS[name]] for name in names))
        at: dict[str, int] = {}
        position = 0
        for name in names:
            at[name] = position
            position += 6 if INPUTS[name] == "VECTOR6D" else 1
        self._at = at
        self._registers = [
            (*place, at[name]) for name in names if (place := _register(name)) is not None
        ]
        self._special = [name for name in names if name in _SPECIAL]
        self._servo = self._find_servo()

    def _find_servo(self) -> tuple[int, list[int], int] | None:
        for base in (0, 24):
            command = self._at.get(f"input_int_register_{base}")
            doubles = [self._at.get(f"input_double_register_{base + i}") for i in range(9)]
            if command is not None and None not in doubles:
                return command, doubles[:6], doubles[8]
        return None

    def unpack(self, body: bytes) -> tuple:
        """Return the values of a packet, without the recipe's number.

        What is too long is cut: ur_rtde 1.6.5 sends twelve numbers with a recipe of six when asked
        for forward kinematics with a tool offset, and waits for ever if nobody answers.

        Raises:
            ValueError: the packet is too short.
        """
        if len(body) < self._layout.size:
            raise ValueError(f"{len(body)} bytes of data where {self._layout.size} belong")
        return self._layout.unpack_from(body)[1:]

    def apply(self, robot: Robot, values: tuple) -> None:
        """Set registers, outputs and speed slider."""
        for kind, number, position in self._registers:
            getattr(robot, kind)[number] = values[position]
        for name in self._special:
            _SPECIAL[name](robot, values, self._at)

    def servo_command(self, values: tuple) -> tuple[list[float], float] | None:
        """Return target (rad) and period (s) if this packet is a servoJ command, else None."""
        if self._servo is None or values[self._servo[0]] != _SERVOJ:
            return None
        _, target, time = self._servo
        return [values[i] for i in target], values[time]


def _register(name: str) -> tuple[str, int] | None:
    stem, _, number = name.rpartition("_")
    kinds = {
        "input_int_register": "int_in",
        "input_double_register": "double_in",
        "input_bit_register": "bits_in",
    }
    return (kinds[stem], int(number)) if stem in kinds else None


def _set_slider(robot: Robot, values: tuple, at: dict[str, int]) -> None:
    fraction = values[at["speed_slider_fraction"]]
    masked = "speed_slider_mask" not in at or values[at["speed_slider_mask"]]
    if masked and 0.0 <= fraction <= 1.0:
        robot.arm.slider = fraction


def _set_bits(first: int):
    def apply(robot: Robot, values: tuple, at: dict[str, int]) -> None:
        word = values[at[f"input_bit_registers{first}_to_{first + 31}"]]
        robot.bits_in[first : first + 32] = [bool(word >> i & 1) for i in range(32)]

    return apply


def _set_outputs(name: str, first: int, count: int):
    def apply(robot: Robot, values: tuple, at: dict[str, int]) -> None:
        mask = values[at[name + "_mask"]] if name + "_mask" in at else 0
        for i in range(count):
            if mask >> i & 1:
                robot.set_digital_out(first + i, bool(values[at[name]] >> i & 1))

    return apply


def _set_analog(number: int):
    name = f"standard_analog_output_{number}"

    def apply(robot: Robot, values: tuple, at: dict[str, int]) -> None:
        mask = at.get("standard_analog_output_mask")
        if mask is not None and values[mask] >> number & 1:
            robot.analog_out[number] = values[at[name]]

    return apply


_SPECIAL = {
    "speed_slider_fraction": _set_slider,
    "input_bit_registers0_to_31": _set_bits(0),
    "input_bit_registers32_to_63": _set_bits(32),
    "standard_digital_output": _set_outputs("standard_digital_output", 0, 8),
    "configurable_digital_output": _set_outputs("configurable_digital_output", 8, 8),
    "tool_digital_output": _set_outputs("tool_digital_output", 16, 2),
    "standard_analog_output_0": _set_analog(0),
    "standard_analog_output_1": _set_analog(1),
}
