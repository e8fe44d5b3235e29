"""Calls that may never return, kept from taking the caller with them."""

import threading
from collections.abc import Callable
from typing import TypeVar

from ur3_dancer.errors import RobotError

Result = TypeVar("Result")


def call_within(timeout_s: float, what: str, call: Callable[[], Result]) -> Result:
    """Return what `call` returns, or raise what it raises, within a time.

    ur-rtde waits for ever, or for 300 s, when the controller falls silent at the wrong moment. The
    call runs in a thread of its own, which is left behind when it does not end.

    Raises:
        RobotError: it has not ended in time.
    """
    outcome: list[tuple[Result | None, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # handed to the caller
            outcome.append((None, error))

    thread = threading.Thread(target=run, name=what, daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        raise RobotError(f"{what} did not end within {timeout_s:g} s: the controller is silent")
    value, error = outcome[0]
    if error is not None:
        raise error
    return value
