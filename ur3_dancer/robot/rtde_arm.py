"""The one home of the RTDE client: a UR3 or UR3e at an address, through unmodified ur-rtde.

What ur-rtde leaves to its user is done here: ports are tried one by one before it is built, so
that the error names the one that is closed; set-points are validated (it sends NaN); a link that
was lost stays lost until `connect` (it reconnects by itself and would resume); the controller's
watchdog is armed while set-points flow (without it, the arm follows the last one for ever).
"""

import ctypes
import logging
from collections.abc import Callable, Sequence
from math import isfinite, pi

import rtde_control
import rtde_receive

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import ServoSettings
from ur3_dancer.robot.arm import ArmState
from ur3_dancer.robot.bounded import call_within
from ur3_dancer.robot.dashboard import identify
from ur3_dancer.robot.link_guard import LinkGuard
from ur3_dancer.robot.readiness import (
    PORTS,
    RTDE_PORT,
    check_ready,
    refusal_text,
    safety_text,
    try_ports,
)
from ur3_dancer.robot.realtime import share_niceness

_log = logging.getLogger(__name__)

WATCHDOG_HZ = 10.0
"""The controller stops our program when it hears nothing for a tenth of a second."""

STATE_AGE_S = 0.007
"""A state serves for nearly a period of a CB3. Each value asked of ur-rtde gives the interpreter
away and must wait to get it back: at 500 Hz, asked for anew each time, that would cost the rate."""

_LOOK_AGE_S = 0.02
"""While set-points flow, the loop looks after each: before the next nothing needs to be asked."""

_VARIABLES = [
    "timestamp",
    "actual_q",
    "actual_qd",
    "robot_mode",
    "safety_status_bits",
    "runtime_state",
    "speed_scaling",
    "target_speed_fraction",
]
_RUNNING_MODE = 7
_PLAYING = 2
_PROGRAM_TIMEOUT_S = 5.0
_ENDING_TIMEOUT_S = 1.0
_CALL_TIMEOUT_S = 3.0
_ALIVE_POLLS, _ALIVE_POLL_S = 12, 0.005
_SAFETY_POLLS = 5
_UNUSED_RATE = 0.5  # servoJ's speed and acceleration: range-checked, then ignored


