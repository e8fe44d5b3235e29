"""Keeps a broken link broken: a client library that reconnects by itself is not let.

ur-rtde connects anew within milliseconds of a lost connection and lets the controller's program go
on. The arm would move unasked, and a servoJ call in that moment waits for ever. So the sockets
themselves are watched: the kernel knows of a hang-up before any thread has read of it.
"""

import os
import select
import socket
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

from ur3_dancer.clock import Clock

CUT_S = 0.3
"""So long after a hang-up every new connection is cut: ur-rtde tries once, and then gives up."""

_CUT_EVERY_S = 0.001
_ESTABLISHED = b"\x01"  # the first byte of Linux's tcp_info
_HANG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


class LinkGuard:
    """Watches this process's connections to one controller, from when it is made.

    Needs Linux's /proc; elsewhere nothing is watched and the library's own word has to do.
    """

    def __init__(self, host: str, ports: Collection[int], watched_port: int, clock: Clock):
        """Watch the connections to `host` at `watched_port`; a cut is for all of `ports`."""
        self._address = socket.gethostbyname(host)
        self._ports = ports
        self._clock = clock
        self._broken = False
        self._wake, self._woken = socket.socketpair()
        # Copies of the sockets: their numbers stay ours, whatever the library closes.
        self._sockets = list(_connections(self._address, [watched_port]))
        self._sleeper = select.poll()
        self._sleeper.register(self._wake, select.POLLIN)
        for each in self._sockets:
            self._sleeper.register(each, _HANG_UP)
        self._thread = threading.Thread(target=self._watch, name="link guard", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> bool:
        """Return whether a connection was hung up, asking the kernel.

        A socket option is asked for: unlike `poll` that keeps the interpreter, which a servo loop
        would have to wait for again.
        """
        if not self._broken:
            self._broken = any(
                each.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) != _ESTABLISHED
                for each in self._sockets
            )
        return self._broken

    def cut(self) -> None:
        """Give the link up: cut what there is and what comes for a while. Returns at once."""
        self._broken = True
        self._woken.send(b".")

    def close(self) -> None:
        """Watch no longer; waits for the end of a cut. Safe to call twice."""
        if self._thread.is_alive():
            self._woken.send(b".")
            self._thread.join()
        for each in (*self._sockets, self._wake, self._woken):
            each.close()

    def _watch(self) -> None:
        woken = {number for number, _ in self._sleeper.poll()}
        if self._broken or woken != {self._wake.fileno()}:
            self._broken = True
            until_s = self._clock.now_s() + CUT_S
            while self._clock.now_s() < until_s:
                cut_connections(self._address, self._ports)
                self._clock.sleep_until_s(self._clock.now_s() + _CUT_EVERY_S)


def cut_connections(host: str, ports: Collection[int]) -> int:
    """Shut down this process's TCP connections to `host` at `ports`; return how many."""
    cut = 0
    for connection in _connections(socket.gethostbyname(host), ports):
        with connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
                cut += 1
            except OSError:
                continue  # closed meanwhile: nothing to cut
    return cut


def _connections(address: str, ports: Collection[int]) -> Iterator[socket.socket]:
    """Yield a copy of each of this process's connections to `address` at `ports`."""
    folder = Path("/proc/self/fd")
    for entry in list(folder.iterdir()) if folder.is_dir() else ():
        try:
            if not str(entry.readlink()).startswith("socket:"):
                continue
            connection = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue  # closed meanwhile
        try:
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                to, port = connection.getpeername()[:2]
                if port in ports and to == address:
                    yield connection
                    continue
        except OSError:
            pass  # not connected: nothing of ours
        connection.close()
