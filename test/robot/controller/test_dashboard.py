import pytest

from ur3_dancer.robot.controller.dashboard import GREETING, Dashboard


class Wire:
    def __init__(self):
        self.lines = []
        self.open = True
        self.complaints = []

    def send(self, data):
        self.lines.append(data.decode("latin-1"))

    def complain(self, text):
        self.complaints.append(text)

    def close(self, reason):
        self.open = False


@pytest.fixture
def board(bench):
    return Dashboard(bench.controller, lambda text: f"fault {text}: done")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("robotmode", "Robotmode: RUNNING"),
        ("safetymode", "Safetymode: NORMAL"),
        ("safetystatus", "Safetystatus: NORMAL"),
        ("programState", "STOPPED <unnamed>"),
        ("running", "Program running: false"),
        ("get robot model", "UR3"),
        ("get loaded program", "No program loaded"),
        ("  CLOSE   safety popup ", "closing safety popup"),
        ("popup hello", "showing popup"),
        ("play", "Failed to execute: play"),
        ("pause", "Failed to execute: pause"),
        ("stop", "Stopped"),
        ("load /programs/x.urp", "File not found: /programs/x.urp"),
        ("make coffee", "could not understand: 'make coffee'"),
        ("fault slider 1", "fault slider 1: done"),
    ],
)
def test_when_a_line_comes_expect_the_controllers_answer(board, line, answer):
    assert board.answer(line) == answer


def test_when_identity_is_asked_expect_what_the_series_answers(board, bench):
    e_series = bench.robot.model.e_series
    version = "5.11.0.108249" if e_series else "3.15.8.106339"
    assert board.answer("PolyscopeVersion").startswith(f"URSoftware {version} ")
    assert board.answer("get serial number").isdigit() == e_series
    assert board.answer("is in remote control").startswith("true" if e_series else "could not")


def test_when_a_program_runs_expect_it_named_paused_and_played(board, bench):
    bench.run("def dance():\n while True:\n  sync()\n end\nend")
    assert board.answer("programState") == "PLAYING dance"
    assert board.answer("pause") == "Pausing program"
    assert board.answer("programState") == "PAUSED dance"
    assert board.answer("play") == "Starting program"
    assert board.answer("running") == "Program running: true"
    assert board.answer("stop") == "Stopped"
    assert board.answer("programState") == "STOPPED dance"


def test_when_power_is_switched_expect_the_robots_modes(board):
    assert board.answer("power off") == "Powering off"
    assert board.answer("robotmode") == "Robotmode: POWER_OFF"
    assert board.answer("power on") == "Powering on"
    assert board.answer("robotmode") == "Robotmode: IDLE"
    assert board.answer("brake release") == "Brake releasing"
    assert board.answer("robotmode") == "Robotmode: RUNNING"


def test_when_a_protective_stop_is_fresh_expect_the_lock_to_hold_for_five_seconds(board, bench):
    bench.controller.protective_stop("test")
    assert board.answer("safetystatus") == "Safetystatus: PROTECTIVE_STOP"
    assert board.answer("unlock protective stop").startswith("Cannot unlock protective stop until")
    bench.seconds(5.1)
    assert board.answer("unlock protective stop") == "Protective stop releasing"
    assert board.answer("safetymode") == "Safetymode: NORMAL"


def test_when_lines_come_in_pieces_expect_one_answer_each_and_quit_to_end_it(board):
    wire = Wire()
    board.join(wire)
    for piece in (b"robot", b"mode\nrunn", b"ing\n", b"quit\nrobotmode\n"):
        wire.received(piece)
    assert wire.lines == [
        GREETING + "\n",
        "Robotmode: RUNNING\n",
        "Program running: false\n",
        "Disconnected\n",
    ]
    assert not wire.open


def test_when_a_line_never_ends_or_makes_no_sense_expect_complaints_and_life(board):
    wire = Wire()
    board.join(wire)
    wire.received(b"\xff" * 5000)
    wire.received(bytes(range(256)) + b"\n")
    wire.received(b"robotmode\n")
    assert len(wire.complaints) >= 2
    assert wire.lines[-1] == "Robotmode: RUNNING\n"
