"""The dashboard server, port 29999: one line in, one line out.

Answers follow Universal Robots' "Dashboard server" documents. Lines that begin with `fault` are our
own: they inject faults, see faults.py.
"""

import logging
import re
from collections.abc import Callable

from ur3_dancer.robot.controller.controller import Controller
from ur3_dancer.robot.controller.network import Connection
from ur3_dancer.robot.controller.robot import RobotMode, RuntimeState

_LOG = logging.getLogger(__name__)

PORT = 29999
GREETING = "Connected: Universal Robots Dashboard Server"
_MAX_LINE = 4096
_UNKNOWN = "could not understand: '{}'"


class Dashboard:
    """Answers the clients of the dashboard."""

    def __init__(self, controller: Controller, inject_fault: Callable[[str], str]):
        self._controller = controller
        self._inject_fault = inject_fault

    def join(self, connection: Connection) -> None:
        """Serve a new client."""
        pending = bytearray()

        def receive(data: bytes) -> None:
            pending.extend(data)
            while b"\n" in pending and connection.open:
                line, _, rest = pending.partition(b"\n")
                pending[:] = rest
                text = line[:_MAX_LINE].decode("latin-1").strip()
                answer = self.answer(text)
                if answer.startswith("could not understand"):
                    connection.complain(answer[:200])
                connection.send(answer.encode("latin-1", "replace") + b"\n")
                if text.lower() == "quit":
                    connection.close("it said quit")
            if len(pending) > _MAX_LINE:
                connection.complain(f"a line of over {_MAX_LINE} bytes is thrown away")
                pending.clear()

        connection.received = receive
        connection.send(GREETING.encode() + b"\n")

    def answer(self, line: str) -> str:
        """Do what a line asks for; return the answer."""
        command = re.sub(r"\s+", " ", line).strip()
        if command.lower().startswith("fault "):
            return self._inject_fault(command[6:])
        handler = self._ANSWERS.get(command.lower())
        if handler is not None:
            return handler(self)
        for start, reply in self._TAKEN.items():
            if command.lower().startswith(start):
                _LOG.info("dashboard: %s", command[:200])
                return reply
        if command.lower().startswith("load "):
            return f"File not found: {command[5:]}"
        return _UNKNOWN.format(command[:200])

    _TAKEN = {  # noqa: RUF012 - a table that nobody changes
        "popup ": "showing popup",
        "addtolog ": "Added log message",
        "setuserrole ": "Setting user role:",
        "set operational mode ": "Operational mode 'automatic' is set",
    }

    # Programs

    def _play(self) -> str:
        return "Starting program" if self._controller.play() else "Failed to execute: play"

    def _stop(self) -> str:
        self._controller.stop_program("dashboard stop")
        return "Stopped"

    def _pause(self) -> str:
        if self._controller.pause_program("dashboard pause"):
            return "Pausing program"
        return "Failed to execute: pause"

    def _program_state(self) -> str:
        robot = self._controller.robot
        return f"{robot.runtime.name} {robot.program_name or '<unnamed>'}"

    def _running(self) -> str:
        playing = self._controller.robot.runtime == RuntimeState.PLAYING
        return f"Program running: {str(playing).lower()}"

    def _loaded(self) -> str:
        name = self._controller.robot.program_name
        return f"Loaded program: {name}" if name else "No program loaded"

    # Power and safety

    def _power_on(self) -> str:
        if self._controller.robot.mode == RobotMode.POWER_OFF:
            self._controller.power(RobotMode.IDLE)
        return "Powering on"

    def _power_off(self) -> str:
        self._controller.power(RobotMode.POWER_OFF)
        return "Powering off"

    def _brake_release(self) -> str:
        self._controller.power(RobotMode.RUNNING)
        return "Brake releasing"

    def _unlock(self) -> str:
        if self._controller.unlock():
            return "Protective stop releasing"
        return (
            "Cannot unlock protective stop until 5s after occurrence. "
            "Always inspect cause of protective stop before unlocking"
        )

    def _restart_safety(self) -> str:
        self._controller.release_emergency_stop()
        self._controller.power(RobotMode.POWER_OFF)
        return "Restarting safety"

    def _mode(self) -> str:
        return f"Robotmode: {self._controller.robot.mode.name}"

    def _safety(self) -> str:
        return self._controller.robot.safety.name

    # The rest

    def _remote(self) -> str:
        robot = self._controller.robot
        if not robot.model.e_series:
            return _UNKNOWN.format("is in remote control")
        return str(robot.remote_control).lower()

    def _serial(self) -> str:
        e_series = self._controller.robot.model.e_series
        return "20205500000" if e_series else _UNKNOWN.format("get serial number")

    def _version(self) -> str:
        major, minor, bugfix, build = self._controller.robot.model.version
        return f"URSoftware {major}.{minor}.{bugfix}.{build} (embedded controller)"

    def _operational_mode(self) -> str:
        return "AUTOMATIC" if self._controller.robot.model.e_series else "NONE"

    _ANSWERS = {  # noqa: RUF012 - a table that nobody changes
        "play": _play,
        "stop": _stop,
        "pause": _pause,
        "programstate": _program_state,
        "running": _running,
        "get loaded program": _loaded,
        "isprogramsaved": lambda self: "true " + (self._controller.robot.program_name or "none"),
        "power on": _power_on,
        "power off": _power_off,
        "brake release": _brake_release,
        "unlock protective stop": _unlock,
        "restart safety": _restart_safety,
        "close safety popup": lambda self: "closing safety popup",
        "close popup": lambda self: "closing popup",
        "robotmode": _mode,
        "safetymode": lambda self: f"Safetymode: {self._safety()}",
        "safetystatus": lambda self: f"Safetystatus: {self._safety()}",
        "is in remote control": _remote,
        "get serial number": _serial,
        "get robot model": lambda self: self._controller.robot.model.name,
        "get operational mode": _operational_mode,
        "clear operational mode": lambda self: (
            "operational mode is no longer controlled by dashboard"
        ),
        "polyscopeversion": _version,
        "version": _version,
        "getuserrole": lambda self: "PROGRAMMER",
        "quit": lambda self: "Disconnected",
        "shutdown": lambda self: "Shutting down",
    }
