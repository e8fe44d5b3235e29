"""The controller as a process: how it starts, fails to start, and ends, whatever happens."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.embedded import EmbeddedController

_numbers = itertools.count(1)
_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def host() -> str:
    process = os.getpid()
    return f"127.{130 + process // 250 % 60}.{process % 250}.{next(_numbers) % 250 + 1}"


def wait_for(condition, timeout_s: float = 10.0) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if condition():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie of another parent is gone for our purposes.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_when_started_expect_every_port_to_listen_and_none_after_stop(host):
    with EmbeddedController("ur3", host) as controller:
        assert controller.alive
        for port in (29999, 30001, 30002, 30003, 30004):
            socket.create_connection((host, port), timeout=2.0).close()
        pid = controller.pid
    assert not controller.alive
    assert gone(pid)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, 29999), timeout=2.0)


def test_when_a_port_is_taken_expect_its_number_the_address_and_the_way_out(host):
    with EmbeddedController("ur3", host):
        second = EmbeddedController("ur3", host)
        with pytest.raises(RobotError, match=rf"port 29999 of {host} .*stop the other.*--host"):
            second.start()
        assert not second.alive


def test_when_the_model_is_unknown_expect_it_named():
    with pytest.raises(RobotError, match=r"'ur10'.*ur3"):
        EmbeddedController("ur10", "127.0.0.1").start()


def test_when_the_address_is_not_this_machines_expect_it_named():
    with pytest.raises(RobotError, match=r"port 29999 of 192\.0\.2\.1"):
        EmbeddedController("ur3", "192.0.2.1").start()


def test_when_limits_are_wrong_expect_the_key_named(host):
    with pytest.raises(RobotError, match=r"limits\.velocity"):
        EmbeddedController("ur3", host, limits={"velocity": [1.0] * 5}).start()


def test_when_the_report_cannot_be_written_expect_its_place_named(host, tmp_path):
    with pytest.raises(RobotError, match=r"report .*/nowhere/report\.json cannot be written"):
        EmbeddedController("ur3", host, tmp_path / "nowhere" / "report.json").start()


def test_when_it_is_not_ready_in_time_expect_an_error_and_no_process(host):
    controller = EmbeddedController("ur3", host)
    with pytest.raises(RobotError, match=r"not ready after 0\.001 s"):
        controller.start(timeout_s=0.001)
    assert not controller.alive


def test_when_stopped_expect_a_report_with_the_limits_given(host, tmp_path):
    report = tmp_path / "report.json"
    with EmbeddedController("ur3e", host, report, limits={"velocity": [2.0] * 6}):
        pass
    written = json.loads(report.read_text())
    assert written["model"] == "ur3e"
    assert written["limits"]["velocity"] == [2.0] * 6
    for key in ("position", "velocity", "acceleration", "stream_gaps", "protective_stops"):
        assert written[key] == 0


def test_when_killed_expect_a_report_all_the_same(host, tmp_path):
    report = tmp_path / "report.json"
    with EmbeddedController("ur3", host, report) as controller:
        assert wait_for(lambda: report.exists() and json.loads(report.read_text())["cycles"] > 100)
        os.kill(controller.pid, signal.SIGKILL)
        assert wait_for(lambda: not controller.alive)
    assert json.loads(report.read_text())["commands"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_signalled_expect_exit_status_0(host, number):
    process = subprocess.Popen(
        [sys.executable, "-m", "ur3_dancer.robot.controller", "--host", host],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        text=True,
    )
    with process:
        assert process.stdout.readline() == f"READY {host} ur3\n"
        process.send_signal(number)
        assert process.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_parent_dies_expect_the_controller_to_end(host, number):
    program = f"""
        import time
        from ur3_dancer.robot.embedded import EmbeddedController
        controller = EmbeddedController("ur3", {host!r})
        controller.start()
        print(controller.pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        text=True,
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
    assert wait_for(lambda: gone(pid))


def test_when_the_thread_that_started_it_ends_expect_the_controller_to_live(host):
    controller = EmbeddedController("ur3", host)
    thread = threading.Thread(target=controller.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.5)
        assert controller.alive
    finally:
        controller.stop()


def test_when_a_log_file_is_given_expect_faults_in_it(host, tmp_path):
    log = tmp_path / "log"
    with EmbeddedController("ur3", host, log_path=log) as controller:
        assert controller.fault("protective_stop").endswith("done")
        with pytest.raises(RobotError, match="unknown fault 'rain'"):
            controller.fault("rain")
    assert "protective stop: injected" in log.read_text()


def test_when_no_controller_runs_expect_a_fault_to_name_the_port(host):
    with pytest.raises(RobotError, match=f"port 29999 of {host}"):
        EmbeddedController("ur3", host).fault("slider 1")


def test_when_imported_expect_nothing_heavy():
    code = "import sys, ur3_dancer.robot.embedded, ur3_dancer.robot.controller.__main__; "
    code += "print([m for m in ('torch', 'librosa', 'numba', 'scipy', 'rclpy', 'rtde_control')"
    code += " if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=_ROOT, check=True
    )
    assert found.stdout == "[]\n"
