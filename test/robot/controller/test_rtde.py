"""RTDE's packets, one by one, against the server without sockets."""

import struct

import numpy as np
import pytest

from ur3_dancer.robot.controller.rtde import RtdeServer
from ur3_dancer.robot.controller.rtde_fields import CODES, INPUTS, OUTPUTS


class Wire:
    """Stands where a connection stands; keeps what is sent."""

    def __init__(self):
        self.sent = b""
        self.open = True
        self.streaming = False
        self.congested = False
        self.peer = "test"
        self.complaints = []

    def send(self, data: bytes) -> None:
        self.sent += data

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def close(self, reason: str) -> None:
        self.open = False
        self.closed()

    def ask(self, kind: str, body: bytes = b"") -> tuple[str, bytes] | None:
        """Send a packet; return kind and body of the answer, None without one."""
        self.sent = b""
        self.received(struct.pack(">HB", 3 + len(body), ord(kind)) + body)
        if not self.sent:
            return None
        size, answer = struct.unpack_from(">HB", self.sent)
        assert size == len(self.sent)
        return chr(answer), self.sent[3:]


class Server:
    def __init__(self, bench):
        self.robot = bench.robot
        self.commands = []
        self.touched = []
        self.rtde = RtdeServer(
            bench.robot, lambda *command: self.commands.append(command), self.touched.append
        )

    def client(self) -> Wire:
        wire = Wire()
        self.rtde.join(wire)
        return wire


@pytest.fixture
def server(bench):
    return Server(bench)


def outputs(names: str, hz: float = 500.0) -> bytes:
    return struct.pack(">d", hz) + names.encode()


def test_when_versions_are_asked_expect_protocol_two_and_the_controllers(server):
    wire = server.client()
    assert wire.ask("V", b"\x00\x02") == ("V", b"\x01")
    assert wire.ask("V", b"\x00\x01") == ("V", b"\x00")
    kind, body = wire.ask("v")
    assert kind == "v"
    assert struct.unpack(">4I", body) == server.robot.model.version


def test_when_outputs_are_set_up_expect_types_without_a_trailing_comma(server):
    answer = server.client().ask("O", outputs("timestamp,actual_q,robot_mode,"))
    assert answer == ("O", b"\x01DOUBLE,VECTOR6D,INT32")


def test_when_an_output_is_unknown_expect_not_found_and_no_start(server):
    wire = server.client()
    assert wire.ask("O", outputs("timestamp,warp_factor")) == ("O", b"\x00DOUBLE,NOT_FOUND")
    assert wire.ask("S") == ("S", b"\x00")


def test_when_nothing_is_started_expect_no_data(server):
    wire = server.client()
    wire.ask("O", outputs("timestamp"))
    wire.sent = b""
    server.rtde.publish()
    assert wire.sent == b""


def test_when_started_expect_the_values_in_their_order(server, bench):
    wire = server.client()
    wire.ask("O", outputs("actual_q,robot_mode,timestamp,output_bit_registers0_to_31"))
    assert wire.ask("S") == ("S", b"\x01")
    server.robot.bits_out[3] = True
    bench.cycles(10)
    wire.sent = b""
    server.rtde.publish()
    size, kind, recipe, *values = struct.unpack(">HBB6didI", wire.sent)
    assert (size, chr(kind), recipe) == (len(wire.sent), "U", 1)
    assert values == [*server.robot.arm.actual_q, 7, 10 * bench.arm.period_s, 8]
    assert wire.ask("P") == ("P", b"\x01")
    wire.sent = b""
    server.rtde.publish()
    assert wire.sent == b""


def test_when_every_output_is_asked_expect_a_packet_of_its_types(server):
    names = list(OUTPUTS)
    for first in range(0, len(names), 50):
        part = names[first : first + 50]
        wire = server.client()
        types = wire.ask("O", outputs(",".join(part)))[1][1:].decode().split(",")
        assert types == [OUTPUTS[name].type for name in part]
        wire.ask("S")
        wire.sent = b""
        server.rtde.publish()
        assert len(wire.sent) == struct.calcsize(">HBB" + "".join(CODES[t] for t in types))


@pytest.mark.parametrize(("hz", "packets"), [(1e9, 500), (25.0, 25), (0.0, 1), (float("nan"), 500)])
def test_when_a_rate_is_asked_expect_it_or_the_nearest_possible(server, bench, hz, packets):
    wire = server.client()
    wire.ask("O", outputs("timestamp", hz))
    wire.ask("S")
    wire.sent = b""
    for _ in range(bench.robot.model.rate_hz):
        bench.robot.cycle += 1
        server.rtde.publish()
    assert len(wire.sent) // 12 == min(packets, bench.robot.model.rate_hz)


def test_when_a_client_does_not_read_expect_whole_packets_left_out(server):
    wire = server.client()
    wire.ask("O", outputs("timestamp"))
    wire.ask("S")
    wire.sent, wire.congested = b"", True
    server.rtde.publish()
    assert wire.sent == b""


