"""The RTDE client against the embedded controller; its refusals need no motion."""

import json
import socket
import threading

import pytest

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import ServoSettings
from ur3_dancer.robot.bounded import call_within
from ur3_dancer.robot.dashboard import Dashboard, Identity, identify
from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.link_guard import LinkGuard, cut_connections
from ur3_dancer.robot.rtde_arm import RtdeArm


@pytest.mark.parametrize(("model", "rate_hz"), [("ur3", 125.0), ("ur3e", 500.0)])
def test_when_connected_expect_model_rate_and_state_and_only_good_set_points_taken(model, rate_hz):
    with EmbeddedController(model, host="127.0.0.61"):
        arm = RtdeArm("127.0.0.61")
        with pytest.raises(RobotError, match="not connected"):
            arm.read()
        arm.connect()
        assert (arm.model, arm.rate_hz, arm.connected) == (model, rate_hz, True)
        state = arm.read()
        assert (len(state.q), state.safety, state.powered) == (6, "", True)
        arm.prepare()
        for bad in ([float("nan")] * 6, [0.0] * 5, [7.0] * 6, [float("inf")] * 6):
            with pytest.raises(RobotError, match="was not sent"):
                arm.servo(bad)
        assert arm.servo(state.q) == state.q
        arm.stop()
        with pytest.raises(RobotError, match="takes no set-points"):
            arm.servo(state.q)
        arm.prepare()
        arm.servo(state.q)
        threading.Event().wait(0.4)  # nothing is sent: the watchdog ends the program
        with pytest.raises(RobotError, match="watchdog"):
            arm.servo(state.q)
        arm.disconnect()
        arm.disconnect()
        assert not arm.connected


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("protective_stop", "protective stop"),
        ("emergency_stop", "mode|emergency"),
        ("register_in_use input_int_register_0", "in use|IN_USE"),
    ],
)
def test_when_the_controller_is_not_ready_expect_the_reason_at_connection(fault, text):
    with EmbeddedController("ur3", host="127.0.0.62") as controller:
        controller.fault(fault)
        with pytest.raises(RobotError, match=text):
            RtdeArm("127.0.0.62").connect()


def test_when_an_e_series_is_in_local_control_expect_the_switch_named():
    with EmbeddedController("ur3e", host="127.0.0.63") as controller:
        controller.fault("remote_control off")
        with pytest.raises(RobotError, match="remote control"):
            RtdeArm("127.0.0.63").connect()


@pytest.mark.parametrize("model", ["UR5", "UR10", "UR16", "UR20"])
def test_when_another_robot_answers_expect_it_refused_by_name_and_nothing_uploaded(tmp_path, model):
    report = tmp_path / "referee.json"
    with EmbeddedController("ur3e", host="127.0.0.56", report_path=report) as controller:
        controller.fault(f"model {model}")
        arm = RtdeArm("127.0.0.56")
        with pytest.raises(RobotError, match=f"is a '{model}': only UR3 .*nothing was moved"):
            arm.connect()
        assert not arm.connected
        with Dashboard("127.0.0.56") as dashboard:
            assert dashboard.ask("programState") == "STOPPED <unnamed>"
    assert json.loads(report.read_text())["commands"] == 0


def test_when_the_dashboard_says_no_robot_of_ours_expect_it_refused_by_name():
    ur5 = Identity("UR5", "URSoftware 5.11.0.1 (Jan 01 2021)", "RUNNING", "NORMAL", True)
    with pytest.raises(RobotError, match="'UR5': only UR3"):
        ur5.arm_model("UR3 at 10.0.0.2")
    old = Identity("could not understand: 'get robot model'", "URSoftware 3.5.1", "", "", None)
    with pytest.raises(RobotError, match="update its PolyScope"):
        old.arm_model("UR3 at 10.0.0.2")
    odd = Identity("UR3", "something else", "RUNNING", "NORMAL", True)
    with pytest.raises(RobotError, match="something else"):
        odd.arm_model("UR3 at 10.0.0.2")


def test_when_gain_or_lookahead_is_out_of_range_expect_them_refused():
    with pytest.raises(ConfigError, match="gain is 5000"):
        ServoSettings(gain=5000)
    with pytest.raises(ConfigError, match=r"lookahead_s is 0\.01"):
        ServoSettings(lookahead_s=0.01)


def serve_once(host, answers):
    server = socket.create_server((host, 29999))

    def run():
        connection, _ = server.accept()
        with connection:
            for answer in answers:
                connection.sendall(answer)
                connection.recv(1024)
        server.close()

    threading.Thread(target=run, daemon=True).start()


def test_when_something_else_answers_on_the_dashboards_port_expect_it_quoted():
    serve_once("127.0.0.64", [b"SSH-2.0-OpenSSH\r\n"])
    with pytest.raises(RobotError, match=r"SSH-2\.0"):
        Dashboard("127.0.0.64")


def test_when_the_dashboard_falls_silent_or_leaves_expect_a_message_not_a_wait():
    serve_once("127.0.0.65", [b"Connected: Universal Robots Dashboard Server\n"])
    with Dashboard("127.0.0.65", timeout_s=0.3) as dashboard, pytest.raises(RobotError):
        dashboard.ask("robotmode")
    with pytest.raises(RobotError, match="does not answer"):
        identify("127.0.0.66", 0.3)


def test_when_a_call_never_returns_expect_an_error_in_time_and_errors_handed_on():
    never = threading.Event()
    with pytest.raises(RobotError, match=r"moveJ did not end within 0\.05 s"):
        call_within(0.05, "moveJ", never.wait)
    never.set()
    assert call_within(1.0, "adding", lambda: 1 + 1) == 2
    with pytest.raises(ZeroDivisionError):
        call_within(1.0, "dividing", lambda: 1 / 0)


def test_when_connections_are_cut_expect_only_those_of_that_host_and_port():
    servers = [socket.create_server(("127.0.0.67", port)) for port in (31001, 31002)]
    clients = [socket.create_connection(("127.0.0.67", port)) for port in (31001, 31002)]
    assert cut_connections("127.0.0.67", [31001]) == 1
    assert clients[0].recv(1) == b""
    clients[1].sendall(b"still there")
    for each in (*clients, *servers):
        each.close()


def test_when_the_peer_hangs_up_expect_it_known_at_once_and_the_next_connections_cut():
    server = socket.create_server(("127.0.0.68", 31003))
    client = socket.create_connection(("127.0.0.68", 31003))
    guard = LinkGuard("127.0.0.68", [31003], 31003, SystemClock())
    assert not guard.broken
    server.accept()[0].close()
    assert guard.broken
    again = socket.create_connection(("127.0.0.68", 31003))
    again.settimeout(5.0)
    assert again.recv(1) == b"", "it was cut"
    guard.close()
    guard.close()
    for each in (client, again, server):
        each.close()


def test_when_a_guard_is_closed_expect_its_connection_left_alone():
    server = socket.create_server(("127.0.0.69", 31004))
    client = socket.create_connection(("127.0.0.69", 31004))
    guard = LinkGuard("127.0.0.69", [31004], 31004, SystemClock())
    guard.close()
    accepted, _ = server.accept()
    client.sendall(b"still there")
    assert accepted.recv(20) == b"still there"
    client.close()
    assert accepted.recv(1) == b"", "no copy of ours keeps it open"
    accepted.close()
    server.close()
