"""One look at variables of a controller by RTDE, before the real client connects.

ur-rtde refuses to connect when one variable is unknown to an older PolyScope, and has no name for
some. So the few that are wanted once are asked for here: protocol version 2 of UR's RTDE guide.
"""

import socket
import struct
from collections.abc import Sequence

from ur3_dancer.errors import RobotError

PORT = 30004
_HEADER = struct.Struct(">HB")
_NUMBERS = {"DOUBLE": 1, "VECTOR3D": 3, "VECTOR6D": 6}
_RATE_HZ = 125.0


def read_once(
    host: str, names: Sequence[str], timeout_s: float = 2.0
) -> dict[str, tuple[float, ...] | None]:
    """Return the present value of each variable; None for one that the controller does not know.

    Args:
        host: address of the controller.
        names: variables of the types DOUBLE, VECTOR3D or VECTOR6D.
        timeout_s: for each answer.

    Raises:
        RobotError: no answer, or another protocol.
    """
    try:
        with socket.create_connection((host, PORT), timeout_s) as connection:
            return _read(connection, names)
    except (OSError, struct.error, ValueError) as error:
        raise RobotError(
            f"RTDE at {host}:{PORT} did not tell {', '.join(names)} ({error}): is it a Universal "
            "Robots controller, and is the network sound?"
        ) from error


def _read(connection: socket.socket, names: Sequence[str]) -> dict[str, tuple[float, ...] | None]:
    if _ask(connection, "V", struct.pack(">H", 2)) != b"\x01":
        raise ValueError("it does not speak protocol version 2")
    types = _set_up(connection, names)
    values: dict[str, tuple[float, ...] | None] = dict.fromkeys(names)
    known = [name for name, kind in zip(names, types, strict=True) if kind in _NUMBERS]
    if not known:
        return values
    if len(known) < len(names):
        types = _set_up(connection, known)
    if _ask(connection, "S", b"") != b"\x01":
        raise ValueError("it does not start to send")
    body = _answer(connection, "U")[1:]  # the first byte is the recipe's number
    for name, kind in zip(known, types, strict=True):
        size = 8 * _NUMBERS[kind]
        values[name] = struct.unpack(f">{_NUMBERS[kind]}d", body[:size])
        body = body[size:]
    return values


def _set_up(connection: socket.socket, names: Sequence[str]) -> list[str]:
    body = struct.pack(">d", _RATE_HZ) + ",".join(names).encode()
    return _ask(connection, "O", body)[1:].decode().split(",")


def _ask(connection: socket.socket, kind: str, body: bytes) -> bytes:
    connection.sendall(_HEADER.pack(_HEADER.size + len(body), ord(kind)) + body)
    return _answer(connection, kind)


def _answer(connection: socket.socket, kind: str) -> bytes:
    """Return the body of the next packet of a kind; others (messages) are passed over."""
    while True:
        size, found = _HEADER.unpack(_take(connection, _HEADER.size))
        body = _take(connection, max(0, size - _HEADER.size))
        if chr(found) == kind:
            return body


def _take(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("it ended the connection")
        data += more
    return data