def test_when_inputs_arrive_expect_registers_and_outputs_set(server):
    wire = server.client()
    names = "input_int_register_5,input_double_register_47,speed_slider_mask,speed_slider_fraction,"
    names += "standard_digital_output_mask,standard_digital_output,input_bit_registers32_to_63"
    kind, body = wire.ask("I", names.encode())
    assert (kind, body[0]) == ("I", 1)
    wire.ask("U", struct.pack(">BidIdBBI", 1, -7, 2.5, 1, 0.25, 0b110, 0b010, 1 << 31))
    robot = server.robot
    assert (robot.int_in[5], robot.double_in[47], robot.arm.slider) == (-7, 2.5, 0.25)
    assert robot.digital_out == 0b010
    assert robot.bits_in[63]
    assert "input_int_register_5" in server.touched[0]


def test_when_the_slider_is_out_of_range_expect_it_left_alone(server):
    wire = server.client()
    wire.ask("I", b"speed_slider_mask,speed_slider_fraction")
    for fraction in (-1.0, 2.0, float("nan")):
        wire.ask("U", struct.pack(">BId", 1, 1, fraction))
    assert server.robot.arm.slider == 1.0


def test_when_two_clients_want_a_register_expect_the_second_refused_until_the_first_is_gone(server):
    first, second = server.client(), server.client()
    assert first.ask("I", b"input_int_register_0")[1] == b"\x01INT32"
    assert second.ask("I", b"input_int_register_0")[1] == b"\x00IN_USE"
    assert first.ask("I", b"input_int_register_0")[1] == b"\x02INT32"
    first.close("killed")
    assert second.ask("I", b"input_int_register_0")[1] == b"\x01INT32"


def test_when_an_input_is_unknown_expect_not_found(server):
    assert server.client().ask("I", b"input_int_register_48")[1] == b"\x00NOT_FOUND"


@pytest.mark.parametrize("base", [0, 24])
def test_when_a_servoj_command_arrives_expect_target_and_period(server, base):
    wire = server.client()
    names = [f"input_int_register_{base}"] + [
        f"input_double_register_{base + i}" for i in range(11)
    ]
    wire.ask("I", ",".join(names).encode())
    values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.5, 0.5, 0.008, 0.1, 300.0]
    wire.ask("U", struct.pack(">Bi11d", 1, 11, *values))
    wire.ask("U", struct.pack(">Bi11d", 1, 0, *values))
    assert server.commands == [([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 0.008)]


def test_when_data_is_short_expect_nothing_set_and_a_complaint(server):
    wire = server.client()
    wire.ask("I", b"input_int_register_0,input_double_register_0")
    for size in range(13):
        wire.ask("U", bytes([1]) * size)
    assert server.robot.int_in[0] == 0
    assert len(wire.complaints) == 13
    assert wire.open


def test_when_data_is_long_expect_the_rest_ignored(server):
    wire = server.client()
    wire.ask("I", b"input_int_register_0")
    wire.ask("U", struct.pack(">Bi6d", 1, 44, *[0.0] * 6))
    assert server.robot.int_in[0] == 44


def test_when_a_packet_is_shorter_than_its_header_expect_the_client_dropped_and_its_registers_free(
    server,
):
    wire = server.client()
    wire.ask("I", b"input_int_register_0")
    wire.received(b"\x00\x02U")
    assert not wire.open
    assert server.rtde.claimed == {}


def test_when_packets_come_in_pieces_expect_the_same_answers(server):
    wire = server.client()
    request = b"\x00\x05V\x00\x02" + b"\x00\x03v"
    for byte in request:
        wire.received(bytes([byte]))
    assert wire.sent[:4] == b"\x00\x04V\x01"
    assert wire.sent[4:7] == b"\x00\x13v"


def test_when_a_field_list_is_too_long_expect_a_complaint(server):
    wire = server.client()
    assert wire.ask("I", b"input_int_register_0," * 200) is None
    assert "2048" in wire.complaints[0]


def test_when_100000_random_packets_arrive_expect_the_server_to_stand(server):
    rng = np.random.default_rng(3)
    known = [*INPUTS, *OUTPUTS]
    wire = server.client()
    for _ in range(100_000):
        kind = b"VvOISPUMx"[rng.integers(9)]
        body = rng.bytes(rng.integers(0, 40))
        if kind in b"OI" and rng.random() < 0.5:
            names = ",".join(known[i] for i in rng.integers(len(known), size=3)).encode()
            body = (rng.bytes(8) if kind == ord("O") else b"") + names
        if kind == ord("U") and rng.random() < 0.5:
            body = bytes([rng.integers(1, 5)]) + body
        size = 3 + len(body) if rng.random() < 0.999 else rng.integers(0, 60)
        wire.received(struct.pack(">HB", size, kind) + body)
        if not wire.open:
            wire = server.client()
    server.rtde.publish()
    assert server.client().ask("V", b"\x00\x02") == ("V", b"\x01")
