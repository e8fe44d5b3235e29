"""The controller proper: programs, safety and the control cycle. It knows nothing of sockets."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ur3_dancer.clock import Clock
from ur3_dancer.robot.controller.model import Model
from ur3_dancer.robot.controller.movers import UnreachableError
from ur3_dancer.robot.controller.referee import Referee
from ur3_dancer.robot.controller.robot import Robot, RobotMode, RuntimeState, SafetyMode
from ur3_dancer.robot.controller.urscript.program import Program
from ur3_dancer.robot.controller.urscript.translator import Compiled, Compiler
from ur3_dancer.robot.controller.urscript.values import ScriptError
from ur3_dancer.robot.controller.watchdogs import Watchdogs
from ur3_dancer.robot.controller.words import waiting, words_of
from ur3_dancer.robot.controller.words_motion import MotionWords
from ur3_dancer.robot.controller.words_socket import SocketWords
from ur3_dancer.robot.controller.words_state import StateWords

_LOG = logging.getLogger(__name__)

UNLOCK_WAIT_S = 5.0
"""A protective stop can be released this long after it happened, as on the real controller."""


class Controller:
    """Runs one robot.

    Attributes:
        robot: its state.
        referee: counts what clients ask of it.
        watchdogs: of the running program.
        unlock_wait_s: how long a protective stop lasts at least.
    """

    def __init__(self, model: Model, referee: Referee, clock: Clock):
        self._clock = clock
        self.robot = Robot(model)
        self.referee = referee
        self.watchdogs = Watchdogs(self.robot)
        self.unlock_wait_s = UNLOCK_WAIT_S
        self._sockets = SocketWords(model.period_s)
        self._words = words_of(
            MotionWords(self.robot.arm, referee, self.protective_stop),
            StateWords(self.robot, self.protective_stop),
            self._sockets,
            self.watchdogs,
        )
        self._compiler = Compiler(waiting(self._words))
        self._workshop = ThreadPoolExecutor(1, "compile")
        self._compiling: list[Future[Compiled]] = []
        self._program: Program | None = None
        self._stopped_s = 0.0

    # Programs

    def upload(self, source: str) -> None:
        """Compile a program beside the control cycle, then run it in place of the present one."""
        self._compiling.append(self._workshop.submit(self._compiler.compile, source))

    @property
    def compiling(self) -> bool:
        """Whether an uploaded program has not been started or refused yet."""
        return bool(self._compiling)

    def _take_compiled(self) -> None:
        while self._compiling and self._compiling[0].done():
            try:
                compiled = self._compiling.pop(0).result()
            except ScriptError as error:
                _LOG.error("program refused: %s", error)
                continue
            for word, line in compiled.unsupported:
                _LOG.warning("%s, line %d: %s is not supported", compiled.name, line, word)
            self._start(compiled)

    def _start(self, compiled: Compiled) -> None:
        robot = self.robot
        if not robot.ready:
            _LOG.error(
                "program %s refused: %s, %s", compiled.name, robot.mode.name, robot.safety.name
            )
            return
        self.stop_program("another program starts")
        self.referee.program_started()
        self._program = Program(compiled, self._words)
        robot.program_name = compiled.name
        robot.runtime = RuntimeState.PLAYING
        _LOG.info("program %s starts", compiled.name)

    def stop_program(self, reason: str) -> bool:
        """End the program; the arm comes to rest. Return whether there was one."""
        if self._program is None:
            return False
        _LOG.info("program %s ends: %s", self._program.name, reason)
        self._program.stop()
        self._program = None
        self._sockets.close_all()
        self.watchdogs.clear()
        self.robot.runtime = RuntimeState.STOPPED
        return True

    def pause_program(self, reason: str) -> bool:
        """Pause the program; the arm comes to rest. Return whether one was running."""
        if self.robot.runtime != RuntimeState.PLAYING:
            return False
        _LOG.info("program pauses: %s", reason)
        self.robot.runtime = RuntimeState.PAUSED
        return True

    def play(self) -> bool:
        """Go on with a paused program. Return whether there was one that may go on."""
        if self.robot.runtime == RuntimeState.PLAYING:
            return True
        if self.robot.runtime != RuntimeState.PAUSED or not self.robot.ready:
            return False
        self.robot.runtime = RuntimeState.PLAYING
        self.watchdogs.restart()
        return True

    # Safety and power

    def protective_stop(self, reason: str) -> None:
        """Stop the arm and pause the program until a person releases it."""
        if self.robot.safety != SafetyMode.NORMAL:
            return
        _LOG.error("protective stop: %s", reason)
        self.robot.safety = SafetyMode.PROTECTIVE_STOP
        self._stopped_s = self.robot.time_s
        self.referee.protective_stop(reason)
        self.pause_program("protective stop")
        self.robot.arm.break_off()

    def unlock(self) -> bool:
        """Release a protective stop; the program goes on with what it did. Return success."""
        if self.robot.safety == SafetyMode.PROTECTIVE_STOP:
            if self.robot.time_s - self._stopped_s < self.unlock_wait_s:
                return False
            self.robot.safety = SafetyMode.NORMAL
            self.play()
        return True

    def emergency_stop(self) -> None:
        """The red button is pressed: programs end, the arm stops and loses its power."""
        _LOG.error("emergency stop")
        self.stop_program("emergency stop")
        self.robot.safety = SafetyMode.ROBOT_EMERGENCY_STOP
        self.robot.mode = RobotMode.POWER_OFF

    def release_emergency_stop(self) -> None:
        """The red button is pulled out; the arm stays without power."""
        if self.robot.safety == SafetyMode.ROBOT_EMERGENCY_STOP:
            self.robot.safety = SafetyMode.NORMAL

    def power(self, mode: RobotMode) -> None:
        """Go to POWER_OFF, IDLE (power, brakes closed) or RUNNING."""
        if self.robot.safety == SafetyMode.ROBOT_EMERGENCY_STOP:
            return
        if mode != RobotMode.RUNNING:
            self.stop_program(f"robot mode {mode.name}")
        self.robot.mode = mode

    # The cycle

    def cycle(self) -> None:
        """Do one control cycle: program, arm, referee."""
        robot = self.robot
        start_s = self._clock.now_s()
        robot.cycle += 1
        self._take_compiled()
        expired = self.watchdogs.expired() if robot.runtime == RuntimeState.PLAYING else None
        if expired is not None:
            self._watchdog(*expired)
        playing = robot.runtime == RuntimeState.PLAYING
        if playing and self._program is not None:
            self._step_program(self._program)
        try:
            robot.arm.step(robot.runtime == RuntimeState.PLAYING)
        except UnreachableError as error:
            self.protective_stop(str(error))
        self.referee.cycle(robot.arm.servoing, robot.arm.actual_q, robot.arm.actual_dq)
        robot.cycle_time_s = self._clock.now_s() - start_s

    def _step_program(self, program: Program) -> None:
        try:
            program.step()
        except ScriptError as error:
            _LOG.error("program %s failed: %s", program.name, error)
            self.stop_program("it failed")
            return
        if not program.running and self._program is program:
            self.stop_program("it is done")

    def _watchdog(self, variable: str, action: str) -> None:
        _LOG.error("watchdog: %s was not set in time: %s", variable, action)
        if action == "stop":
            self.stop_program("watchdog")
        elif action == "pause":
            self.pause_program("watchdog")

    def servo_packet(self, q: Sequence[float], period_s: float) -> None:
        """Hand a servoJ command that arrived to the referee, if a program plays that reads it.

        What comes late, after a watchdog ended the program or a stop paused it, moves nothing and
        is no demand on the arm; compared with the braking arm it would look like a jump.
        """
        if self.robot.runtime == RuntimeState.PLAYING:
            self.referee.packet(q, period_s)

    def close(self) -> None:
        """End the program and the compiler."""
        self.stop_program("the controller ends")
        self._workshop.shutdown(wait=False, cancel_futures=True)
