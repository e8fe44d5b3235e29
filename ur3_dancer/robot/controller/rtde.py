"""The RTDE server, port 30004, protocol version 2.

Packets: uint16 size with the header, uint8 type, body; big-endian. After Universal Robots' "RTDE
guide"; every packet's length is checked before anything is unpacked.
"""

import logging
import struct
from collections.abc import Callable

from ur3_dancer.robot.controller.network import Connection
from ur3_dancer.robot.controller.robot import Robot
from ur3_dancer.robot.controller.rtde_fields import OUTPUTS
from ur3_dancer.robot.controller.rtde_recipes import InputRecipe, OutputRecipe, input_types

_LOG = logging.getLogger(__name__)

PORT = 30004
_HEADER = struct.Struct(">HB")
_VERSION = 2
_MAX_FIELD_LIST = 2048


class RtdeServer:
    """Serves all RTDE clients.

    Attributes:
        claimed: who may set each input: a connection, or a text that names the field bus.
    """

    def __init__(
        self,
        robot: Robot,
        servo_command: Callable[[list[float], float], None],
        touched: Callable[[tuple[str, ...]], None],
    ):
        """Serve `robot`.

        Args:
            robot: the robot.
            servo_command: called with each servoJ target and its period that arrives.
            touched: called with the names of inputs that were just set.
        """
        self._robot = robot
        self._servo_command = servo_command
        self._touched = touched
        self._clients: list[_Client] = []
        self.claimed: dict[str, object] = {}

    def join(self, connection: Connection) -> None:
        """Serve a new client."""
        client = _Client(self, connection)
        self._clients.append(client)
        connection.received = client.receive
        connection.closed = lambda: self._leave(client)

    def _leave(self, client: "_Client") -> None:
        self._clients.remove(client)
        for name in [n for n, owner in self.claimed.items() if owner is client.connection]:
            del self.claimed[name]

    def publish(self) -> None:
        """Send every started client its outputs, when they are due."""
        cycle = self._robot.cycle
        for client in list(self._clients):
            recipe = client.output
            due = client.started and recipe is not None and cycle % recipe.every == 0
            # A client that does not keep up loses whole packets, never parts of one.
            if due and not client.connection.congested:
                client.connection.send(recipe.packet(self._robot))


class _Client:
    def __init__(self, server: RtdeServer, connection: Connection):
        self._server = server
        self.connection = connection
        self.started = False
        self.output: OutputRecipe | None = None
        self._inputs: dict[int, InputRecipe] = {}
        self._buffer = bytearray()

    def receive(self, data: bytes) -> None:
        """Take bytes; handle the packets that are complete."""
        buffer = self._buffer
        buffer += data
        position = 0
        while len(buffer) - position >= _HEADER.size and self.connection.open:
            size, kind = _HEADER.unpack_from(buffer, position)
            if size < _HEADER.size:
                self.connection.complain(f"packet of {size} bytes, shorter than its header")
                self.connection.close("its packets cannot be told apart any more")
                return
            if len(buffer) - position < size:
                break
            body = bytes(buffer[position + _HEADER.size : position + size])
            position += size
            self._handle(chr(kind), body)
        del buffer[:position]

    def _handle(self, kind: str, body: bytes) -> None:
        handler = self._HANDLERS.get(kind)
        if handler is None:
            self.connection.complain(f"unknown packet type {kind!r} ({len(body)} bytes)")
            return
        try:
            handler(self, body)
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            self.connection.complain(f"packet {kind!r} of {len(body)} bytes: {error}")

    def _reply(self, kind: str, body: bytes) -> None:
        self.connection.send(_HEADER.pack(_HEADER.size + len(body), ord(kind)) + body)

    def _protocol(self, body: bytes) -> None:
        (version,) = struct.unpack(">H", body)
        self._reply("V", bytes([version == _VERSION]))

    def _controller_version(self, body: bytes) -> None:
        self._reply("v", struct.pack(">4I", *self._server._robot.model.version))

    def _setup_outputs(self, body: bytes) -> None:
        (hz,) = struct.unpack_from(">d", body)
        names = _names(body[8:])
        types = [OUTPUTS[name].type if name in OUTPUTS else "NOT_FOUND" for name in names]
        rate_hz = self._server._robot.model.rate_hz
        self.output = None
        self.started = self.connection.streaming = False
        if names and "NOT_FOUND" not in types:
            hz = max(1.0, min(float(rate_hz), hz)) if hz == hz else float(rate_hz)
            self.output = OutputRecipe(names, max(1, round(rate_hz / hz)))
        else:
            self._log_missing(names, types)
        self._reply("O", bytes([self.output is not None]) + ",".join(types).encode())

    def _log_missing(self, names: list[str], types: list[str]) -> None:
        bad = [f"{n}: {t}" for n, t in zip(names, types, strict=True) if t in _REFUSALS]
        self.connection.complain("refused variables " + (", ".join(bad)[:500] or "(none given)"))

    def _setup_inputs(self, body: bytes) -> None:
        names = _names(body)
        claimed = self._server.claimed
        types = input_types(names, claimed, self.connection)
        free = [i for i in range(1, 256) if i not in self._inputs]
        number = 0
        if names and free and not _REFUSALS & set(types):
            number = free[0]
            self._inputs[number] = InputRecipe(names)
            claimed.update(dict.fromkeys(names, self.connection))
        else:
            self._log_missing(names, types)
        self._reply("I", bytes([number]) + ",".join(types).encode())

    def _start(self, body: bytes) -> None:
        self.started = self.output is not None
        # Read once a cycle from now on: the client sends all the time, and each wake-up costs.
        self.connection.streaming = self.started
        self._reply("S", bytes([self.started]))

    def _pause(self, body: bytes) -> None:
        self.started = self.connection.streaming = False
        self._reply("P", b"\x01")

    def _data(self, body: bytes) -> None:
        recipe = self._inputs.get(body[0]) if body else None
        if recipe is None:
            self.connection.complain(f"data for input recipe {body[:1]!r}, which was not set up")
            return
        values = recipe.unpack(body)
        recipe.apply(self._server._robot, values)
        servo = recipe.servo_command(values)
        if servo is not None:
            self._server._servo_command(*servo)
        self._server._touched(recipe.names)

    def _text(self, body: bytes) -> None:
        _LOG.info("%s says %r", self.connection.peer, body[:200])

    _HANDLERS = {  # noqa: RUF012 - a table that nobody changes
        "V": _protocol,
        "v": _controller_version,
        "O": _setup_outputs,
        "I": _setup_inputs,
        "S": _start,
        "P": _pause,
        "U": _data,
        "M": _text,
    }


_REFUSALS = {"NOT_FOUND", "IN_USE"}


def _names(text: bytes) -> list[str]:
    if len(text) > _MAX_FIELD_LIST:
        raise ValueError(f"a list of {len(text)} bytes, {_MAX_FIELD_LIST} are allowed")
    return [name.strip() for name in text.decode("ascii").split(",") if name.strip()]
