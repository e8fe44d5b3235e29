"""Messages of the primary and secondary client interfaces, as in UR's "Client interfaces" guide.

Sent: version (on connect, primary only), robot mode, joints, tool pose and kinematics. A client
that looks for other parts of the robot's state will not find them.
"""

import struct

from ur3_dancer.robot.controller.robot import Robot, RobotMode, RuntimeState, SafetyMode

_ROBOT_STATE = 16
_ROBOT_MESSAGE = 20
_VERSION_MESSAGE = 3
_PRIMARY_PORT = 30001
_NO_CALIBRATION = 3
_JOINT_RUNNING = 253
_JOINT_OFF = 239


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">iB", 5 + len(body), kind) + body


def _part(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", 5 + len(body), kind) + body


def first_messages(robot: Robot, port: int) -> list[bytes]:
    """Return what a client is told when it connects."""
    major, minor, bugfix, build = robot.model.version
    name = b"URControl"
    version = struct.pack(">Qbb", robot.cycle, -1, _VERSION_MESSAGE)
    version += bytes([len(name)]) + name + struct.pack(">BBii", major, minor, bugfix, build)
    version += b"embedded"
    messages = [_packet(_ROBOT_MESSAGE, version)] if port == _PRIMARY_PORT else []
    return [*messages, state_message(robot)]


def state_message(robot: Robot) -> bytes:
    """Return the robot's state."""
    parts = _mode(robot) + _joints(robot) + _tool(robot) + _kinematics(robot)
    return _packet(_ROBOT_STATE, parts)


def _mode(robot: Robot) -> bytes:
    powered = robot.mode not in (RobotMode.DISCONNECTED, RobotMode.POWER_OFF)
    body = struct.pack(
        ">Q7?bBdddB",
        round(robot.time_s * 1e6),
        True,
        True,
        powered,
        robot.safety == SafetyMode.ROBOT_EMERGENCY_STOP,
        robot.safety == SafetyMode.PROTECTIVE_STOP,
        robot.runtime == RuntimeState.PLAYING,
        robot.runtime == RuntimeState.PAUSED,
        robot.mode,
        0,
        robot.arm.slider,
        robot.arm.scaling,
        1.0,
        0,
    )
    return _part(0, body)


def _joints(robot: Robot) -> bytes:
    arm = robot.arm
    mode = _JOINT_RUNNING if robot.mode == RobotMode.RUNNING else _JOINT_OFF
    return _part(
        1,
        b"".join(
            struct.pack(">dddffffB", *joint, 0.0, 48.0, 30.0, 30.0, mode)
            for joint in zip(arm.actual_q, arm.q, arm.actual_dq, strict=True)
        ),
    )


def _tool(robot: Robot) -> bytes:
    kinematics = robot.arm.kinematics
    pose = kinematics.forward(robot.arm.actual_q)
    return _part(4, struct.pack(">12d", *pose, *kinematics.tcp))


def _kinematics(robot: Robot) -> bytes:
    table = robot.model.table
    numbers = (*(0.0,) * 6, *table.a_m, *table.d_m, *table.alpha_rad)
    return _part(5, struct.pack(">6I24dI", *range(1, 7), *numbers, _NO_CALIBRATION))
