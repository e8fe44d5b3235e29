"""The driver in a process of its own, on a real embedded controller."""

import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

import pytest
from support.live import free_host
from support.rig import assert_clean, chunk_of, swing

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot import driver_process, line, servo_process
from ur3_dancer.robot.driver_process import DriverProcess, DriverSetup
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import State

CONFIG = load_arm_config("ur3")
CLOCK = SystemClock()
ABANDONED = """
import sys, time
from ur3_dancer.clock import SystemClock
from ur3_dancer.robot.driver_process import DriverProcess, DriverSetup
from ur3_dancer.robot.driver_settings import DriverSettings
driver = DriverProcess(
    DriverSetup(simulated_host=sys.argv[1], settings=DriverSettings(homing_speed_share=0.1)),
    SystemClock(),
)
driver.connect()
driver.start()
time.sleep(0.2)
print(driver.pid, flush=True)
sys.stdin.read()
"""


class Stage:
    """A simulated arm and how to reach it."""

    def __init__(self, folder: Path, **settings):
        self.report_path = folder / "referee.json"
        quick = DriverSettings(**{"homing_speed_share": 0.6, **settings})
        self.setup = DriverSetup(simulated_host=free_host(), settings=quick)
        self.place = self.setup.place(CLOCK, self.report_path)

    def referee(self) -> dict:
        self.place.stop()
        return json.loads(self.report_path.read_text())


@contextmanager
def connected(folder: Path, **settings):
    """A stage and a driver process that stands connected to it."""
    stage = Stage(folder, **settings)
    driver = DriverProcess(stage.setup, CLOCK)
    with stage.place:
        driver.connect()
        try:
            yield stage, driver
        finally:
            driver.close()


def dance(driver: DriverProcess) -> None:
    driver.start()
    assert driver.wait_for([State.READY, State.FAULT], 20.0).state is State.READY
    driver.submit(chunk_of(swing(CONFIG), CLOCK.now_s()))
    assert driver.wait_for([State.DANCING, State.FAULT], 5.0).state is State.DANCING


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(condition, what: str, timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} never came"
        time.sleep(0.02)


def test_when_the_parents_interpreter_is_held_expect_the_arm_to_dance_on(tmp_path):
    with connected(tmp_path) as (stage, driver):
        driver.start()
        # PyDLL keeps the interpreter, as rclpy does while it publishes.
        ctypes.PyDLL(None).usleep(400_000)
        assert driver.glance().status.state in (State.HOMING, State.READY)
        assert driver.wait_for([State.READY, State.FAULT], 20.0).state is State.READY
    assert_clean(stage.referee())


def test_when_the_words_are_said_expect_those_of_a_driver(tmp_path):
    with connected(tmp_path) as (stage, driver):
        assert stage.setup.simulated_host in driver.name
        assert driver.stop_time_s > 0.0
        dance(driver)
        glance = driver.glance()
        assert glance.streaming
        assert len(glance.measured.q) == len(glance.sent) == 6
        driver.set_amplitude(0.5)
        with pytest.raises(ConfigError, match="amplitude is 3"):
            driver.set_amplitude(3.0)
        assert driver.amplitude == 0.5
        with pytest.raises(ConfigError, match="not finite"):
            driver.submit(Chunk(CONFIG.home_rad * float("nan") + [[0.0] * 6] * 2, 0.0, 0.1))
        driver.stop("the test says so")
        assert driver.wait_at_rest(driver.stop_time_s + 5.0)
        assert driver.glance().status.state is State.STOPPED
        with pytest.raises(RobotError, match="reset first"):
            driver.start()
        driver.reset()
        driver.home()
        assert driver.wait_for([State.READY, State.FAULT], 20.0).state is State.READY
        report = driver.report()
        assert report["chunks"]["refused"] == 1
        assert report["servo"]["ticks"] > 10
        driver.save_trajectory(tmp_path / "t.npz")
        assert (tmp_path / "t.npz").stat().st_size > 0
        with pytest.raises(OSError, match=r"no/such"):
            driver.save_trajectory("/no/such/t.npz")
    assert_clean(stage.referee())


def test_when_the_process_is_killed_expect_fault_with_the_signal_and_an_arm_at_rest(tmp_path):
    with connected(tmp_path) as (stage, driver):
        dance(driver)
        os.kill(driver.pid, signal.SIGKILL)
        status = driver.wait_for([State.FAULT], 5.0)
        assert status.state is State.FAULT
        assert "signal 9" in status.reason
        assert not driver.alive
        with pytest.raises(RobotError, match="signal 9"):
            driver.reset()
        assert driver.wait_at_rest(1.0)
    assert_clean(stage.referee())


def test_when_the_parent_is_killed_expect_a_soft_stop_and_no_orphan(tmp_path):
    stage = Stage(tmp_path)
    with stage.place:
        command = [sys.executable, "-c", ABANDONED, stage.setup.simulated_host]
        parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.communicate()
        wait_until(lambda: gone(pid), "the end of the servo process")
    referee = stage.referee()
    assert_clean(referee)
    assert referee["commands"] > 5, "it moved, and slowed down by itself"


def test_when_the_process_hangs_expect_a_stop_to_kill_it(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(line, "_QUICK_S", 0.3)
    with connected(tmp_path) as (stage, driver):
        dance(driver)
        os.kill(driver.pid, signal.SIGSTOP)
        driver.stop("now")
        wait_until(lambda: not driver.alive, "the end of the servo process")
        assert "has not answered 'stop'" in caplog.text
        assert driver.glance().status.state is State.FAULT
    assert_clean(stage.referee())


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({}, RobotError, "127.0.9.9"),
        ({"arm": "ur5"}, ConfigError, "ur5"),
        ({"robot_ip": "10.1.1.1"}, ConfigError, "allow_motion is not set"),
    ],
)
def test_when_it_cannot_connect_expect_the_drivers_words_and_no_process(change, error, text):
    driver = DriverProcess(DriverSetup(**{"simulated_host": "127.0.9.9", **change}), CLOCK)
    with pytest.raises(error, match=text):
        driver.connect()
    assert not driver.alive
    driver.close()


def test_when_closed_expect_a_second_close_to_be_harmless_and_words_refused(tmp_path):
    with connected(tmp_path) as (_, driver):
        driver.close()
        driver.close()
        with pytest.raises(RobotError, match="was ended"):
            driver.start()
        assert driver.glance().status.state is State.FAULT


def test_when_the_child_logs_expect_the_line_in_the_parents_log(caplog):
    parent, child = Pipe()
    record = logging.LogRecord("ur3_dancer.robot.x", logging.WARNING, "", 0, "%d s", (3,), None)
    servo_process._ToParent(child).emit(record)
    child.close()
    driver_process._pass_on(parent)
    assert caplog.record_tuples == [("ur3_dancer.robot.x", logging.WARNING, "3 s")]


def test_when_a_word_is_unknown_expect_it_refused():
    ours, theirs = Pipe()
    ours.send(("close", ()))
    servant = servo_process.Servant()
    answer = servant._answer("glance", ())
    assert not answer[0]
    assert "internal error" in str(answer[1])
    ours.send(("quit", ()))
    ours.send(("close", ()))
    thread = threading.Thread(target=servant.serve, args=(theirs, ("close",)))
    thread.start()
    assert [ours.recv()[0] for _ in range(3)] == [True, False, True]
    ours.close()
    thread.join(5.0)
    assert not thread.is_alive()