class RtdeArm:
    """Satisfies `Arm`. Not thread-safe; ur-rtde's constructors hold the interpreter lock.

    Attributes:
        host: address of the controller.
        model, rate_hz, name: as `Arm` states.
        dry_run: everything is done but sending: no program is uploaded, nothing moves.
    """

    def __init__(
        self,
        host: str,
        servo: ServoSettings | None = None,
        *,
        dry_run: bool = False,
        clock: Clock | None = None,
        connect_timeout_s: float = 2.0,
        check_mounted: Callable[[str, str], None] | None = None,
    ):
        """Prepare for the controller at `host`; `connect` reaches it.

        Args:
            host: address of the controller.
            servo: how it follows the set-points.
            dry_run: send nothing.
            clock: monotonic time.
            connect_timeout_s: for each port.
            check_mounted: called with name and host at each connection; raises RobotError when
                payload or TCP are not what they should be.
        """
        self.host = host
        self.dry_run = dry_run
        self.name = f"UR3 at {host}"
        self.model = ""
        self.rate_hz = 0.0
        self._settings = servo or ServoSettings()
        self._clock = clock or SystemClock()
        self._connect_timeout_s = connect_timeout_s
        self._check_mounted = check_mounted
        self._control: rtde_control.RTDEControlInterface | None = None
        self._receive: rtde_receive.RTDEReceiveInterface | None = None
        self._guard: LinkGuard | None = None
        self._state: ArmState | None = None
        self._state_s = 0.0
        self._playing = False

    def connect(self) -> None:
        """Reach the controller, check that it is a ready UR3, load our program. Nothing moves."""
        self.disconnect()
        try_ports(self.name, self.host, self._connect_timeout_s)
        identity = identify(self.host, self._connect_timeout_s)
        self.model, self.rate_hz = identity.arm_model(self.name)
        if self._check_mounted is not None:
            self._check_mounted(self.name, self.host)
        try:
            self._receive = rtde_receive.RTDEReceiveInterface(self.host, self.rate_hz, _VARIABLES)
            safety = safety_text(self._receive.getSafetyStatusBits())
            check_ready(self.name, self.host, identity, safety, self.dry_run)
            if not self.dry_run:
                self._control = rtde_control.RTDEControlInterface(self.host, self.rate_hz)
            self._guard = LinkGuard(self.host, PORTS, RTDE_PORT, self._clock)
            share_niceness()
        except RuntimeError as error:
            self.disconnect()
            raise RobotError(refusal_text(self.name, identity, str(error))) from error
        except RobotError:
            self.disconnect()
            raise

    def read(self) -> ArmState:
        """Return the newest state that the receive thread has, at most `STATE_AGE_S` old."""
        return self._state_within(STATE_AGE_S)

    def _state_within(self, age_s: float) -> ArmState:
        now_s = self._clock.now_s()
        known = self._state is not None and now_s - self._state_s <= age_s
        if not known or self._guard.broken:
            receive = self._linked()
            # Asked for first: a stop that comes in between is then seen by its name below.
            self._playing = receive.getRuntimeState() == _PLAYING
            self._state = ArmState(
                q=receive.getActualQ(),
                dq=receive.getActualQd(),
                timestamp_s=receive.getTimestamp(),
                speed_scaling=receive.getSpeedScaling() * receive.getTargetSpeedFraction(),
                powered=receive.getRobotMode() == _RUNNING_MODE,
                safety=safety_text(receive.getSafetyStatusBits()),
            )
            self._state_s = now_s
        return self._state

    def prepare(self) -> None:
        """Run our program, arm the controller's watchdog, and hold the arm where it stands.

        After any other command ur-rtde's servoJ waits for the controller without sleeping. In the
        loop's thread, with real-time priority, that would keep a processor from the very thread
        that brings the answer, for longer than the watchdog waits. So the first set-point is sent
        here, by a thread that has no such priority; after it servoJ never waits.
        """
        self._linked()
        self._state = None
        if self.dry_run:
            return
        control = self._control
        if not control.isProgramRunning():
            self._call("uploading our program", control.reuploadScript)
        self._await_program()
        if not self._call("setWatchdog", lambda: control.setWatchdog(WATCHDOG_HZ)):
            raise RobotError(
                f"{self.name} did not arm its watchdog: without it nothing may move; connect again"
            )
        here = self._receive.getActualQ()
        if not self._call("the first set-point", lambda: self._send(here)):
            raise RobotError(f"{self.name} does not take set-points: reset, then start")

    def servo(self, q: Sequence[float]) -> list[float]:
        """Send one set-point with servoJ; each is due one control period after the last."""
        sent = [float(value) for value in q]
        if len(sent) != 6 or not all(isfinite(v) and abs(v) <= 2 * pi for v in sent):
            raise RobotError(
                f"set-point {sent} was not sent: it must be six finite angles within ±2π rad"
            )
        if self.dry_run:
            return sent
        self._state_within(_LOOK_AGE_S)
        try:
            taken = self._playing and self._send(sent)
        except RuntimeError as error:
            self._lose_link()
            raise RobotError(
                f"the link to {self.name} broke ({error}): reset connects again"
            ) from (error)
        if not taken:
            safety = self._await_safety()
            if safety:
                raise RobotError(f"{self.name}: {safety}")
            raise RobotError(
                f"{self.name} takes no set-points: our program does not run there (stopped at the "
                "pendant, by the watchdog, or by a protective stop); reset, then start"
            )
        return sent

    def stop(self) -> None:
        """Brake with servoStop, then end the program, which also ends its watchdog.

        On a dead link nothing can be said; the watchdog then ends the program.
        """
        self._state = None
        if self._receive is None:
            return
        if not self._is_alive():
            self._lose_link()
        elif self._control is not None:
            self._call("servoStop and stopScript", self._stop_program)

    def disconnect(self) -> None:
        """Stop and let go; what fails on the way is logged, because nothing more can be done."""
        try:
            self.stop()
        except RobotError as error:
            _log.warning("%s", error)
        if self._guard is not None:
            self._guard.close()
            self._guard = None
        # Destructors disconnect, half a second for each.
        self._control = None
        self._receive = None

    @property
    def connected(self) -> bool:
        """Return whether there is a link, as far as is known."""
        return self._receive is not None

    def _linked(self) -> rtde_receive.RTDEReceiveInterface:
        if self._receive is None:
            raise RobotError(f"{self.name} is not connected: connect first")
        # Only the receiving half is asked: the other one replaces its connection in a thread of
        # its own while it reconnects, and asking it then crashes the process.
        if self._guard.broken or not self._receive.isConnected():
            self._lose_link()
            raise RobotError(
                f"the link to {self.name} was lost: check the controller and its network, then "
                "reset, which connects again"
            )
        return self._receive

    def _lose_link(self) -> None:
        """Give up a link for good.

        ur-rtde reconnects by itself: the arm could move again unasked, and ur-rtde 1.6.5 crashes
        the process in most attempts that succeed. So its attempt is cut off, and its objects are
        left behind alive, because their destructors hang on a silent link and crash on a new one.
        """
        for interface in (self._control, self._receive):
            if interface is not None:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(interface))
        self._control = self._receive = None
        if self._guard is not None:
            self._guard.cut()

    def _send(self, q: list[float]) -> bool:
        settings = self._settings
        return self._control.servoJ(
            q,
            _UNUSED_RATE,
            _UNUSED_RATE,
            1.0 / self.rate_hz,
            settings.lookahead_s,
            settings.gain,
        )

    def _stop_program(self) -> None:
        if self._receive.getRuntimeState() == _PLAYING:
            self._control.servoStop()
        self._control.stopScript()
        # A start that follows at once must not take the program that ends for one that runs.
        self._await_running(False, _ENDING_TIMEOUT_S)

    def _call(self, what: str, call: Callable[[], object]) -> object:
        try:
            return call_within(_CALL_TIMEOUT_S, what, call)
        except (RuntimeError, RobotError) as error:
            self._lose_link()
            raise RobotError(f"{self.name}: {what} failed ({error}): reset connects again") from (
                error
            )

    def _is_alive(self) -> bool:
        """Return whether the controller's time goes on; takes up to 60 ms when it does not."""
        receive = self._receive
        before_s = receive.getTimestamp()
        for _ in range(_ALIVE_POLLS):
            if receive.getTimestamp() != before_s:
                return receive.isConnected()
            self._clock.sleep_until_s(self._clock.now_s() + _ALIVE_POLL_S)
        return False

    def _await_safety(self) -> str:
        """Return what stopped our program if it was a safety stop, else nothing, after 25 ms.

        Either of ur-rtde's two connections may hear of a stop first; its name is worth the wait.
        """
        for _ in range(_SAFETY_POLLS):
            safety = self._state_within(0.0).safety
            if safety:
                return safety
            self._clock.sleep_until_s(self._clock.now_s() + _ALIVE_POLL_S)
        return ""

    def _await_program(self) -> None:
        if not self._await_running(True, _PROGRAM_TIMEOUT_S):
            raise RobotError(
                f"{self.name} did not run our program within {_PROGRAM_TIMEOUT_S:g} s: is it "
                "in remote control, and is no other program or fieldbus using its registers?"
            )

    def _await_running(self, wanted: bool, timeout_s: float) -> bool:
        """Wait until both of ur-rtde's connections agree on whether our program runs."""
        deadline_s = self._clock.now_s() + timeout_s
        while True:
            playing = self._receive.getRuntimeState() == _PLAYING
            if playing == self._control.isProgramRunning() == wanted:
                return True
            if self._clock.now_s() > deadline_s:
                return False
            self._clock.sleep_until_s(self._clock.now_s() + 0.02)
