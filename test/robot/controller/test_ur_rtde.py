"""Unmodified ur_rtde, all four interfaces, against the controller as a process."""

import json
import math
import time
from types import SimpleNamespace

import numpy as np
import pytest

from ur3_dancer.motion.kinematics import fk
from ur3_dancer.robot.embedded import EmbeddedController

rtde_control = pytest.importorskip("rtde_control", reason="ur_rtde is not installed")
rtde_receive = pytest.importorskip("rtde_receive")
rtde_io = pytest.importorskip("rtde_io")
dashboard_client = pytest.importorskip("dashboard_client")

HOME = [0.0, -1.2, -1.0, -1.57, 1.57, 0.0]
RATE_HZ = {"ur3": 125, "ur3e": 500}


def wait_for(condition, timeout_s: float = 10.0) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if condition():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture
def robot(request, loopback, tmp_path):
    """A controller with ur_rtde connected; a UR3e unless the test asks for another model."""
    report, log = tmp_path / "report.json", tmp_path / "log"
    model = getattr(request, "param", "ur3e")
    with EmbeddedController(model, loopback, report, log_path=log) as controller:
        receive = rtde_receive.RTDEReceiveInterface(loopback)
        control = rtde_control.RTDEControlInterface(loopback)
        dashboard = dashboard_client.DashboardClient(loopback)
        dashboard.connect()
        clients = SimpleNamespace(
            host=loopback,
            hz=RATE_HZ[model],
            model=model,
            controller=controller,
            receive=receive,
            control=control,
            dashboard=dashboard,
            log=log,
            report=report,
        )
        yield clients
        disconnect(clients)


def disconnect(robot) -> None:
    """Leave before the controller ends: some of ur_rtde's threads do not survive that."""
    for client in (robot.control, robot.receive, robot.dashboard):
        if client.isConnected():
            client.disconnect()


def fresh(robot) -> None:
    """Let what the receive interface knows be newer than what the control interface just did."""
    stamp = robot.receive.getTimestamp()
    assert wait_for(lambda: robot.receive.getTimestamp() > stamp + 0.03)


def stream(robot, duration_s: float, angle) -> None:
    """servoJ at the control rate: all joints at home + angle(time)."""
    for k in range(round(duration_s * robot.hz)):
        start = robot.control.initPeriod()
        q = [home + angle(k / robot.hz) for home in HOME]
        assert robot.control.servoJ(q, 0.5, 0.5, 1.0 / robot.hz, 0.05, 600)
        robot.control.waitPeriod(start)


def swing(time_s: float) -> float:
    return 0.2 * min(1.0, time_s) ** 3 * math.sin(2.0 * math.pi * time_s)


def referee(robot) -> dict:
    """The referee's counts once the process has ended in order."""
    disconnect(robot)
    robot.controller.stop()
    return json.loads(robot.report.read_text())


@pytest.mark.parametrize("robot", ["ur3", "ur3e"], indirect=True)
def test_when_ur_rtde_moves_and_streams_expect_the_arm_to_follow_within_all_limits(robot):
    assert robot.control.moveJ(HOME, 2.0, 3.0)
    fresh(robot)
    np.testing.assert_allclose(robot.receive.getActualQ(), HOME, atol=1e-9)
    assert robot.control.isSteady()
    stream(robot, 2.0, swing)
    np.testing.assert_allclose(robot.receive.getTargetQ(), HOME, atol=0.15)
    assert robot.control.servoStop()
    assert robot.control.isSteady()
    robot.control.stopScript()
    assert not robot.control.isProgramRunning()
    counts = referee(robot)
    assert counts["commands"] == round(2.0 * robot.hz)
    for kind in ("position", "velocity", "acceleration", "protective_stops"):
        assert counts[kind] == 0, counts
    assert counts["maxima"]["first_command_jump_rad"] < 1e-9
    peak = np.diff([swing(k / robot.hz) for k in range(2 * robot.hz)]).max() * robot.hz
    np.testing.assert_allclose(counts["maxima"]["velocity_rad_s"], [abs(peak)] * 6, rtol=0.05)


