# ruff: noqa: D102 - the words are Universal Robots', and its script manual describes them
"""URScript's words that read or set something and take no time."""

from collections.abc import Callable

from ur3_dancer.robot.controller.model import POSITION_LIMIT_RAD
from ur3_dancer.robot.controller.robot import Robot
from ur3_dancer.robot.controller.urscript.values import (
    Pose,
    ScriptError,
    Vector,
    checked_index,
    to_text,
)
from ur3_dancer.robot.controller.words_motion import six

WITHOUT_EFFECT = [
    "set_gravity",
    "set_tool_voltage",
    "set_tool_communication",
    "zero_ftsensor",
    "force_mode",
    "end_force_mode",
    "force_mode_set_damping",
    "force_mode_set_gain_scaling",
    "teach_mode",
    "end_teach_mode",
    "freedrive_mode",
    "end_freedrive_mode",
    "ft_rtde_input_enable",
    "enable_external_ft_sensor",
    "set_safety_mode_transition",
    "set_standard_analog_input_domain",
    "set_runstate_outputs",
    "popup",
    "request_boolean_from_primary_client",
]
"""Words about forces, hands and screens, which a simulated arm in free space does not have."""


class StateWords:
    """Every public method is a word of URScript."""

    def __init__(self, robot: Robot, protective_stop: Callable[[str], None]):
        self._robot = robot
        self._arm = robot.arm
        self._stop = protective_stop

    # Registers and outputs

    def read_input_integer_register(self, address: float) -> float:
        values = self._robot.int_in
        return float(values[checked_index(values, address)])

    def read_input_float_register(self, address: float) -> float:
        values = self._robot.double_in
        return values[checked_index(values, address)]

    def read_input_boolean_register(self, address: float) -> bool:
        return self._robot.bits_in[checked_index(self._robot.bits_in, address)]

    def read_output_integer_register(self, address: float) -> float:
        values = self._robot.int_out
        return float(values[checked_index(values, address)])

    def read_output_float_register(self, address: float) -> float:
        values = self._robot.double_out
        return values[checked_index(values, address)]

    def read_output_boolean_register(self, address: float) -> bool:
        return self._robot.bits_out[checked_index(self._robot.bits_out, address)]

    def write_output_integer_register(self, address: float, value: float) -> None:
        values = self._robot.int_out
        wrapped = (int(value) + 2**31) % 2**32 - 2**31
        values[checked_index(values, address)] = wrapped

    def write_output_float_register(self, address: float, value: float) -> None:
        values = self._robot.double_out
        values[checked_index(values, address)] = float(value)

    def write_output_boolean_register(self, address: float, value: bool) -> None:
        values = self._robot.bits_out
        values[checked_index(values, address)] = bool(value)

    def set_digital_out(self, n: float, b: bool) -> None:
        self._robot.set_digital_out(checked_index([0] * 18, n), bool(b))

    set_standard_digital_out = set_digital_out

    def set_configurable_digital_out(self, n: float, b: bool) -> None:
        self._robot.set_digital_out(8 + checked_index([0] * 8, n), bool(b))

    def set_tool_digital_out(self, n: float, b: bool) -> None:
        self._robot.set_digital_out(16 + checked_index([0] * 2, n), bool(b))

    def get_digital_in(self, n: float) -> bool:
        return bool(self._robot.digital_in >> checked_index([0] * 18, n) & 1)

    get_standard_digital_in = get_digital_in

    def get_digital_out(self, n: float) -> bool:
        return bool(self._robot.digital_out >> checked_index([0] * 18, n) & 1)

    get_standard_digital_out = get_digital_out

    def set_standard_analog_out(self, n: float, f: float) -> None:
        self._robot.analog_out[checked_index(self._robot.analog_out, n)] = float(f)

    set_analog_out = set_standard_analog_out

    # The arm

    def get_steptime(self) -> float:
        return self._arm.period_s

    def is_steady(self) -> bool:
        return self._arm.steady

    def get_actual_joint_positions(self) -> Vector:
        return Vector(self._arm.actual_q)

    get_joint_positions = get_actual_joint_positions

    def get_target_joint_positions(self) -> Vector:
        return Vector(self._arm.q)

    def get_actual_joint_speeds(self) -> Vector:
        return Vector(self._arm.actual_dq)

    def get_target_joint_speeds(self) -> Vector:
        return Vector(self._arm.dq)

    get_joint_speeds = get_target_joint_speeds

    def get_target_joint_accelerations(self) -> Vector:
        return Vector(self._arm.ddq)

    def get_actual_joint_positions_history(self, steps: float = 0.0) -> Vector:
        history = self._arm.history
        return Vector(history[checked_index(history, steps)])

    def get_joint_torques(self) -> Vector:
        return Vector([0.0] * 6)

    def get_tcp_force(self) -> Vector:
        return Vector([0.0] * 6)

    def tool_contact(self, direction: list | None = None) -> float:
        return 0.0

    def get_freedrive_status(self) -> float:
        return 0.0

    def get_actual_tcp_pose(self) -> Pose:
        return Pose(self._arm.kinematics.forward(self._arm.actual_q))

    def get_target_tcp_pose(self) -> Pose:
        return Pose(self._arm.kinematics.forward(self._arm.q))

    get_target_waypoint = get_target_tcp_pose

    def get_actual_tool_flange_pose(self) -> Pose:
        return Pose(self._arm.kinematics.forward(self._arm.actual_q, [0.0] * 6))

    def get_actual_tcp_speed(self) -> Vector:
        return Vector(self._arm.kinematics.velocity(self._arm.actual_q, self._arm.actual_dq))

    def get_target_tcp_speed(self) -> Vector:
        return Vector(self._arm.kinematics.velocity(self._arm.q, self._arm.dq))

    def get_forward_kin(self, q: list | None = None, tcp: list | None = None) -> Pose:
        joints = self._arm.actual_q if q is None else six(q, "get_forward_kin")
        offset = None if tcp is None else six(tcp, "get_forward_kin")
        return Pose(self._arm.kinematics.forward(joints, offset))

    def get_inverse_kin(
        self,
        x: list,
        qnear: list | None = None,
        maxPositionError: float = 1e-10,
        maxOrientationError: float = 1e-10,
        tcp: list | None = None,
    ) -> Vector:
        near = self._arm.q if not isinstance(qnear, list) else six(qnear, "get_inverse_kin")
        offset = None if tcp is None else six(tcp, "get_inverse_kin")
        joints = self._arm.kinematics.inverse(six(x, "get_inverse_kin"), near, offset)
        if joints is None:
            raise ScriptError(f"get_inverse_kin: no joint angles reach {to_text(x)}")
        return Vector(joints)

    def get_inverse_kin_has_solution(self, x: list, *rest: object) -> bool:
        return self._arm.kinematics.inverse(six(x, "get_inverse_kin"), self._arm.q) is not None

    def is_within_safety_limits(self, pose: list) -> bool:
        numbers = six(pose, "is_within_safety_limits")
        if isinstance(pose, Pose):
            return self._arm.kinematics.inverse(numbers, self._arm.q) is not None
        return all(abs(q) <= top for q, top in zip(numbers, POSITION_LIMIT_RAD, strict=True))

    def set_tcp(self, pose: list, tcp_name: str = "") -> None:
        self._arm.kinematics.tcp = six(pose, "set_tcp")

    def get_tcp_offset(self) -> Pose:
        return Pose(self._arm.kinematics.tcp)

    def set_payload(self, m: float, cog: list | None = None) -> None:
        self._robot.payload_kg = float(m)
        if cog is not None:
            self._robot.payload_cog_m = [float(c) for c in cog][:3]

    def set_target_payload(
        self, m: float, cog: list, inertia: list | None = None, transition_time: float = 0.0
    ) -> None:
        self.set_payload(m, cog)
        if inertia is not None:
            self._robot.payload_inertia = six(inertia, "set_target_payload")

    def set_payload_cog(self, cog: list) -> None:
        self.set_payload(self._robot.payload_kg, cog)

    set_payload_mass = set_payload

    def get_target_payload(self) -> float:
        return self._robot.payload_kg

    def get_target_payload_cog(self) -> Vector:
        return Vector(self._robot.payload_cog_m)

    def get_target_payload_inertia(self) -> Vector:
        return Vector(self._robot.payload_inertia)

    def protective_stop(self) -> None:
        self._stop("the program asked for it")

    def get_robot_mode(self) -> float:
        return float(self._robot.mode)
