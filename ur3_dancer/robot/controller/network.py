"""Sockets of the controller: several ports on one address, served by one thread.

`select` is used because Python's epoll rounds its time-outs to a millisecond, half a cycle of a
UR3e. Its limit of 1,024 descriptors is kept by `MAX_CONNECTIONS`.
"""

import logging
import select
import socket
from collections.abc import Callable, Iterable

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.controller.link import Link, Way

_LOG = logging.getLogger(__name__)

MAX_CONNECTIONS = 100
_MAX_UNSENT = 1 << 20
_RECEIVE = 1 << 16


class Connection:
    """One client.

    Attributes:
        peer: its address, for the log.
        streaming: it gets a packet every cycle and is read once a cycle, which saves wake-ups.
        received: called with each piece of data; set by the port's handler.
        closed: called once when the connection ends.
        open: False once it ended.
    """

    def __init__(self, sock: socket.socket, port: int, peer: str, link: Link | None = None):
        self._socket = sock
        self.port = port
        self.peer = peer
        self.streaming = False
        self.open = True
        self.received: Callable[[bytes], None] = lambda data: None
        self.closed: Callable[[], None] = lambda: None
        self._unsent = bytearray()
        self._complaints = 0
        self._way_in = None if link is None else Way(link, lambda data: self.received(data))
        self._way_out = None if link is None else Way(link, self._send)

    def fileno(self) -> int:
        """Return the descriptor, for select."""
        return self._socket.fileno()

    @property
    def congested(self) -> bool:
        """Whether the client does not read what was sent."""
        return bool(self._unsent)

    def send(self, data: bytes) -> None:
        """Send `data`; keep what the socket does not take, up to a megabyte of it."""
        if self._way_out is None:
            self._send(data)
        else:
            self._way_out.carry(data)

    def _send(self, data: bytes) -> None:
        if not self.open:
            return
        if not self._unsent:
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                pass
            except OSError as error:
                self.close(str(error))
                return
        if data:
            self._unsent += data
            if len(self._unsent) > _MAX_UNSENT:
                self.close("it does not read what it is sent")

    def flush(self) -> None:
        """Send what was kept."""
        if self._unsent and self.open:
            data, self._unsent = bytes(self._unsent), bytearray()
            self._send(data)

    def pump(self) -> None:
        """Deliver what a slow link held up."""
        if self._way_in is not None and self._way_out is not None:
            self._way_in.pump()
            self._way_out.pump()

    def read(self) -> None:
        """Take what arrived and hand it on."""
        while self.open:
            try:
                data = self._socket.recv(_RECEIVE)
            except BlockingIOError:
                return
            except OSError as error:
                self.close(str(error))
                return
            if not data:
                self.close("the client left")
                return
            if self._way_in is None:
                self.received(data)
            else:
                self._way_in.carry(data)
            if len(data) < _RECEIVE:
                return

    def complain(self, text: str) -> None:
        """Log what is wrong with a client's data; only now and then when there is much of it."""
        self._complaints += 1
        if self._complaints <= 10 or self._complaints % 1000 == 0:
            _LOG.warning("%s port %d: %s (no. %d)", self.peer, self.port, text, self._complaints)

    def close(self, reason: str) -> None:
        """End the connection."""
        if self.open:
            self.open = False
            _LOG.info("%s left port %d: %s", self.peer, self.port, reason)
            self._socket.close()
            self.closed()


class Ports:
    """Listening sockets and their connections."""

    def __init__(
        self,
        host: str,
        handlers: dict[int, Callable[[Connection], None]],
        link: Link,
        linked: frozenset[int],
    ):
        """Listen on every port of `handlers`; each handler is given the new connections.

        Args:
            host: address to listen on.
            handlers: by port.
            link: the network between us and the clients of the ports in `linked`.
            linked: see there.

        Raises:
            RobotError: a port cannot be had.
        """
        self._handlers = handlers
        self._link = link
        self._linked = linked
        self._listeners: dict[socket.socket, int] = {}
        self.connections: list[Connection] = []
        for port in handlers:
            self._listeners[self._listen(host, port)] = port

    def _listen(self, host: str, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            listener.bind((host, port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            self.close()
            raise RobotError(
                f"port {port} of {host} cannot be had ({error.strerror or error}): stop the other "
                "controller or URSim that uses it, or choose another address, --host 127.0.0.2 to "
                "127.0.0.254"
            ) from error
        return listener

    def wait(self, timeout_s: float) -> None:
        """Serve what comes in, for `timeout_s` at most."""
        self._tidy()
        waiting = [c for c in self.connections if not c.streaming]
        readers = [*self._listeners, *waiting]
        writers = [c for c in self.connections if c.congested]
        readable, writable, _ = select.select(readers, writers, [], max(0.0, timeout_s))
        for ready in readable:
            if isinstance(ready, Connection):
                ready.read()
        for connection in writable:
            connection.flush()
        # Those who left make room before those who come are counted.
        self._tidy()
        for ready in readable:
            if isinstance(ready, socket.socket):
                self._accept(ready)

    def read_streaming(self) -> None:
        """Read the clients that are read once a cycle."""
        for connection in self.connections:
            if connection.streaming:
                connection.read()
        self._tidy()

    def pump(self) -> None:
        """Deliver what a slow link held up."""
        for connection in self.connections:
            connection.pump()

    def _tidy(self) -> None:
        if not all(c.open for c in self.connections):
            self.connections = [c for c in self.connections if c.open]

    def _accept(self, listener: socket.socket) -> None:
        # One at a time: clients that came and left while we were busy then make room for each
        # other, where a whole queue of them would be counted as present.
        try:
            sock, address = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            _LOG.warning("a client came and went: %s", error)
            return
        self._welcome(sock, address, self._listeners[listener])

    def _welcome(self, sock: socket.socket, address: tuple[str, int], port: int) -> None:
        if len(self.connections) >= MAX_CONNECTIONS:
            _LOG.warning("%s port %d: refused, %d clients", address[0], port, MAX_CONNECTIONS)
            sock.close()
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = self._link if port in self._linked else None
        connection = Connection(sock, port, f"{address[0]}:{address[1]}", link)
        _LOG.info("%s joined port %d", connection.peer, port)
        self.connections.append(connection)
        self._handlers[port](connection)

    def drop(self, ports: Iterable[int]) -> None:
        """End all connections of `ports`."""
        chosen = set(ports)
        for connection in self.connections:
            if connection.port in chosen:
                connection.close("dropped by a fault")
        self._tidy()

    def close(self) -> None:
        """End everything."""
        for connection in self.connections:
            connection.close("the controller ends")
        for listener in self._listeners:
            listener.close()