@pytest.mark.parametrize("robot", ["ur3"], indirect=True)
def test_when_moves_run_beside_the_client_expect_progress_stop_and_path(robot):
    control, receive = robot.control, robot.receive
    control.moveJ(HOME, 2.0, 3.0)
    assert control.moveJ([1.0, *HOME[1:]], 0.5, 1.0, True)
    assert control.getAsyncOperationProgressEx().isAsyncOperationRunning()
    assert wait_for(lambda: receive.getActualQ()[0] > 0.1)
    control.stopJ(3.0)
    assert control.isSteady()
    fresh(robot)
    assert 0.1 < receive.getActualQ()[0] < 0.9
    way = [[0.3, *HOME[1:], 1.0, 3.0, 0.02], [-0.1, *HOME[1:], 1.0, 3.0, 0.02]]
    assert control.moveJ([*way, [*HOME, 1.0, 3.0, 0.0]])
    fresh(robot)
    np.testing.assert_allclose(receive.getActualQ(), HOME, atol=1e-9)


@pytest.mark.parametrize("robot", ["ur3", "ur3e"], indirect=True)
def test_when_poses_are_asked_expect_the_published_kinematics(robot):
    control, receive = robot.control, robot.receive
    control.moveJ(HOME, 2.0, 3.0)
    fresh(robot)
    pose = receive.getActualTCPPose()
    np.testing.assert_allclose(pose[:3], fk(robot.model, np.array(HOME))[:3, 3], atol=1e-9)
    np.testing.assert_allclose(control.getForwardKinematics(), pose, atol=1e-9)
    np.testing.assert_allclose(control.getInverseKinematics(pose, HOME), HOME, atol=1e-6)
    lower = [*pose[:2], pose[2] - 0.05, *pose[3:]]
    assert control.moveL(lower, 0.25, 1.0)
    fresh(robot)
    np.testing.assert_allclose(receive.getActualTCPPose(), lower, atol=1e-6)
    assert control.isPoseWithinSafetyLimits(lower)
    assert not control.isJointsWithinSafetyLimits([7.0, *HOME[1:]])
    control.setTcp([0.0, 0.0, 0.1, 0.0, 0.0, 0.0])
    assert control.getTCPOffset()[2] == pytest.approx(0.1)


def test_when_speeds_are_asked_expect_them_and_a_stop(robot):
    control, receive = robot.control, robot.receive
    control.moveJ(HOME, 2.0, 3.0)
    assert control.speedJ([0.2, 0.0, 0.0, 0.0, 0.0, 0.0], 2.0, 0.2)
    assert wait_for(lambda: abs(receive.getActualQd()[0] - 0.2) < 1e-9)
    assert control.speedStop()
    assert control.speedL([0.0, 0.0, 0.05, 0.0, 0.0, 0.0], 0.5, 0.2)
    assert wait_for(lambda: abs(receive.getActualTCPSpeed()[2] - 0.05) < 0.005)
    assert control.speedStop()
    assert control.isSteady()


def test_when_the_slider_is_moved_expect_scaling_and_a_slower_arm(robot):
    io = rtde_io.RTDEIOInterface(robot.host)
    control = robot.control
    control.moveJ(HOME, 2.0, 3.0)
    assert io.setSpeedSlider(0.25)
    assert wait_for(lambda: robot.receive.getSpeedScalingCombined() < 0.2501)
    assert control.moveJ([1.0, *HOME[1:]], 1.0, 5.0, True)
    assert wait_for(lambda: robot.receive.getActualQd()[0] > 0.2499)
    assert robot.receive.getActualQd()[0] < 0.2501
    assert io.setStandardDigitalOut(3, True)
    assert wait_for(lambda: robot.receive.getDigitalOutState(3))
    io.disconnect()


@pytest.mark.parametrize("robot", ["ur3"], indirect=True)
def test_when_the_watchdog_is_not_kicked_expect_the_program_to_stop_and_to_start_again(robot):
    control = robot.control
    assert control.setWatchdog(10.0)
    for _ in range(10):
        assert control.kickWatchdog()
        time.sleep(0.02)
    assert control.isProgramRunning()
    assert wait_for(lambda: not control.isProgramRunning(), 2.0)
    assert "watchdog: input_int_register_0" in robot.log.read_text()
    assert control.reuploadScript()
    assert wait_for(control.isProgramRunning)
    assert control.moveJ(HOME, 2.0, 3.0)


def test_when_a_function_of_ones_own_is_sent_expect_it_run(robot):
    text = "write_output_float_register(12, norm([3, 4]))\nsleep(0.2)\n"
    assert robot.control.sendCustomScriptFunction("mine", text)
    assert wait_for(lambda: robot.receive.getOutputDoubleRegister(12) == 5.0)
    assert robot.control.reuploadScript()
    assert wait_for(robot.control.isProgramRunning)


