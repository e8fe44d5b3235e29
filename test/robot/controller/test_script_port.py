import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.robot.controller.primary import first_messages, state_message
from ur3_dancer.robot.controller.script_port import PRIMARY_PORT, ScriptPort, split_programs

PROGRAM = """# a comment with the word end
def program():
  thread inner():
    while True:
      textmsg("end") # end
      sync()
    end
  end
  if True:
    end_force_mode()
  elif False:
    sync()
  else:
    sync()
  end
end
"""


def test_when_a_program_is_complete_expect_it_from_def_to_its_own_end():
    programs, rest = split_programs(PROGRAM + "set_digital_out(1, True)\n  def x(")
    assert programs[0].startswith("def program")
    assert programs[0].endswith("sync()\n  end\nend")
    assert programs[1:] == ["set_digital_out(1, True)\n"]
    assert rest == "def x("


@given(st.lists(st.integers(0, len(PROGRAM)), max_size=6))
def test_when_a_program_comes_in_pieces_expect_it_once(cuts):
    edges = [0, *sorted(cuts), len(PROGRAM)]
    found, pending = [], ""
    for start, end in itertools.pairwise(edges):
        programs, pending = split_programs(pending + PROGRAM[start:end])
        found += programs
    assert len(found) == 1
    assert found[0].startswith("def program")


class Wire:
    def __init__(self, port):
        self.port = port
        self.congested = False
        self.sent = []
        self.complaints = []

    def send(self, data):
        self.sent.append(data)

    def complain(self, text):
        self.complaints.append(text)


@pytest.fixture
def port(bench):
    port = ScriptPort(bench.controller)
    port.wire = Wire(PRIMARY_PORT)
    port.join(port.wire)
    return port


def settle(bench):
    while bench.controller.compiling:
        bench.cycles(1)


def test_when_the_robot_is_in_local_control_expect_programs_refused_on_e_series(bench, port):
    bench.robot.remote_control = False
    port.wire.received(b"set_digital_out(0, True)\n")
    settle(bench)
    assert bool(port.wire.complaints) == bench.robot.model.e_series
    assert bench.robot.digital_out == (0 if bench.robot.model.e_series else 1)


def test_when_a_client_leaves_within_a_program_expect_a_complaint_and_nothing_run(bench, port):
    port.wire.received(b"def half():\n sync()\n")
    port.wire.closed()
    assert "left within a program" in port.wire.complaints[0]
    assert not bench.controller.compiling


def test_when_bytes_are_no_text_expect_them_refused_line_by_line(bench, port, caplog):
    port.wire.received(bytes(range(256)) * 4)
    settle(bench)
    assert "program refused" in caplog.text


def test_when_a_program_never_ends_expect_it_thrown_away(bench, port):
    port.wire.received(b"def long():\n")
    for _ in range(40):
        port.wire.received(b"x = 1\n" * 10_000)
    assert "thrown away" in port.wire.complaints[0]


def parts_of(message: bytes) -> dict[int, bytes]:
    size, kind = struct.unpack_from(">iB", message)
    assert (size, kind) == (len(message), 16)
    parts, position = {}, 5
    while position < size:
        length, number = struct.unpack_from(">IB", message, position)
        parts[number] = message[position + 5 : position + length]
        position += length
    assert position == size
    return parts


def test_when_a_primary_client_joins_expect_the_version_first(bench):
    version = first_messages(bench.robot, PRIMARY_PORT)[0]
    size, kind, _, _, message, length = struct.unpack_from(">iBQbbB", version)
    assert (size, kind, message) == (len(version), 20, 3)
    assert version[16 : 16 + length] == b"URControl"
    assert tuple(version[16 + length : 18 + length]) == bench.robot.model.version[:2]


def test_when_the_state_is_sent_expect_modes_joints_and_kinematics(bench, port):
    bench.cycles(2)
    parts = parts_of(state_message(bench.robot))
    assert parts[0][10] == 1  # power
    assert struct.unpack_from(">b", parts[0], 15)[0] == 7
    assert struct.unpack_from(">d", parts[1])[0] == bench.arm.actual_q[0]
    assert struct.unpack_from(">6d", parts[5], 24 + 48) == bench.robot.model.table.a_m


def test_when_time_passes_expect_the_state_ten_times_a_second(bench, port):
    port.wire.sent.clear()
    for _ in range(bench.robot.model.rate_hz):
        bench.robot.cycle += 1
        port.publish()
    assert len(port.wire.sent) == pytest.approx(10, abs=1)
