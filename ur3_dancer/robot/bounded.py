"""Calls that may never return, kept from taking the caller with them."""

import os
import socket
import threading
from collections.abc import Callable, Collection
from pathlib import Path
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


def cut_connections(host: str, ports: Collection[int]) -> int:
    """Shut down this process's TCP connections to `host` at `ports`; return how many.

    For a client library that waits for ever on a silent peer and cannot be told not to: its reads
    then end. Needs Linux's /proc; elsewhere nothing is cut.
    """
    folder = Path("/proc/self/fd")
    cut = 0
    for entry in list(folder.iterdir()) if folder.is_dir() else ():
        try:
            if not str(entry.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as connection:
                if connection.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                address, port = connection.getpeername()[:2]
                if port in ports and address == socket.gethostbyname(host):
                    connection.shutdown(socket.SHUT_RDWR)
                    cut += 1
        except OSError:
            continue  # closed meanwhile, or not connected: nothing to cut
    return cut
