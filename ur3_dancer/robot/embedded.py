"""The embedded UR3 controller as a child process: started, watched and ended from here."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import RobotError
from ur3_dancer.robot.child import child_environment

_DASHBOARD_PORT = 29999
_STOP_S = 3.0


class EmbeddedController:
    """A simulated UR3 on loopback, in a process of its own.

    It must be a process: ur_rtde's constructors hold the interpreter lock, so a controller in a
    thread would wait for its own client for ever. The process ends when this one does, however that
    happens. It does not get this terminal's Ctrl-C: whoever moves the arm halts it first.

    Use it as a context manager, or call `start` and `stop`.
    """

    def __init__(
        self,
        model: str = "ur3",
        host: str = "127.0.0.1",
        report_path: Path | str | None = None,
        limits: Mapping[str, Sequence[float]] | None = None,
        log_path: Path | str | None = None,
    ):
        """Prepare a controller.

        Args:
            model: `ur3` (125 Hz) or `ur3e` (500 Hz).
            host: loopback address; another one (127.0.0.2, ...) for each further controller.
            report_path: where the referee writes its counts as JSON, once a second and at the end.
            limits: what the referee judges by: any of lower, upper (rad), velocity (rad/s),
                acceleration (rad/s^2), jerk (rad/s^3), six numbers each; the UR3's own if missing.
            log_path: file that the controller's log is added to; without one it is kept for errors.
        """
        self.model = model
        self.host = host
        self.report_path = None if report_path is None else Path(report_path)
        self._limits = limits
        self._log_path = None if log_path is None else Path(log_path)
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process number, or None before `start`."""
        return None if self._process is None else self._process.pid

    def start(self, timeout_s: float = 10.0) -> None:
        """Start the process and wait until all its ports listen.

        Raises:
            RobotError: it ended at once (the text says why, for instance which port is taken), or
                was not ready in time.
        """
        if self.alive:
            return
        self.stop()
        self._scratch = tempfile.TemporaryDirectory(prefix="ur3-controller-")
        log = self._log_path or Path(self._scratch.name) / "log"
        with log.open("ab") as log_file:
            said_before = log_file.tell()
            self._process = subprocess.Popen(
                self._command(Path(self._scratch.name)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file,
                env=child_environment(),
                start_new_session=True,
            )
        try:
            ready = self._wait_ready(timeout_s)
        except BaseException:
            self.stop()
            raise
        if not ready:
            code = self._process.poll()
            said = log.read_bytes()[said_before:].decode(errors="replace").strip()
            self.stop()
            cause = said.splitlines()[-1] if said else "it said nothing"
            if code is None:
                raise RobotError(
                    f"the embedded controller was not ready after {timeout_s:g} s: {cause}"
                )
            raise RobotError(f"the embedded controller did not start: {cause}")

    def _command(self, scratch: Path) -> list[str]:
        command = [sys.executable, "-m", "ur3_dancer.robot.controller"]
        command += ["--host", self.host, "--model", self.model]
        command += ["--exit-with-parent", str(os.getpid())]
        if self.report_path is not None:
            command += ["--report", str(self.report_path)]
        if self._limits is not None:
            file = scratch / "limits.json"
            limits = {key: [float(v) for v in values] for key, values in self._limits.items()}
            file.write_text(json.dumps(limits))
            command += ["--limits", str(file)]
        return command

    def _wait_ready(self, timeout_s: float) -> bool:
        clock = SystemClock()
        deadline_s = clock.now_s() + timeout_s
        assert self._process is not None
        assert self._process.stdout is not None
        said = b""
        while b"\n" not in said:
            left_s = deadline_s - clock.now_s()
            if left_s <= 0.0 or not select.select([self._process.stdout], [], [], left_s)[0]:
                return False
            piece = os.read(self._process.stdout.fileno(), 4096)
            if not piece:
                self._process.wait(_STOP_S)
                return False
            said += piece
        return said.startswith(b"READY ")

    def stop(self) -> None:
        """End the process: asked first, then forced. Does nothing when it does not run."""
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(_STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def fault(self, text: str) -> str:
        """Inject a fault, for instance `link silent`; see `robot/controller/faults.py`.

        Returns:
            The controller's answer.

        Raises:
            RobotError: the controller does not answer or does not know the fault.
        """
        try:
            with socket.create_connection((self.host, _DASHBOARD_PORT), timeout=2.0) as dashboard:
                lines = dashboard.makefile("rw", newline="\n")
                lines.readline()
                lines.write(f"fault {text}\n")
                lines.flush()
                answer = lines.readline().strip()
        except OSError as error:
            raise RobotError(
                f"fault {text!r}: port {_DASHBOARD_PORT} of {self.host} does not answer ({error})"
            ) from error
        if not answer.endswith("done"):
            raise RobotError(answer or f"fault {text!r}: no answer from {self.host}")
        return answer

    def __enter__(self) -> "EmbeddedController":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_loopback_host() -> str:
    """Return a loopback address on which the dashboard's fixed port is free.

    Raises:
        RobotError: none is.
    """
    for last in range(100, 250):
        host = f"127.0.2.{last}"
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, _DASHBOARD_PORT))
            except OSError:
                continue
        return host
    raise RobotError("no loopback address from 127.0.2.100 on is free: end other controllers")
