"""The controller's dashboard: a line protocol on port 29999 for power, brakes and who it is."""

import re
import socket
from dataclasses import dataclass
from types import TracebackType

from ur3_dancer.errors import RobotError
from ur3_dancer.motion.kinematics import CONTROL_RATE_HZ

DASHBOARD_PORT = 29999
_LONGEST_LINE = 4096


class Dashboard:
    """A connection to a dashboard; a context manager."""

    def __init__(self, host: str, timeout_s: float = 2.0, port: int = DASHBOARD_PORT):
        """Connect and read the greeting.

        Raises:
            RobotError: nothing answers, or something that is no dashboard.
        """
        self._where = f"dashboard at {host}:{port}"
        self._rest = b""
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except OSError as error:
            raise RobotError(
                f"{self._where} does not answer ({error}): is the controller on, and the address "
                "right?"
            ) from error
        try:
            greeting = self._line()
            if "Dashboard" not in greeting:
                raise RobotError(
                    f"{self._where} greets with {greeting!r}: that is no Universal Robots dashboard"
                )
        except RobotError:
            self._socket.close()
            raise

    def ask(self, command: str) -> str:
        """Send one command and return the one line of its answer.

        Raises:
            RobotError: no answer came.
        """
        try:
            self._socket.sendall(command.encode() + b"\n")
        except OSError as error:
            raise RobotError(f"{self._where} did not take {command!r} ({error})") from error
        return self._line()

    def close(self) -> None:
        """Let go of the connection."""
        self._socket.close()

    def __enter__(self) -> "Dashboard":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _line(self) -> str:
        while b"\n" not in self._rest:
            try:
                more = self._socket.recv(1024)
            except OSError as error:
                raise RobotError(f"{self._where} sends no answer ({error})") from error
            if not more or len(self._rest) > _LONGEST_LINE:
                raise RobotError(f"{self._where} ended the connection instead of answering")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace").strip()


@dataclass(frozen=True)
class Identity:
    """Who answers at an address.

    Attributes:
        model: as the dashboard names it, for instance `UR3`.
        software: the whole answer, for instance `URSoftware 5.11.0.108249 (…)`.
        robot_mode, safety_mode: as the dashboard names them.
        remote_control: None where the controller does not know the question (CB3).
    """

    model: str
    software: str
    robot_mode: str
    safety_mode: str
    remote_control: bool | None

    def arm_model(self, name: str) -> tuple[str, float]:
        """Return our model (`ur3`, `ur3e`) and its control rate in Hz.

        Raises:
            RobotError: it is another robot, or its software cannot be recognised.
        """
        version = re.search(r"(\d+)\.\d+", self.software)
        if version is None:
            raise RobotError(f"{name} names its software {self.software!r}: cannot be recognised")
        if "understand" in self.model.lower():
            raise RobotError(
                f"{name} does not say which model it is ({self.software}): update its PolyScope; "
                "nothing was moved"
            )
        if self.model.upper() not in ("UR3", "UR3E"):
            raise RobotError(
                f"{name} is a {self.model!r}: only UR3 and UR3e are driven; nothing was moved"
            )
        model = "ur3e" if int(version.group(1)) >= 5 else "ur3"
        return model, CONTROL_RATE_HZ[model]


def identify(host: str, timeout_s: float = 2.0) -> Identity:
    """Ask the dashboard at `host` who it is.

    Raises:
        RobotError: it does not answer.
    """
    with Dashboard(host, timeout_s) as dashboard:
        remote = dashboard.ask("is in remote control").lower()
        return Identity(
            model=dashboard.ask("get robot model"),
            software=dashboard.ask("PolyscopeVersion"),
            robot_mode=dashboard.ask("robotmode").partition(":")[2].strip(),
            safety_mode=dashboard.ask("safetymode").partition(":")[2].strip(),
            remote_control={"true": True, "false": False}.get(remote),
        )
