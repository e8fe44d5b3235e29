"""The driver in a process of its own, whose interpreter nobody else can hold.

rclpy keeps the interpreter while it publishes, and Fast DDS may keep it waiting there: 138 ms were
measured while other nodes were being discovered. A servo loop that is a thread of the same process
stands still as long, and after 100 ms the controller's watchdog rightly ends the dance. Here the
node's process may stall as it likes; the arm plays on what it has, and comes to rest when that is
all.

The two processes talk over three pairs of sockets that nobody else can reach: one for words that
may take seconds, one for those that are answered at once, one for what the child logs. When the
parent is gone, however it went, the child brings the arm to rest and ends.
"""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.arm import ArmState
from ur3_dancer.robot.child import child_environment
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import State, Status
from ur3_dancer.robot.line import Line
from ur3_dancer.robot.places import Place

_HANG_UP_S = 2.0
_END_S = 10.0
_POLL_S = 0.01


@dataclass(frozen=True)
class DriverSetup:
    """What the child needs to build its driver.

    Attributes:
        arm: name or file of the arm configuration.
        robot_ip: as `Place` takes it; the simulated controller is started by the parent.
        simulated_host: loopback address of a simulated controller.
        allow_motion: somebody has cleared the space around a real arm.
        dry_run: do everything but send.
        settings: of the driver.
    """

    arm: str = "ur3"
    robot_ip: str = ""
    simulated_host: str = "127.0.0.1"
    allow_motion: bool = False
    dry_run: bool = False
    settings: DriverSettings = field(default_factory=DriverSettings)

    def place(self, clock: Clock, report_path: str | Path | None = None) -> Place:
        """Return where the arm is, as `Place` says; `report_path` is the referee's."""
        return Place(
            self.robot_ip,
            load_arm_config(self.arm),
            clock,
            allow_motion=self.allow_motion,
            dry_run=self.dry_run,
            simulated_host=self.simulated_host,
            report_path=report_path,
        )


@dataclass(frozen=True)
class Glance:
    """What the driver is doing, all of one moment.

    Attributes:
        status: state, reason and recovery.
        streaming: whether set-points are being sent.
        measured: newest state of the arm, None before the first.
        sent: newest set-point (rad, UR order), None before the first.
    """

    status: Status
    streaming: bool = False
    measured: ArmState | None = None
    sent: list[float] | None = None


class DriverProcess:
    """Says `Driver`'s words to a driver in a child process, from any thread.

    Attributes:
        name: how error texts call the arm.
        amplitude: size of the motion about home, 0 to 1, as it was last set.
        refused: what the operating system did not grant the loop, in words.
    """

    def __init__(self, setup: DriverSetup, clock: Clock):
        """Prepare; `connect` starts the process."""
        self._setup = setup
        self._clock = clock
        self.name = "UR3"
        self.amplitude = setup.settings.amplitude
        self.refused: list[str] = []
        self.stop_time_s = 0.0
        self._process: subprocess.Popen | None = None
        self._slow: Line | None = None
        self._quick: Line | None = None
        self._listener: threading.Thread | None = None

    # --- what people say ------------------------------------------------------------------------

    def connect(self) -> None:
        """Start the process and connect it to the arm. Nothing moves.

        Raises:
            ConfigError: the arm configuration is wrong.
            RobotError: the arm does not answer, is another model, or is not ready; or the process
                did not start.
        """
        ours, theirs = zip(*(socket.socketpair() for _ in range(3)), strict=True)
        numbers = [end.fileno() for end in theirs]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ur3_dancer.robot.servo_process", *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            pass_fds=numbers,
            env=child_environment(),
            start_new_session=True,  # Ctrl-C reaches the parent, which halts the arm first
        )
        for end in theirs:
            end.close()
        slow, quick, logs = (Connection(end.detach()) for end in ours)
        self._slow, self._quick = Line(slow, self._how_it_ended), Line(quick, self._how_it_ended)
        self._listener = threading.Thread(target=_pass_on, args=(logs,), daemon=True)
        self._listener.start()
        try:
            answer = self._slow.ask("connect", self._setup)
        except BaseException:
            self._end_process()
            raise
        self.name, self.stop_time_s, self.refused = answer

    def start(self) -> None:
        """As `Driver.start`."""
        self._slow.ask("start")

    def home(self) -> None:
        """As `Driver.home`."""
        self._slow.ask("home")

    def reset(self) -> None:
        """As `Driver.reset`."""
        self._slow.ask("reset")

    def stop(self, reason: str) -> None:
        """Stop now, softly, and stay stopped until `reset`. Never raises.

        A child that does not answer is killed: the controller's watchdog then stops the arm.
        """
        try:
            self._quick.ask("stop", reason)
        except RobotError as error:
            logging.getLogger(__name__).error("%s", error)
            self._kill()

    def set_amplitude(self, share: float) -> None:
        """As `Driver.set_amplitude`."""
        self._quick.ask("set_amplitude", share)
        self.amplitude = share

    def submit(self, chunk: Chunk) -> None:
        """As `Driver.submit`."""
        self._quick.ask("submit", chunk)

    def close(self) -> None:
        """Bring the arm to rest, let go of it, end the process. Safe to call twice."""
        if self._process is None:
            return
        try:
            self._slow.ask("close")
        except RobotError as error:
            logging.getLogger(__name__).error("%s", error)
        self._end_process()

    # --- what people ask ------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Process number, None before `connect` and after `close`."""
        return None if self._process is None else self._process.pid

    def glance(self) -> Glance:
        """Return what the driver is doing; FAULT when its process is gone or does not answer."""
        try:
            return self._quick.ask("glance")
        except RobotError as error:
            return Glance(Status(State.FAULT, str(error), "end the performance and start it anew"))

    def wait_for(self, states: Iterable[State], timeout_s: float) -> Status:
        """Wait until the driver is in one of `states`; return its status then or at time-out."""
        wanted = set(states)
        self._wait(lambda glance: glance.status.state in wanted, timeout_s)
        return self.glance().status

    def wait_at_rest(self, timeout_s: float) -> bool:
        """Wait until no set-points are sent; return whether that came true."""
        return self._wait(lambda glance: not glance.streaming, timeout_s)

    def report(self) -> dict:
        """As `Driver.report`."""
        return self._slow.ask("report")

    def save_trajectory(self, path: str | Path) -> None:
        """As `Driver.save_trajectory`; OSError when the file cannot be written."""
        self._slow.ask("save_trajectory", str(path))

    def _wait(self, condition, timeout_s: float) -> bool:
        deadline_s = self._clock.now_s() + timeout_s
        while not condition(self.glance()):
            if self._clock.now_s() >= deadline_s:
                return False
            self._clock.sleep_until_s(self._clock.now_s() + _POLL_S)
        return True

    def _how_it_ended(self) -> str:
        process = self._process
        if process is None:
            return "was ended"
        try:
            status = process.wait(_HANG_UP_S)
        except subprocess.TimeoutExpired:
            return "hung up without ending"
        return f"ended by itself with {f'signal {-status}' if status < 0 else f'status {status}'}"

    def _kill(self) -> None:
        if self.alive:
            self._process.kill()

    def _end_process(self) -> None:
        """Hang up, which ends the child, and wait for that."""
        self._slow.close()
        self._quick.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        self._listener.join(_HANG_UP_S)
        self._process = None


def _pass_on(logs: Connection) -> None:
    """Log here what the child logs, until it is gone."""
    while True:
        try:
            name, level, text = logs.recv()
        except (OSError, EOFError):
            logs.close()
            return
        logging.getLogger(name).log(level, "%s", text)
