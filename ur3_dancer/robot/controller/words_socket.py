# ruff: noqa: D102 - the words are Universal Robots', and its script manual describes them
"""URScript's words for sockets: programs connect back to their client with them."""

import socket
import struct
from collections.abc import Generator

from ur3_dancer.robot.controller.urscript.values import ScriptError, Text, Vector, to_text

Steps = Generator[None, None, object]

_MAX_BUFFER = 1 << 20


class _Line:
    def __init__(self, sock: socket.socket):
        self.socket = sock
        self.buffer = bytearray()
        self.open = True

    def fill(self) -> None:
        while self.open and len(self.buffer) < _MAX_BUFFER:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.open = False
            self.buffer += data


class SocketWords:
    """Every public method except `close_all` is a word of URScript."""

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._lines: dict[str, _Line] = {}

    def socket_open(self, address: str, port: float, socket_name: str = "socket_0") -> Steps:
        self.socket_close(socket_name)
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            sock.connect((address, int(port)))
        except BlockingIOError:
            pass
        except (OSError, OverflowError):
            sock.close()
            yield
            return False
        for _ in range(round(2.0 / self._period_s)):
            yield
            try:
                sock.getpeername()
            except OSError:
                if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    break
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines[socket_name] = _Line(sock)
            return True
        sock.close()
        return False

    def socket_close(self, socket_name: str = "socket_0") -> None:
        line = self._lines.pop(socket_name, None)
        if line is not None:
            line.socket.close()

    def _line(self, name: str) -> _Line:
        if name not in self._lines:
            raise ScriptError(f"socket {name!r} is not open")
        return self._lines[name]

    def _wait(self, line: _Line, count: int, timeout: float) -> Steps:
        """Wait until `count` bytes are there; a time-out of 0 waits for ever, as URScript does."""
        left_s = timeout
        while True:
            line.fill()
            if len(line.buffer) >= count:
                return True
            if not line.open or (timeout > 0.0 and left_s <= 0.0):
                return False
            left_s -= self._period_s
            yield

    def socket_read_binary_integer(
        self, number: float, socket_name: str = "socket_0", timeout: float = 2.0
    ) -> Steps:
        count = max(0, min(30, int(number)))
        line = self._line(socket_name)
        if not (yield from self._wait(line, 4 * count, timeout)):
            if not line.open:
                yield
            return Vector([0.0] + [float("nan")] * count)
        values = struct.unpack(f">{count}i", line.buffer[: 4 * count])
        del line.buffer[: 4 * count]
        return Vector([float(count), *map(float, values)])

    def socket_read_string(
        self,
        socket_name: str = "socket_0",
        prefix: str = "",
        suffix: str = "",
        interpret_escape: bool = False,
        timeout: float = 2.0,
    ) -> Steps:
        line = self._line(socket_name)
        if not (yield from self._wait(line, 1, timeout)):
            if not line.open:
                yield
            return Text("")
        text = line.buffer[:1023].decode("latin-1")
        del line.buffer[:1023]
        return Text(text)

    def _send(self, data: bytes, name: str) -> bool:
        line = self._line(name)
        try:
            return line.socket.send(data) == len(data)
        except OSError:
            line.open = False
            return False

    def socket_send_int(self, value: float, socket_name: str = "socket_0") -> bool:
        return self._send(struct.pack(">i", int(value)), socket_name)

    def socket_send_byte(self, value: float, socket_name: str = "socket_0") -> bool:
        return self._send(bytes([int(value) & 255]), socket_name)

    def socket_send_string(self, text: object, socket_name: str = "socket_0") -> bool:
        return self._send(to_text(text).encode("latin-1", "replace"), socket_name)

    def socket_send_line(self, text: object, socket_name: str = "socket_0") -> bool:
        return self._send(to_text(text).encode("latin-1", "replace") + b"\n", socket_name)

    def close_all(self) -> None:
        """Close every socket of a program that ended."""
        for name in list(self._lines):
            self.socket_close(name)
