"""The driver on the embedded controller when things go wrong: at rest, said why, latched."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.rig import assert_clean, chunk_of, open_rig

from ur3_dancer.errors import ConfigError, RobotError
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
        rig.controller.fault("link silent")
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert status.state is State.FAULT
        assert "no new state" in status.reason
        rig.controller.fault("clear")
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
        rig.controller.fault("protective_stop")
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert "protective stop" in status.reason
        assert "reset" in status.recovery
        with pytest.raises(RobotError, match="protective stop"):
            rig.driver.reset()
        assert rig.driver.status.state is State.FAULT
        rig.controller.fault("unlock_wait 0")
        with Dashboard("127.0.0.35") as dashboard:
            dashboard.ask("close safety popup")
            dashboard.ask("unlock protective stop")
        rig.watch_s(0.5)
        assert rig.motion_rad() < STILL_RAD
        rig.driver.reset()
        rig.dance()


def test_when_the_emergency_stop_is_pressed_expect_a_fault_that_names_it(tmp_path):
    with open_rig(tmp_path, "127.0.0.36") as rig:
        rig.dance()
        rig.controller.fault("emergency_stop")
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert "emergency stop" in status.reason
        with pytest.raises(RobotError):
            rig.driver.start()


def test_when_the_link_drops_expect_ur_rtdes_own_reconnection_not_to_resume(tmp_path):
    with open_rig(tmp_path, "127.0.0.37") as rig:
        rig.dance()
        rig.controller.fault("link drop")
        assert rig.driver.wait_for([State.FAULT], 2.0).state is State.FAULT
        rig.watch_s(1.5)
        assert rig.driver.status.state is State.FAULT
        rig.driver.reset()
        rig.watch_s(0.3)
        assert rig.driver.status.state is State.IDLE
        assert rig.motion_rad() < STILL_RAD


def test_when_packets_jitter_by_200_ms_expect_the_dance_or_a_fault_and_no_wild_motion(tmp_path):
    with open_rig(tmp_path, "127.0.0.38") as rig:
        rig.dance()
        rig.controller.fault("link jitter 0.2")
        rig.watch_s(1.0)
        status = rig.driver.status
        rig.controller.fault("clear")
        assert status.state in (State.DANCING, State.FAULT)
        if status.state is State.FAULT:
            rig.watch_s(0.3)
            assert rig.motion_rad() < STILL_RAD
        sent = rig.driver.trajectory()["sent_rad"]
        period_s = 1 / 125
        speed = np.abs(np.diff(sent, axis=0)).max(axis=0) / period_s
        assert np.all(speed <= rig.config.limits.velocity_rad_s)
        rig.driver.close()
        assert rig.referee()["protective_stops"] == 0


def test_when_the_speed_slider_is_low_expect_a_smaller_dance(tmp_path):
    with open_rig(tmp_path, "127.0.0.39") as rig:
        rig.dance()
        rig.watch_s(2.0)
        full_rad = rig.motion_rad(1.0)
        rig.controller.fault("slider 0.1")
        rig.watch_s(1.5)
        assert rig.motion_rad(1.0) < 0.5 * full_rad
        assert rig.driver.status.state is State.DANCING


def test_when_bad_chunks_arrive_expect_refusals_and_an_unbroken_dance(tmp_path):
    with open_rig(tmp_path, "127.0.0.40") as rig:
        rig.dance()
        driver, now_s = rig.driver, rig.clock.now_s
        good = chunk_of(rig.poses, now_s() - 0.03)
        not_finite = good.targets_rad.copy()
        not_finite[3, 2] = np.nan
        for bad, text in (
            ({"targets_rad": not_finite}, "elbow_joint .*not finite"),
            ({"targets_rad": good.targets_rad[:, :5]}, "shape"),
            ({"targets_rad": good.targets_rad + 9.0}, "outside its limits"),
            ({"start_s": now_s() + 60.0}, "ahead"),
            ({"step_s": 1.0}, "at most"),
            ({"step_s": 0.0}, "above 0"),
        ):
            with pytest.raises(ConfigError, match=text):
                driver.submit(dataclasses.replace(good, **bad))
        # Allowed one by one, hostile together: reversed times, jumps, a flood.
        rng = np.random.default_rng(0)
        limits = rig.config.limits
        until_s = now_s() + 1.5
        while now_s() < until_s:
            jump = rng.uniform(limits.lower_rad, limits.upper_rad, (20, 6))
            start_s = now_s() + rng.uniform(-0.5, 0.5)
            driver.submit(dataclasses.replace(good, targets_rad=jump, start_s=start_s))
            if rng.uniform() < 0.1:
                time.sleep(0.002)
        assert driver.status.state in (State.DANCING, State.HOLDING)
        chunks = driver.report()["chunks"]
        assert chunks["refused"] == 6
        assert chunks["stale"] > 0
        driver.close()
        report = rig.referee()
    assert_clean(report)
    assert report["protective_stops"] == 0


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