def test_when_the_stream_jumps_expect_a_protective_stop_until_a_person_releases_it(robot):
    control, receive = robot.control, robot.receive
    control.moveJ(HOME, 2.0, 3.0)
    stream(robot, 0.2, lambda time_s: 0.0)
    control.servoJ([1.0, *HOME[1:]], 0.5, 0.5, 1.0 / robot.hz, 0.05, 600)
    assert wait_for(receive.isProtectiveStopped)
    assert wait_for(lambda: not any(receive.getActualQd()))
    assert receive.getActualQ() == pytest.approx(HOME, abs=0.01)
    assert not control.moveJ(HOME)
    with pytest.raises(RuntimeError, match="5s"):
        robot.dashboard.unlockProtectiveStop()
    robot.controller.fault("unlock_wait 0")
    robot.dashboard.stop()
    robot.dashboard.unlockProtectiveStop()
    assert wait_for(lambda: not receive.isProtectiveStopped())
    assert control.reuploadScript()
    assert wait_for(control.isProgramRunning)
    assert control.moveJ([0.2, *HOME[1:]], 2.0, 3.0)
    counts = referee(robot)
    assert counts["protective_stops"] == counts["velocity"] == counts["acceleration"] == 1
    assert "joint 0 jumps by 1.000 rad" in counts["protective_stop_reasons"][0]


@pytest.mark.parametrize("robot", ["ur3"], indirect=True)
def test_when_the_emergency_stop_is_pressed_expect_power_to_be_needed_again(robot):
    robot.controller.fault("emergency_stop")
    assert wait_for(robot.receive.isEmergencyStopped)
    assert wait_for(lambda: not robot.control.isProgramRunning())
    assert robot.dashboard.robotmode() == "Robotmode: POWER_OFF"
    robot.controller.fault("emergency_release")
    robot.dashboard.powerOn()
    robot.dashboard.brakeRelease()
    assert wait_for(lambda: robot.receive.getRobotMode() == 7)
    assert robot.control.reuploadScript()
    assert wait_for(robot.control.isProgramRunning)


def test_when_the_client_is_dropped_expect_its_registers_free_for_the_next(robot):
    robot.control.moveJ(HOME, 2.0, 3.0)
    robot.controller.fault("link drop")
    control = rtde_control.RTDEControlInterface(robot.host)
    assert control.moveJ([0.1, *HOME[1:]], 2.0, 3.0)
    control.disconnect()


@pytest.mark.parametrize("robot", ["ur3"], indirect=True)
def test_when_the_link_is_silent_expect_a_time_stamp_that_stands_still(robot):
    robot.controller.fault("link silent")
    time.sleep(0.05)
    stamp = robot.receive.getTimestamp()
    time.sleep(0.2)
    assert robot.receive.getTimestamp() == stamp
    robot.controller.fault("clear")
    assert wait_for(lambda: robot.receive.getTimestamp() > stamp)
    assert robot.control.isSteady()


def test_when_the_link_is_slow_expect_answers_late_and_in_order(robot):
    robot.controller.fault("link jitter 0.1")
    start_s = time.monotonic()
    assert robot.control.moveJ([0.05, *robot.receive.getActualQ()[1:]], 2.0, 3.0)
    assert time.monotonic() - start_s > 0.1
    stamps = [robot.receive.getTimestamp()]
    for _ in range(50):
        time.sleep(0.005)
        stamps.append(robot.receive.getTimestamp())
    assert stamps == sorted(stamps)
    robot.controller.fault("clear")


def test_when_a_field_bus_claims_a_register_expect_ur_rtde_refused(loopback):
    with EmbeddedController("ur3", loopback) as controller:
        controller.fault("register_in_use input_double_register_3")
        with pytest.raises(RuntimeError, match="already in use"):
            rtde_control.RTDEControlInterface(loopback)
        controller.fault("clear")
        rtde_control.RTDEControlInterface(loopback).disconnect()


def test_when_remote_control_is_off_expect_ur_rtde_refused_on_e_series(loopback):
    with EmbeddedController("ur3e", loopback) as controller:
        controller.fault("remote_control off")
        with pytest.raises(RuntimeError, match="remote control"):
            rtde_control.RTDEControlInterface(loopback)
