"""Names and types of RTDE's variables, as in Universal Robots' "RTDE guide"."""

from collections.abc import Callable
from dataclasses import dataclass

from ur3_dancer.robot.controller.robot import REGISTERS, Robot, RobotMode

CODES = {
    "BOOL": "?",
    "UINT8": "B",
    "UINT32": "I",
    "UINT64": "Q",
    "INT32": "i",
    "DOUBLE": "d",
    "VECTOR3D": "3d",
    "VECTOR6D": "6d",
    "VECTOR6INT32": "6i",
    "VECTOR6UINT32": "6I",
}
"""RTDE's types as `struct` writes them."""


@dataclass(frozen=True)
class Output:
    """A variable that the controller sends."""

    type: str
    read: Callable[[Robot], object]

    @property
    def vector(self) -> bool:
        """Whether `read` returns several numbers."""
        return self.type.startswith("VECTOR")


def _bits(bits: list[bool], first: int) -> int:
    return sum(1 << place for place in range(32) if bits[first + place])


_ZERO6 = (0.0,) * 6
_ZERO3 = (0.0,) * 3
_WARM = (30.0,) * 6
_JOINT_VOLTAGE = (48.0,) * 6
_JOINT_RUNNING = (253,) * 6
_JOINT_OFF = (239,) * 6

_MOTION: dict[str, tuple[str, Callable[[Robot], object]]] = {
    "timestamp": ("DOUBLE", lambda r: r.time_s),
    "target_q": ("VECTOR6D", lambda r: r.arm.q),
    "target_qd": ("VECTOR6D", lambda r: r.arm.dq),
    "target_qdd": ("VECTOR6D", lambda r: r.arm.ddq),
    "actual_q": ("VECTOR6D", lambda r: r.arm.actual_q),
    "actual_qd": ("VECTOR6D", lambda r: r.arm.actual_dq),
    "actual_TCP_pose": ("VECTOR6D", lambda r: r.arm.kinematics.forward(r.arm.actual_q)),
    "target_TCP_pose": ("VECTOR6D", lambda r: r.arm.kinematics.forward(r.arm.q)),
    "actual_TCP_speed": (
        "VECTOR6D",
        lambda r: r.arm.kinematics.velocity(r.arm.actual_q, r.arm.actual_dq),
    ),
    "target_TCP_speed": ("VECTOR6D", lambda r: r.arm.kinematics.velocity(r.arm.q, r.arm.dq)),
    "elbow_position": ("VECTOR3D", lambda r: r.arm.kinematics.joints(r.arm.actual_q)[1]),
    # Of the slider's speed; clients multiply the two.
    "speed_scaling": ("DOUBLE", lambda r: min(1.0, r.arm.scaling / max(r.arm.slider, 1e-6))),
    "target_speed_fraction": ("DOUBLE", lambda r: r.arm.slider),
    "actual_execution_time": ("DOUBLE", lambda r: 1e3 * r.cycle_time_s),
}

_STATE: dict[str, tuple[str, Callable[[Robot], object]]] = {
    "robot_mode": ("INT32", lambda r: r.mode),
    "joint_mode": (
        "VECTOR6INT32",
        lambda r: _JOINT_RUNNING if r.mode == RobotMode.RUNNING else _JOINT_OFF,
    ),
    "safety_mode": ("INT32", lambda r: r.safety),
    "safety_status": ("INT32", lambda r: r.safety),
    "robot_status_bits": ("UINT32", lambda r: r.status_bits),
    "safety_status_bits": ("UINT32", lambda r: r.safety_bits),
    "runtime_state": ("UINT32", lambda r: r.runtime),
    "script_control_line": ("UINT32", lambda r: r.program_line),
    "actual_digital_input_bits": ("UINT64", lambda r: r.digital_in),
    "actual_digital_output_bits": ("UINT64", lambda r: r.digital_out),
    "standard_analog_output0": ("DOUBLE", lambda r: r.analog_out[0]),
    "standard_analog_output1": ("DOUBLE", lambda r: r.analog_out[1]),
    "payload": ("DOUBLE", lambda r: r.payload_kg),
    "payload_cog": ("VECTOR3D", lambda r: r.payload_cog_m),
    "payload_inertia": ("VECTOR6D", lambda r: r.payload_inertia),
    "tcp_offset": ("VECTOR6D", lambda r: r.arm.kinematics.tcp),
}

