"""Ports 30001, 30002 and 30003: programs come in, the robot's state goes out."""

import re

from ur3_dancer.robot.controller.controller import Controller
from ur3_dancer.robot.controller.network import Connection
from ur3_dancer.robot.controller.primary import first_messages, state_message

PRIMARY_PORT = 30001
SECONDARY_PORT = 30002
REALTIME_PORT = 30003

_MAX_PROGRAM = 2 << 20
_IDLE = re.compile(r"(?:\s|#[^\n]*\n)*")
_WORDS = re.compile(r'"[^"]*"|#[^\n]*|\b(def|sec|thread|if|while|end)\b(?=.)', re.DOTALL)
_OPENS_BLOCK = re.compile(r"(?:def|sec|thread|if|while)\b")


def split_programs(text: str) -> tuple[list[str], str]:
    """Return the complete programs at the start of `text`, and the rest.

    A program is a block from `def` to its own `end`, or else a single line.
    """
    programs = []
    position = 0
    while True:
        position = _IDLE.match(text, position).end()
        end = _end_of_program(text, position)
        if end is None:
            return programs, text[position:]
        programs.append(text[position:end])
        position = end


def _end_of_program(text: str, start: int) -> int | None:
    if not _OPENS_BLOCK.match(text, start):
        newline = text.find("\n", start)
        return None if newline < 0 else newline + 1
    depth = 0
    for match in _WORDS.finditer(text, start):
        if match.group(1):
            depth += -1 if match.group(1) == "end" else 1
            if depth == 0:
                return match.end()
    return None


class ScriptPort:
    """Takes programs from its clients and, on the primary ports, tells them the robot's state."""

    def __init__(self, controller: Controller):
        self._controller = controller
        self._listeners: list[Connection] = []

    def join(self, connection: Connection) -> None:
        """Serve a new client."""
        pending = ""

        def receive(data: bytes) -> None:
            nonlocal pending
            text = data.decode("utf-8", "replace")
            pending += text
            # Within a block only an `end` can complete it: no need to read it all again before.
            inside = _OPENS_BLOCK.match(pending) is not None
            if not inside or "end" in pending[-len(text) - 4 :]:
                programs, pending = split_programs(pending)
                for program in programs:
                    self._upload(connection, program)
            if len(pending) > _MAX_PROGRAM:
                connection.complain(f"a program of over {_MAX_PROGRAM} characters is thrown away")
                pending = ""

        def closed() -> None:
            if pending.strip():
                connection.complain(f"left within a program of {len(pending)} characters")
            if connection in self._listeners:
                self._listeners.remove(connection)

        connection.received = receive
        connection.closed = closed
        if connection.port != REALTIME_PORT:
            # Clients of 30003 seldom read, and RTDE has replaced that stream.
            self._listeners.append(connection)
            for message in first_messages(self._controller.robot, connection.port):
                connection.send(message)

    def _upload(self, connection: Connection, program: str) -> None:
        robot = self._controller.robot
        if robot.model.e_series and not robot.remote_control:
            connection.complain("program refused: the robot is not in remote control")
            return
        self._controller.upload(program)

    def publish(self) -> None:
        """Send the robot's state, 10 times a second."""
        robot = self._controller.robot
        if robot.cycle % max(1, robot.model.rate_hz // 10) or not self._listeners:
            return
        message = state_message(robot)
        for connection in list(self._listeners):
            if not connection.congested:
                connection.send(message)
