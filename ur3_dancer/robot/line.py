"""A line to a child process: one question at a time, an answer or an error to each."""

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

from ur3_dancer.errors import RobotError

SLOW = ("connect", "start", "home", "reset", "close", "report", "save_trajectory")
"""Words that may wait for the controller, or compute for longer than a control period."""

QUICK = ("stop", "set_amplitude", "submit", "glance")

_SLOW_S = 40.0
"""Longer than the driver itself waits for its loop: its error says more than this one."""

_QUICK_S = 2.0


class Line:
    """Asks; any thread may.

    The other end answers each `(word, arguments)` with `(True, answer)` or `(False, error)`.
    """

    def __init__(self, connection: Connection, how_it_ended: Callable[[], str]):
        """Ask over `connection`; `how_it_ended` says in words how the child did, when it has."""
        self._connection = connection
        self._how_it_ended = how_it_ended
        self._lock = threading.Lock()

    def ask(self, word: str, *arguments: object) -> object:
        """Return the answer, or raise the error that the child raised.

        Raises:
            RobotError: besides, when the child is gone or does not answer in time.
        """
        patience_s = _SLOW_S if word in SLOW else _QUICK_S
        try:
            with self._lock:
                self._connection.send((word, arguments))
                if not self._connection.poll(patience_s):
                    # An answer that comes later would be taken for the next question's.
                    self._connection.close()
                    raise RobotError(
                        f"the servo process has not answered {word!r} for {patience_s:g} s: mind "
                        "the arm, press its emergency stop if it moves, and start anew"
                    )
                good, answer = self._connection.recv()
        except (OSError, EOFError):  # closed here, or the child is gone
            raise RobotError(
                f"the servo process {self._how_it_ended()}: look at the arm, then start the "
                "performance anew"
            ) from None
        if not good:
            raise answer
        return answer

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
