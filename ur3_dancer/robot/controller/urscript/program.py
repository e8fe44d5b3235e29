"""A running program: its threads, each a generator that gives up one control cycle at a `yield`."""

import inspect
import re
import traceback
from collections.abc import Callable, Generator

from ur3_dancer.robot.controller.urscript.translator import FILE_NAME, Compiled
from ur3_dancer.robot.controller.urscript.values import (
    Pose,
    ScriptError,
    ScriptHalt,
    Text,
    Vector,
    own,
)

MAX_TURNS_PER_CYCLE = 20_000
"""Loop turns a program may take within one cycle; the real controller too ends such a loop."""


class ScriptThread:
    """One thread; the handle that `run` returns."""

    def __init__(self, steps: Generator):
        self._steps = steps
        self.alive = True

    def step(self) -> None:
        """Run until the thread waits for the next cycle or ends."""
        try:
            next(self._steps)
        except StopIteration:
            self.alive = False

    def kill(self) -> None:
        """End the thread; a motion that it was waiting for comes to rest by itself."""
        self.alive = False
        if not self._steps.gi_running:
            self._steps.close()


class Program:
    """A compiled program with its variables and threads.

    Attributes:
        name: the program's own name.
        running: False once the program ended, whatever the cause.
    """

    def __init__(self, compiled: Compiled, words: dict[str, Callable]):
        self.name = compiled.name
        self.running = True
        self._lines = compiled.lines
        self._turns = 0
        self._threads: list[ScriptThread] = []
        namespace: dict[str, object] = {f"w_{name}": word for name, word in words.items()}
        namespace |= {
            "w__own": own,
            "w__list": Vector,
            "w__pose": Pose,
            "w__text": Text,
            "w__run": self._run,
            "w__kill": self._kill,
            "w__join": self._join,
            "w__halt": self._halt,
            "w__turn": self._turn,
            "w__unknown": self._unknown,
        }
        exec(compiled.code, namespace)
        self._main = ScriptThread(namespace["f_main"]())
        self._threads.append(self._main)

    def step(self) -> None:
        """Give every thread its turn in this control cycle; threads started meanwhile included.

        Raises:
            ScriptError: the program failed; the text names the line. It no longer runs.
        """
        self._turns = 0
        try:
            for thread in self._threads:
                if thread.alive:
                    thread.step()
                if not self._main.alive:
                    self.stop()
                    return
        except ScriptHalt:
            self.stop()
        except Exception as error:
            # Whatever Python raises here is the program's fault: types, indices, zero division.
            line = self._line_of(error)
            self.stop()
            raise ScriptError(f"line {line}: {_reason(error)}") from error
        if not all(thread.alive for thread in self._threads):
            self._threads = [thread for thread in self._threads if thread.alive]

    def stop(self) -> None:
        """End the program and all its threads."""
        self.running = False
        for thread in self._threads:
            thread.kill()
        self._threads = []

    def _line_of(self, error: BaseException) -> int:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == FILE_NAME and frame.lineno is not None
        ]
        return self._lines[lines[-1]] if lines else 0

    def _run(self, function: Callable, *arguments: object, **keywords: object) -> ScriptThread:
        if inspect.isgeneratorfunction(function):
            steps = function(*arguments, **keywords)
        else:
            steps = _as_steps(function, arguments, keywords)
        thread = ScriptThread(steps)
        self._threads.append(thread)
        return thread

    def _kill(self, thread: object) -> None:
        # Programs also kill the 0 that stands for "no thread yet".
        if isinstance(thread, ScriptThread):
            thread.kill()

    def _join(self, thread: object) -> Generator:
        while isinstance(thread, ScriptThread) and thread.alive:
            yield

    def _halt(self) -> None:
        raise ScriptHalt

    def _turn(self) -> None:
        self._turns += 1
        if self._turns > MAX_TURNS_PER_CYCLE:
            raise ScriptError("an endless loop without sync()")

    def _unknown(self, name: str) -> None:
        raise ScriptError(f"{name} is not supported by the embedded controller")


def _as_steps(function: Callable, arguments: tuple, keywords: dict) -> Generator:
    function(*arguments, **keywords)
    return
    yield


def _reason(error: BaseException) -> str:
    if isinstance(error, ScriptError):
        return str(error)
    # Without the translator's prefixes these are the program's own names.
    return f"{type(error).__name__}: " + re.sub(r"\b[wvf]_(?=\w)", "", str(error))
