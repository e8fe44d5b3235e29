"""Ways back after a fault, and what must not be disturbed. Every fault: `test_fault_table.py`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.rig import assert_clean, open_rig

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.dashboard import Dashboard
from ur3_dancer.robot.driver_state import State

STILL_RAD = 1e-3
REPOSITORY = Path(__file__).resolve().parents[2]
SECOND_DRIVER = """
import sys
from ur3_dancer.errors import RobotError
from ur3_dancer.robot.rtde_arm import RtdeArm
arm = RtdeArm(sys.argv[1])
try:
    arm.connect()
except RobotError as error:
    print(error)
    sys.exit(3)
"""


def test_when_chunks_stop_expect_a_hold_and_when_they_return_expect_the_dance(tmp_path):
    with open_rig(tmp_path, "127.0.0.31") as rig:
        rig.dance()
        rig.watch_s(1.0)
        rig.feeding.clear()
        status = rig.driver.wait_for([State.HOLDING], 3.0)
        assert status.state is State.HOLDING
        assert "chunks" in status.reason
        rig.watch_s(0.3)
        assert rig.motion_rad() < STILL_RAD
        rig.feeding.set()
        assert rig.driver.wait_for([State.DANCING], 2.0).state is State.DANCING
        rig.watch_s(1.5)
        assert rig.motion_rad(0.8) > 0.1
        rig.driver.close()
        report = rig.referee()
    assert_clean(report)
    assert report["protective_stops"] == 0


def test_when_stopped_in_motion_expect_rest_in_the_stated_time_until_a_reset(tmp_path):
    with open_rig(tmp_path, "127.0.0.32") as rig:
        rig.dance()
        rig.watch_s(1.2)
        rig.driver.stop("somebody pressed stop")
        assert rig.driver.status.state is State.STOPPED
        assert rig.driver.wait_at_rest(rig.driver.stop_time_s + 0.5)
        rig.watch_s(0.2)
        assert rig.motion_rad() < STILL_RAD
        with pytest.raises(RobotError, match="somebody pressed stop"):
            rig.driver.start()
        rig.driver.reset()
        assert rig.driver.status.state is State.IDLE
        assert rig.motion_rad() < STILL_RAD
        rig.dance()
        rig.driver.close()
        report = rig.referee()
    assert_clean(report)


def test_when_the_controller_is_killed_expect_a_fault_that_says_so(tmp_path):
    with open_rig(tmp_path, "127.0.0.33") as rig:
        rig.dance()
        os.kill(rig.controller.pid, signal.SIGKILL)
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert status.state is State.FAULT
        assert "127.0.0.33" in status.reason
        assert "reset" in status.recovery
        with pytest.raises(RobotError, match="port 29999"):
            rig.driver.reset()
        rig.controller.stop()
        rig.controller.start()
        rig.driver.reset()
        assert rig.driver.status.state is State.IDLE
        rig.dance()


def test_when_the_link_falls_silent_expect_a_fault_and_no_motion_when_it_returns(tmp_path):
    with open_rig(tmp_path, "127.0.0.34") as rig:
        rig.dance()
        rig.watch_s(0.5)
        rig.inject("link silent")
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert status.state is State.FAULT
        assert "no new state" in status.reason
        rig.inject("clear")
        rig.watch_s(0.5)  # ur-rtde may have connected again by now: nothing may move
        assert rig.motion_rad() < STILL_RAD
        assert rig.driver.status.state is State.FAULT
        rig.driver.reset()
        rig.dance()
        rig.driver.close()
        report = rig.referee()
    assert_clean(report)


def test_when_a_protective_stop_comes_expect_it_never_cleared_by_the_driver(tmp_path):
    with open_rig(tmp_path, "127.0.0.35") as rig:
        rig.dance()
        rig.watch_s(0.5)
        rig.inject("protective_stop")
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert "protective stop" in status.reason
        assert "reset" in status.recovery
        with pytest.raises(RobotError, match="protective stop"):
            rig.driver.reset()
        assert rig.driver.status.state is State.FAULT
        rig.inject("unlock_wait 0")
        with Dashboard("127.0.0.35") as dashboard:
            dashboard.ask("close safety popup")
            dashboard.ask("unlock protective stop")
        rig.watch_s(0.5)
        assert rig.motion_rad() < STILL_RAD
        rig.driver.reset()
        rig.dance()


def test_when_the_link_drops_expect_ur_rtdes_own_reconnection_not_to_resume(tmp_path):
    with open_rig(tmp_path, "127.0.0.37") as rig:
        rig.dance()
        rig.inject("link drop")
        assert rig.driver.wait_for([State.FAULT], 2.0).state is State.FAULT
        rig.watch_s(1.5)
        assert rig.driver.status.state is State.FAULT
        rig.driver.reset()
        rig.watch_s(0.3)
        assert rig.driver.status.state is State.IDLE
        assert rig.motion_rad() < STILL_RAD


def test_when_started_twice_expect_a_refusal_and_the_dance_to_go_on(tmp_path):
    with open_rig(tmp_path, "127.0.0.41") as rig:
        rig.dance()
        with pytest.raises(RobotError, match="started already"):
            rig.driver.start()
        assert rig.driver.status.state is State.DANCING


def test_when_a_second_driver_comes_expect_its_refusal_to_leave_the_first_alone(tmp_path):
    with open_rig(tmp_path, "127.0.0.42") as rig:
        rig.dance()
        rig.watch_s(0.3)
        # A process of its own: ur-rtde's constructor holds this one's interpreter lock.
        second = subprocess.run(
            [sys.executable, "-c", SECOND_DRIVER, "127.0.0.42"],
            capture_output=True,
            text=True,
            timeout=30,
            cwd=REPOSITORY,
        )
        assert second.returncode == 3, second.stdout + second.stderr
        assert "in use" in second.stdout.lower()
        assert rig.driver.status.state is State.DANCING
        assert rig.motion_rad(0.8) > 0.1


def test_when_nobody_answers_expect_the_port_named_and_nothing_connected(tmp_path):
    with open_rig(tmp_path, "127.0.0.43", connect=False) as rig:
        rig.controller.stop()
        with pytest.raises(RobotError, match=r"127\.0\.0\.43.*port 29999 \(dashboard\)"):
            rig.driver.connect()
        assert rig.driver.status.state is State.DISCONNECTED
        with pytest.raises(RobotError, match="not connected"):
            rig.driver.start()
