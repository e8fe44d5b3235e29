"""What the one writer does in every control period.

`ServoLoop` alone touches the arm. Its methods run in one thread: the driver's, or a test's.
"""

from collections import deque
from collections.abc import Callable, Sequence

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.limiter import Limiter
from ur3_dancer.motion.limits import UR3_POSITION_RAD
from ur3_dancer.motion.playout import Playout
from ur3_dancer.motion.transfer import Transfer, move_to, stop_from
from ur3_dancer.motion.workspace import WorkspaceGuard
from ur3_dancer.robot.arm import Arm, ArmState
from ur3_dancer.robot.driver_state import DriverState, Event, State
from ur3_dancer.robot.record import Record
from ur3_dancer.robot.watch import Watch

_MOVING = (State.HOMING, State.READY, State.DANCING, State.HOLDING)
_PLAYING = (State.READY, State.DANCING, State.HOLDING)
_SHORT_PERIOD_S = 0.004
_HOME_TOLERANCE_RAD = 2e-3
_HOMING_CHECKS = 80


class ServoLoop:
    """One arm, one stream of set-points.

    Attributes:
        streaming: whether set-points are being sent.
        measured: the newest arm state, None before the first.
        sent: the newest set-point, None before the first.
        errors: the last causes of faults, in words.
        amplitude: largest size of the motion, 0 to 1; may be set at any time, from any thread.
    """

    def __init__(
        self,
        arm: Arm,
        arm_config: ArmConfig,
        clock: Clock,
        machine: DriverState,
        record: Record,
        *,
        amplitude: float,
        homing_speed_share: float,
        arm_delay_s: float,
        stale_s: float,
    ):
        """Prepare for a connected arm; `machine` is shared with the driver."""
        self._arm = arm
        self._config = arm_config
        self._clock = clock
        self._machine = machine
        self._record = record
        self.amplitude = amplitude
        self._homing_speed_share = homing_speed_share
        self._arm_delay_s = arm_delay_s
        self._guard = WorkspaceGuard(arm_config.model, arm_config.workspace)
        self._limiter = Limiter(arm_config.limits, 1.0 / arm.rate_hz, self._guard)
        self._watch = Watch(arm.name, stale_s)
        self._watch.restart(clock.now_s())
        self.playout = Playout(arm_config)
        self.playout.limit_amplitude(amplitude)
        self._path: Transfer | None = None
        self._going_home = False
        self._capture_s: float | None = None
        self._looked: ArmState | None = None
        self._merged_ahead = False
        self._largest = amplitude
        self._link_lost = False
        self.streaming = False
        self.errors: deque[str] = deque(maxlen=50)
        self.measured: ArmState | None = None
        self.sent: list[float] | None = None

    # --- asked for by people; each raises RobotError when it cannot be done -------------------

    def hand_over(self, event: Event) -> None:
        """Begin START or HOME: from rest the measured pose seeds the commands, once."""
        self._machine.require(event)
        if not self.streaming:
            self._begin_stream()
        elif event is Event.HOME:
            self._path, self._going_home = None, False
        self._machine.on(event)

    def reset(self) -> None:
        """Leave STOPPED or FAULT, if the arm is at rest and says that all is well."""
        self._machine.require(Event.RESET)
        if self.streaming:
            raise RobotError("cannot reset yet: the arm is still coming to rest; try again")
        if self._link_lost or not self._arm.connected:
            self._link_lost = True  # until a connection succeeds
            self._arm.disconnect()
            self._arm.connect()
            self._link_lost = False
        self._check_arm("reset")
        self._machine.on(Event.RESET)

    def _check_arm(self, wish: str) -> ArmState:
        now_s = self._clock.now_s()
        self._watch.restart(now_s)
        state = self._arm.read()
        fault = self._watch.check(state, now_s)
        if fault:
            raise RobotError(f"cannot {wish}: {fault.cause}: {fault.recovery}")
        return state

    def _begin_stream(self) -> None:
        self._arm.prepare()
        q = [float(value) for value in self._check_arm("start").q]
        self._guard.tolerance_m = self._guard.depth_m(q)
        self._limiter.seed(q)
        self._limiter.use_range(-UR3_POSITION_RAD, UR3_POSITION_RAD)
        try:
            self._check_way_home(q)
        except RobotError:
            self._arm.stop()
            raise
        self._path, self._going_home = None, False
        self.sent = q
        self.streaming = True

    def _check_way_home(self, q: Sequence[float]) -> None:
        zero = [0.0] * 6
        way = move_to(self._config.home_rad, q, zero, zero, self._config.limits, 0.0)
        for pose in way.poses(_HOMING_CHECKS):
            wrong = self._guard.violation(pose)
            if wrong:
                raise RobotError(
                    f"no straight way home from where {self._arm.name} stands: {wrong}: move it "
                    "by hand (freedrive or jogging) to a pose nearer to home and start again"
                )

    # --- every control period ------------------------------------------------------------------

    def tick(self, due_s: float, take_chunk: Callable[[], Chunk | None]) -> bool:
        """Do one period's work; return whether a set-point was sent.

        Args:
            due_s: when the set-point is to leave; computing is done before, the wait for it here.
            take_chunk: returns the newest chunk that arrived since, or None.
        """
        try:
            self.measured = state = self._looked or self._arm.read()
            self._looked = None
            fault = self._watch.check(state, due_s)
            if fault:
                self._link_lost = self._link_lost or fault.link_lost
                self.fail(fault.cause, fault.recovery)
                return False
            if not self.streaming:
                take_chunk()
                return False
            chunk = None if self._merged_ahead else take_chunk()
            self._merged_ahead = False
            command = self._next_command(due_s, chunk)
            if command is None:
                self._end_stream()
                return False
            self._clock.sleep_until_s(due_s)
            self.sent = self._arm.servo(command)
        except RobotError as error:
            self.fail(str(error), "mend the cause, then reset")
            return False
        self._note(state)
        return True

    def look(self, due_s: float, take_chunk: Callable[[], Chunk | None]) -> None:
        """Prepare the tick that is due at `due_s`, in the time that the last one left over.

        The arm is read; in a short period a chunk is merged, too. In a long one (CB3) there is time
        for that in the tick, and a chunk would be a period older for nothing.
        """
        if not self.streaming:
            return
        try:
            self._looked = self._arm.read()
            dancing = self._machine.wants_dance and self._machine.state in _PLAYING
            if dancing and self._limiter.period_s < _SHORT_PERIOD_S:
                chunk = take_chunk()
                if chunk is not None:
                    self._merge(chunk, due_s + self._arm_delay_s)
                self._merged_ahead = True
        except RobotError as error:
            self.fail(str(error), "mend the cause, then reset")

    def fail(self, cause: str, recovery: str) -> None:
        """Enter FAULT and let the controller bring the arm to rest."""
        if self._machine.state is not State.FAULT:
            self.errors.append(cause)
        self._machine.try_on(Event.FAULT, cause, recovery)
        if self.streaming or self._link_lost:
            self._end_stream()

    def _end_stream(self) -> None:
        self.streaming = False
        self._capture_s = self._path = self._looked = None
        self._guard.tolerance_m = 0.0
        try:
            self._arm.stop()
        except RobotError as error:
            self.fail(str(error), "mind the arm; check the controller, then reset")

    def _next_command(self, due_s: float, chunk: Chunk | None) -> list[float] | None:
        """Return the next set-point, or None when the stream is over."""
        state = self._machine.state
        if state not in _MOVING:
            return self._to_rest(due_s)
        if state is State.HOMING:
            return self._homing(due_s)
        self._path = None
        if state is State.READY and not self._machine.wants_dance:
            return self._limiter.step(self._config.home_rad.tolist(), [0.0] * 6)
        return self._dance(due_s + self._arm_delay_s, chunk)

    def _dance(self, cursor_s: float, chunk: Chunk | None) -> list[float]:
        playout, machine = self.playout, self._machine
        if chunk is not None:
            self._merge(chunk, cursor_s)
        if machine.state is not State.DANCING and not playout.is_exhausted(cursor_s):
            machine.try_on(Event.PLAY)
        q, dq = playout.sample(cursor_s)
        command = self._limiter.step(q.tolist(), dq.tolist())
        if (
            machine.state is State.DANCING
            and playout.is_exhausted(cursor_s)
            and self._limiter.at_rest
        ):
            machine.try_on(Event.HELD, "no new chunks", "waits for the music's chunks")
        return command

    def _merge(self, chunk: Chunk, cursor_s: float) -> None:
        largest = self.amplitude * self.measured.speed_scaling
        if largest != self._largest:
            self._largest = largest
            self.playout.limit_amplitude(largest)
        try:
            if self.playout.merge(chunk, cursor_s):
                self._capture_s = chunk.capture_s
        except ConfigError as error:  # was in order when it was submitted
            raise RobotError(f"a checked chunk was refused: {error}") from error

    def _homing(self, due_s: float) -> list[float]:
        """Come to rest first, then go home slowly: both are known paths, streamed like a dance.

        moveJ was rejected: it runs in the controller, out of reach of the watchdog, of the limits
        and of `stop`, and a second writer would have to be kept apart from this one.
        """
        limiter = self._limiter
        if self._path is None:
            self._going_home = limiter.at_rest
            if self._going_home:
                limiter.use_range(-UR3_POSITION_RAD, UR3_POSITION_RAD)
                self._path = move_to(
                    self._config.home_rad,
                    limiter.q,
                    [0.0] * 6,
                    [0.0] * 6,
                    self._config.limits,
                    due_s - limiter.period_s,
                    self._homing_speed_share,
                )
            else:
                self._path = self._stop_path(due_s)
        command = limiter.step(*self._path.sample(due_s))
        if due_s >= self._path.end_s and limiter.at_rest:
            if not self._going_home:
                self._path = None
            elif self._is_home(command):
                self._arrive_home()
        return command

    def _is_home(self, q: Sequence[float]) -> bool:
        home = self._config.home_rad
        return max(abs(a - b) for a, b in zip(q, home, strict=True)) < _HOME_TOLERANCE_RAD

    def _arrive_home(self) -> None:
        limits = self._config.limits
        self._path = None
        self._guard.tolerance_m = 0.0
        self._limiter.use_range(limits.lower_rad, limits.upper_rad)
        self.playout.hold(self._config.home_rad)
        self._machine.try_on(Event.HOMED)

    def _to_rest(self, due_s: float) -> list[float] | None:
        if self._path is None or self._going_home:
            self._path, self._going_home = self._stop_path(due_s), False
        if due_s >= self._path.end_s and self._limiter.at_rest:
            self._path = None
            return None
        return self._limiter.step(*self._path.sample(due_s))

    def _stop_path(self, due_s: float) -> Transfer:
        limiter = self._limiter
        # The state is that of a period ago: the path is a period old already.
        started_s = due_s - limiter.period_s
        return stop_from(limiter.q, limiter.v, limiter.a, self._config.limits, started_s)

    def _note(self, state: ArmState) -> None:
        now_s = self._clock.now_s()
        if self._capture_s is not None:
            self._record.latency.add(now_s - self._capture_s)
            self._capture_s = None
        self._record.add(now_s, state.q, self.sent)
        if self._machine.state in (State.DANCING, State.HOLDING):
            self._record.add_energy(state.dq)
