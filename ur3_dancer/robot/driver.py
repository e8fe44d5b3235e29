"""The driver: one thread that commands one arm, and the few words that people say to it.

A performance:

    driver = Driver(arm, load_arm_config("ur3"), SystemClock())
    driver.connect()          # DISCONNECTED -> IDLE: reads, sends nothing
    driver.start()            # IDLE -> HOMING -> READY -> DANCING once chunks come
    driver.submit(chunk)      # as often as chunks come, from any thread
    driver.stop("the end")    # latched: soft stop to rest, then STOPPED
    driver.reset()            # STOPPED or FAULT -> IDLE, by a person
    driver.close()            # to rest, and let go of the arm
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.transfer import longest_stop_s
from ur3_dancer.robot.arm import Arm, ArmState
from ur3_dancer.robot.cadence import Cadence
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import DriverState, Event, State, Status
from ur3_dancer.robot.inbox import Inbox
from ur3_dancer.robot.realtime import prefer_this_thread
from ur3_dancer.robot.record import Record
from ur3_dancer.robot.servo_loop import ServoLoop

_log = logging.getLogger(__name__)

_REQUEST_TIMEOUT_S = 30.0
_IDLE_PAUSE_S = 0.02


class Driver:
    """Drives one arm. Every method may be called from any thread; `stop` never waits.

    Attributes:
        refused: what the operating system did not grant the loop, in words.
        amplitude: size of the motion about home, 0 to 1, as it was last set.
    """

    def __init__(
        self,
        arm: Arm,
        arm_config: ArmConfig,
        clock: Clock,
        settings: DriverSettings | None = None,
    ):
        """Prepare; nothing is connected yet."""
        self._arm = arm
        self._config = arm_config
        self._clock = clock
        self._settings = settings or DriverSettings()
        delay_s = self._settings.arm_delay_s
        self._arm_delay_s = arm_config.servo.arm_delay_s if delay_s is None else delay_s
        self.amplitude = self._settings.amplitude
        self.refused: list[str] = []
        self._machine = DriverState()
        self._inbox = Inbox(arm_config, clock)
        self._requests: SimpleQueue[tuple[Callable[[], None], Future]] = SimpleQueue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: ServoLoop | None = None
        self._cadence: Cadence | None = None
        self._record: Record | None = None

    # --- what people say ------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect to the arm and start the loop's thread: DISCONNECTED to IDLE. Nothing moves.

        Raises:
            RobotError: the arm does not answer, is another model, or is not ready.
        """
        self._machine.require(Event.CONNECT)
        self._closing.clear()
        done: Future = Future()
        self._thread = threading.Thread(target=self._run, args=(done,), name="servo", daemon=True)
        self._thread.start()
        try:
            done.result()
        except RobotError:
            self._thread.join()
            raise

    def start(self) -> None:
        """Begin: hand over at the measured pose, go home slowly, then dance to what is submitted.

        Returns once the hand-over is done (up to seconds when the controller's program has to be
        sent anew); `status` tells how far it is.

        Raises:
            RobotError: not allowed now, the arm is not ready, or no way leads home.
        """
        self._ask(lambda: self._loop.hand_over(Event.START))

    def home(self) -> None:
        """Go home slowly and stand there; from a dance, come to rest first. Else as `start`."""
        self._ask(lambda: self._loop.hand_over(Event.HOME))

    def stop(self, reason: str) -> None:
        """Stop now, softly, and stay stopped until `reset`. Returns at once; never raises.

        The arm is at rest within `stop_time_s`.
        """
        self._machine.try_on(Event.STOP, reason, "reset, then start")

    def reset(self) -> None:
        """Leave STOPPED or FAULT for IDLE. Connects anew after a lost connection.

        Raises:
            RobotError: the arm is still coming to rest, or its fault is still there.
        """
        self._ask(lambda: self._loop.reset())

    def set_amplitude(self, share: float) -> None:
        """Dance larger or smaller from the next chunk on, without a jump.

        Raises:
            ConfigError: `share` is not from 0 to 1; the amplitude stays as it was.
        """
        self.amplitude = replace(self._settings, amplitude=share).amplitude
        if self._loop is not None:
            self._loop.amplitude = share

    def submit(self, chunk: Chunk) -> None:
        """Hand over a chunk; the loop merges the newest one in its next period.

        Raises:
            ConfigError: the chunk must not be played; the text says why. The dance goes on.
        """
        self._inbox.put(chunk)

    def close(self) -> None:
        """Bring the arm to rest, let go of it, end the thread. Safe to call twice."""
        self.stop("the driver closes")
        if self._thread is not None and self._thread.is_alive():
            self.wait_at_rest(self.stop_time_s + 2.0)
            self._closing.set()
            self._thread.join()

    # --- what people ask ------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """Return state, reason and recovery."""
        return self._machine.status

    @property
    def measured(self) -> ArmState | None:
        """Return the newest state of the arm, None before the first."""
        return self._loop.measured if self._loop else None

    @property
    def sent(self) -> list[float] | None:
        """Return the newest set-point, None before the first."""
        return self._loop.sent if self._loop else None

    @property
    def streaming(self) -> bool:
        """Return whether set-points are being sent; after a stop: until the arm is at rest."""
        return self._loop is not None and self._loop.streaming

    @property
    def stop_time_s(self) -> float:
        """Return how long `stop` takes at most until the set-points are at rest."""
        return longest_stop_s(self._config.limits) + 0.05

    def wait_for(self, states: Iterable[State], timeout_s: float) -> Status:
        """Wait until the driver is in one of `states`; return its status then or at time-out."""
        wanted = set(states)
        self._wait(lambda: self.status.state in wanted, timeout_s)
        return self.status

    def wait_at_rest(self, timeout_s: float) -> bool:
        """Wait until no set-points are sent; return whether that came true."""
        return self._wait(lambda: not self.streaming, timeout_s)

    def report(self) -> dict:
        """Return the figures of this performance; the keys are those of the live report."""
        cadence, record = self._cadence, self._record
        nothing = {"p50": None, "p99": None, "max": None}
        return {
            "servo": cadence.report()
            if cadence
            else {"rate_hz": 0.0, "ticks": 0, "missed": 0, "period_error_ms": nothing},
            "latency_ms": {"ear_to_arm": record.latency.percentiles(1000.0) if record else nothing},
            "motion": {"energy_rad_s": record.energy_rad_s if record else 0.0},
            "chunks": {
                "received": self._inbox.received,
                "refused": self._inbox.refused,
                "stale": self._inbox.overtaken + (self._loop.playout.stale if self._loop else 0),
            },
            "state": self.status.state.value,
            "errors": list(self._loop.errors) if self._loop else [],
        }

    def trajectory(self) -> dict[str, np.ndarray]:
        """Return `time_s` (n,), `measured_rad` (n, 6), `sent_rad` (n, 6) of what was streamed."""
        if self._record is None:
            empty = np.empty((0, 6))
            return {"time_s": np.empty(0), "measured_rad": empty, "sent_rad": empty}
        return self._record.trajectory()

    def save_trajectory(self, path: str | Path) -> None:
        """Write `trajectory()` as a compressed NPZ file."""
        np.savez_compressed(path, **self.trajectory())

    # --- the loop's thread ----------------------------------------------------------------------

    def _ask(self, request: Callable[[], None]) -> None:
        """Run `request` in the loop's thread, the only one that touches the arm."""
        if self._thread is None or not self._thread.is_alive():
            raise RobotError("the driver is not connected: connect first")
        done: Future = Future()
        self._requests.put((request, done))
        try:
            done.result(_REQUEST_TIMEOUT_S)
        except FutureTimeoutError:
            raise RobotError(
                f"the driver has not answered for {_REQUEST_TIMEOUT_S:g} s: check the controller"
            ) from None

    def _run(self, connected: Future) -> None:
        self.refused = prefer_this_thread(
            self._settings.realtime_priority, self._settings.lock_memory
        )
        try:
            self._connect_arm()
        except BaseException as error:
            self._arm.disconnect()
            connected.set_exception(error)
            return
        connected.set_result(None)
        try:
            while not self._closing.is_set():
                self._period()
        finally:
            self._arm.disconnect()
            self._machine.try_on(Event.DISCONNECT, "closed")
            self._drop_requests()

    def _connect_arm(self) -> None:
        arm, config, settings = self._arm, self._config, self._settings
        arm.connect()
        if arm.model != config.model:
            raise RobotError(
                f"{arm.name} is a {arm.model}, but the arm configuration is for a {config.model}: "
                f"use config/arm/{arm.model}.yaml"
            )
        if self._record is None:  # a second connection goes on with the same figures
            self._record = Record(arm.rate_hz, settings.record_minutes)
            self._cadence = Cadence(1.0 / arm.rate_hz, self._clock)
        self._loop = ServoLoop(
            arm,
            config,
            self._clock,
            self._machine,
            self._record,
            amplitude=self.amplitude,
            homing_speed_share=settings.homing_speed_share,
            arm_delay_s=self._arm_delay_s,
            stale_s=settings.stale_s,
        )
        self._machine.on(Event.CONNECT)

    def _period(self) -> None:
        """One turn: wait for the deadline, do what is asked, tick."""
        cadence, loop = self._cadence, self._loop
        due_s = cadence.wait()
        try:
            if self._serve_request():
                cadence.restart()
            elif loop.tick(due_s, self._inbox.take):
                cadence.mark(self._clock.now_s())
                loop.look(due_s + cadence.period_s, self._inbox.take)
            elif not loop.streaming:
                cadence.rest(_IDLE_PAUSE_S)
        except Exception as error:
            # A defect of ours must not leave the arm without its writer.
            _log.exception("the servo loop failed")
            loop.fail(f"internal error: {error!r}", "report it with the log; reset to go on")

    def _serve_request(self) -> bool:
        try:
            request, done = self._requests.get_nowait()
        except Empty:
            return False
        try:
            request()
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        return True

    def _drop_requests(self) -> None:
        while True:
            try:
                _, done = self._requests.get_nowait()
            except Empty:
                return
            done.set_exception(RobotError("the driver is closed: connect first"))

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        deadline_s = self._clock.now_s() + timeout_s
        while not condition():
            if self._clock.now_s() >= deadline_s:
                return False
            self._clock.sleep_until_s(self._clock.now_s() + 0.005)
        return True
