"""The other process that hears the performance: started, read, spoken to, and started again.

The view has no word of ROS: whatever prints the lines of `performance` can feed it.
"""

import json
import logging
import subprocess
import threading
from collections.abc import Sequence

from ur3_dancer.clock import Clock
from ur3_dancer.stage.view.performance import Answer, Performance

_log = logging.getLogger(__name__)

_AGAIN_S = 1.0
_END_S = 3.0


class Feed:
    """One child process; its standard output is the feed, its standard input takes words.

    Attributes:
        starts: how often it has been started.
    """

    def __init__(self, command: Sequence[str], performance: Performance, clock: Clock):
        """Prepare.

        Args:
            command: what to start.
            performance: receives what is said.
            clock: for the pause before a new start.
        """
        self._command = list(command)
        self._performance = performance
        self._clock = clock
        self._process: subprocess.Popen | None = None
        self._reader: threading.Thread | None = None
        self._lock = threading.Lock()
        self._start_at_s = 0.0
        self.starts = 0

    def watch(self) -> None:
        """Start the process, or start it again a second after it has ended; call often."""
        if self._process is not None and self._process.poll() is not None:
            _log.warning("the feed ended with status %d", self._process.returncode)
            self._process = None
            self._start_at_s = self._clock.now_s() + _AGAIN_S
        if self._process is None and self._clock.now_s() >= self._start_at_s:
            self._start()

    def say(self, word: str) -> None:
        """Pass a word to the driver: start, stop, reset or home. The answer comes by the feed."""
        self._send(word, {"say": word})

    def set(self, node: str, name: str, value: float) -> None:
        """Set a parameter of a node that may be set while it works."""
        self._send(f"{node}.{name}", {"set": {"node": node, "name": name, "value": value}})

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.stdin.close()  # it ends when nobody speaks to it any more
        except OSError as error:
            _log.info("the feed had left already: %s", error)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reader.join()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self.starts += 1

    def _read(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            self._performance.take(line)

    def _send(self, what: str, request: dict) -> None:
        process = self._process
        self._performance.expect(what)
        try:
            if process is None or process.poll() is not None:
                raise BrokenPipeError
            with self._lock:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
        except (OSError, ValueError):  # ValueError: closed
            self._performance.answer(Answer(what, False, _UNDELIVERED.format(what)))


_UNDELIVERED = (
    "{} did NOT reach the driver: the view has lost it. If the arm must stop, press its emergency "
    "stop, or say `ur3-dancer stop` in a shell"
)
