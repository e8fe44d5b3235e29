"""The view as a process beside a performance: started, started again, and never missed.

A performance does not need its view. Whatever becomes of it is one line for a person.
"""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError

_log = logging.getLogger(__name__)

OFF = "off"
TOKEN_VARIABLE = "UR3_DANCER_VIEW_TOKEN"
"""The token goes by the environment: everybody on a machine may read another's arguments."""

_READY = re.compile(r"view: https?://\S+:(\d+)/")
_NICE = 10
_AGAIN_S = 2.0
_STARTS = 4
_END_S = 5.0


def parse_port(text: str) -> int | None:
    """Return the port that a person asked for, None for no view at all.

    Raises:
        ConfigError: neither a port nor `off`.
    """
    if text == OFF:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ConfigError(f"--view is {text!r}: give a port, 0 for any that is free, or {OFF}")
    return int(text)


def come_after_the_dance() -> None:
    """Let this process have what processor time others leave; its children inherit that.

    Where Linux groups processes by session (autogroup, a desktop's default), `nice` counts within a
    session only and the session's own niceness between them: a view alone in its session sets both.
    """
    os.nice(_NICE)
    autogroup = Path("/proc/self/autogroup")
    if os.getsid(0) == os.getpid() and autogroup.exists():
        try:
            autogroup.write_text(str(_NICE))
        except OSError as error:
            _log.info("the view's session keeps its priority: %s", error)


class ViewProcess:
    """Runs `ur3-dancer view` until `stop`; a view that dies is started again.

    Attributes:
        starts: how often it has been started.
        process: the running one, None before the first and after the last.
    """

    def __init__(
        self,
        arguments: list[str],
        port: int,
        log: Path,
        clock: Clock,
        show: Callable[[str], None] = print,
        token: str = "",
    ):
        """Prepare.

        Args:
            arguments: of `ur3-dancer view`, without `--port`.
            port: 0 for any that is free; a second start takes the one that the first found.
            log: file for what the view prints.
            clock: for the pause before a new start.
            show: receives each line for a person.
            token: what visitors from the network must bring; empty for none.
        """
        self._arguments = arguments
        self._port = port
        self._log_path = log
        self._clock = clock
        self._show = show
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        if token:
            self._environment[TOKEN_VARIABLE] = token
        self._reader: threading.Thread | None = None
        self._is_ready = False
        self._again_s: float | None = None
        self.process: subprocess.Popen | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "ur3_dancer.cli.main", "view", *self._arguments]
        command += ["--port", str(self._port)]
        if self.starts:
            command.append("--no-browser")  # the page that is open connects again by itself
        self._is_ready = False
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            env=self._environment,
        )
        self.starts += 1
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    def watch(self) -> None:
        """Start it again when it has died; call often."""
        if self.process is not None and self.process.poll() is not None:
            status, self.process = self.process.returncode, None
            self._reader.join()
            if self._is_ready and self.starts < _STARTS:
                self._again_s = self._clock.now_s() + _AGAIN_S
            else:
                self._show(f"no view (status {status}): the show goes on; see {self._log_path}")
        if self._again_s is not None and self._clock.now_s() >= self._again_s:
            self._again_s = None
            self._show("the view ended by itself: starting it again; the show goes on")
            self.start()

    def stop(self) -> None:
        """End it."""
        process, self.process, self._again_s = self.process, None, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reader.join()

    def _read(self, process: subprocess.Popen) -> None:
        with self._log_path.open("a") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                ready = _READY.match(line)
                if ready:
                    self._port = int(ready[1])
                    self._is_ready = True
                if (ready and self.starts == 1) or line.startswith("error: "):
                    self._show(line.strip())