# A simulated arm has no forces, currents, contacts or heat: these read as an idle robot's would.
_CONSTANT: dict[str, tuple[str, object]] = {
    **dict.fromkeys(
        [
            "target_current",
            "target_moment",
            "actual_current",
            "actual_current_as_torque",
            "joint_control_output",
            "actual_TCP_force",
            "ft_raw_wrench",
            "actual_current_window",
            "target_moment_window",
        ],
        ("VECTOR6D", _ZERO6),
    ),
    "joint_temperatures": ("VECTOR6D", _WARM),
    "actual_joint_voltage": ("VECTOR6D", _JOINT_VOLTAGE),
    "actual_tool_accelerometer": ("VECTOR3D", (0.0, 0.0, -9.81)),
    "elbow_velocity": ("VECTOR3D", _ZERO3),
    "actual_momentum": ("DOUBLE", 0.0),
    "actual_main_voltage": ("DOUBLE", 48.0),
    "actual_robot_voltage": ("DOUBLE", 48.0),
    "actual_robot_current": ("DOUBLE", 0.5),
    **dict.fromkeys(
        [
            "standard_analog_input0",
            "standard_analog_input1",
            "io_current",
            "euromap67_24V_voltage",
            "euromap67_24V_current",
            "tool_analog_input0",
            "tool_analog_input1",
            "tool_output_current",
            "tcp_force_scalar",
            "joint_position_deviation_ratio",
            "collision_detection_ratio",
        ],
        ("DOUBLE", 0.0),
    ),
    "tool_temperature": ("DOUBLE", 30.0),
    **dict.fromkeys(
        [
            "analog_io_types",
            "euromap67_input_bits",
            "euromap67_output_bits",
            "tool_mode",
            "tool_analog_input_types",
        ],
        ("UINT32", 0),
    ),
    "tool_output_voltage": ("INT32", 0),
    "time_scale_source": ("INT32", 0),
    **dict.fromkeys(
        ("tool_output_mode", "tool_digital_output0_mode", "tool_digital_output1_mode"),
        ("UINT8", 0),
    ),
}


def _outputs() -> dict[str, Output]:
    fields = {name: Output(*field) for name, field in (_MOTION | _STATE).items()}
    for name, (kind, value) in _CONSTANT.items():
        fields[name] = Output(kind, lambda robot, value=value: value)
    for side in ("in", "out"):
        word = side + "put"
        for i in range(REGISTERS):
            fields[f"{word}_int_register_{i}"] = Output(
                "INT32", lambda r, i=i, s=f"int_{side}": getattr(r, s)[i]
            )
            fields[f"{word}_double_register_{i}"] = Output(
                "DOUBLE", lambda r, i=i, s=f"double_{side}": getattr(r, s)[i]
            )
        for first in (0, 32):
            fields[f"{word}_bit_registers{first}_to_{first + 31}"] = Output(
                "UINT32", lambda r, i=first, s=f"bits_{side}": _bits(getattr(r, s), i)
            )
        for i in range(64, 128):
            fields[f"{word}_bit_register_{i}"] = Output(
                "BOOL", lambda r, i=i, s=f"bits_{side}": getattr(r, s)[i]
            )
    return fields


OUTPUTS: dict[str, Output] = _outputs()
"""Every variable that a client may ask for."""

INPUTS: dict[str, str] = {
    "speed_slider_mask": "UINT32",
    "speed_slider_fraction": "DOUBLE",
    "standard_digital_output_mask": "UINT8",
    "standard_digital_output": "UINT8",
    "configurable_digital_output_mask": "UINT8",
    "configurable_digital_output": "UINT8",
    "tool_digital_output_mask": "UINT8",
    "tool_digital_output": "UINT8",
    "standard_analog_output_mask": "UINT8",
    "standard_analog_output_type": "UINT8",
    "standard_analog_output_0": "DOUBLE",
    "standard_analog_output_1": "DOUBLE",
    "input_bit_registers0_to_31": "UINT32",
    "input_bit_registers32_to_63": "UINT32",
    "external_force_torque": "VECTOR6D",
    **{f"input_bit_register_{i}": "BOOL" for i in range(64, 128)},
    **{f"input_int_register_{i}": "INT32" for i in range(REGISTERS)},
    **{f"input_double_register_{i}": "DOUBLE" for i in range(REGISTERS)},
}
"""Every variable that a client may set, and its type."""
