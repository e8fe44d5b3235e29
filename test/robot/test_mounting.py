"""Payload and TCP: asked for on a physical arm; the embedded controller stands in for one."""

import dataclasses
import logging
import socket
import threading

import pytest

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import Tool, load_arm_config
from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.places import Place
from ur3_dancer.robot.rtde_once import read_once

CONFIG = load_arm_config("ur3")
HOST = "127.0.0.57"
BARE = Tool(0.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def robot():
    with EmbeddedController("ur3", host=HOST) as controller:
        yield controller


def connect(tool, **leave):
    """Connect as to a physical arm: by its address."""
    config = dataclasses.replace(CONFIG, tool=tool)
    arm = Place(HOST, config, SystemClock(), **(leave or {"allow_motion": True})).arm()
    arm.connect()
    arm.disconnect()


def test_when_nobody_said_what_is_mounted_expect_the_line_to_add_and_no_connection(robot):
    text = (
        r"does not say what is mounted.*tool: \{payload_kg: 0, center_of_gravity_m: \[0, 0, 0\], "
        r"tcp_offset_m: \[0, 0, 0\]\}.*pendant.*nothing was moved"
    )
    with pytest.raises(RobotError, match=text):
        connect(None)


def test_when_the_controller_says_the_same_expect_a_connection(robot):
    connect(BARE)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"payload_kg": 0.5}, r"has payload 0 kg .* says tool: payload_kg 0\.5 kg"),
        ({"center_of_gravity_m": (0.0, 0.0, 0.03)}, r"has payload_cog \[0, 0, 0\] m"),
        ({"tcp_offset_m": (0.01, 0.0, 0.0)}, r"has tcp_offset .* tcp_offset_m \[0\.01, 0, 0\] m"),
    ],
)
def test_when_the_controller_says_something_else_expect_both_values(robot, change, text):
    with pytest.raises(RobotError, match=text):
        connect(dataclasses.replace(BARE, **change))


def test_when_it_is_a_dry_run_expect_a_warning_only(robot, caplog):
    with caplog.at_level(logging.WARNING):
        connect(None, dry_run=True)
    assert "does not say what is mounted" in caplog.text


def test_when_a_variable_is_unknown_expect_none_and_the_others_read(robot):
    values = read_once(HOST, ["payload", "colour", "tcp_offset"])
    assert values == {"payload": (0.0,), "colour": None, "tcp_offset": (0.0,) * 6}
    assert read_once(HOST, ["colour"]) == {"colour": None}


@pytest.mark.parametrize("says", [b"", b"\x00\x04V\x00", b"SSH-2.0-OpenSSH\r\n"])
def test_when_no_controller_answers_expect_address_and_port(says):
    server = socket.create_server(("127.0.0.58", 30004))

    def serve():
        with server.accept()[0] as connection:
            connection.recv(64)
            connection.sendall(says)

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(RobotError, match=r"RTDE at 127\.0\.0\.58:30004 did not tell payload"):
        read_once("127.0.0.58", ["payload"], timeout_s=1.0)
    thread.join()
    server.close()
