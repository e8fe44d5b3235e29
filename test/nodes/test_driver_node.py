"""The driver node as a process: services, latched states, and messages that nobody should send."""

import logging
import re
import time

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

import rclpy.logging
from support.driver_node import DriverNode, Stage, shell
from support.live import environment
from support.rig import assert_clean

from ur3_dancer.joints import JOINTS
from ur3_dancer.nodes.driver import _ToRos

STILL_RAD = 1e-3
STALL = "sends no new state"


@pytest.fixture(scope="module")
def performance(tmp_path_factory):
    """One driver that waits for ~/start; its referee has the last word."""
    driver = DriverNode(tmp_path_factory.mktemp("driver"), start="service")
    stage = None
    try:
        stage = Stage(driver)
        stage.wait_for_state("IDLE")
        yield driver, stage
        stalled = STALL in driver.log  # the machine's doing, and the driver was right to stop
        assert driver.end() == 0 or stalled, driver.log
        referee = driver.referee()
        assert_clean(referee)
        assert referee["protective_stops"] == 0
    finally:
        if stage is not None:
            stage.close()
        driver.process.kill()
        driver.process.wait()


@pytest.fixture
def dancing(performance):
    """The same driver, dancing to good chunks."""
    driver, stage = performance
    if not stage.states[-1].startswith("DANCING"):
        if stage.states[-1].startswith(("STOPPED", "FAULT")):
            stage.reset()
        stage.feeding.set()
        answer = stage.say("start")
        assert answer.success or "started already" in answer.message, answer.message
    stage.feeding.set()
    stage.wait_for_state("DANCING")
    yield driver, stage
    stage.feeding.set()


def test_when_nobody_has_called_start_expect_joint_states_and_no_motion(performance):
    _, stage = performance
    stage.feeding.set()
    assert stage.motion_rad() < STILL_RAD
    message = stage.joints[-1]
    assert tuple(message.name) == JOINTS
    assert len(message.position) == len(message.velocity) == 6
    age_s = time.monotonic() - message.header.stamp.sec - message.header.stamp.nanosec / 1e9
    assert -0.1 < age_s < 5.0, "stamps are monotonic"
    assert stage.commands == []


def test_when_a_listener_comes_late_expect_the_state_all_the_same(performance):
    driver, stage = performance
    late = Stage(driver)
    try:
        assert late.wait_for_state("") == stage.states[-1]
    finally:
        late.close()


def test_when_stopped_by_its_service_expect_it_latched_until_a_reset(dancing):
    _, stage = dancing
    assert stage.commands, "what is sent is published"
    assert "latched" in stage.say("stop").message
    assert "~/stop was called; reset" in stage.wait_for_state("STOPPED")
    stage.wait_until(lambda: stage.motion_rad() < STILL_RAD, "rest")
    for word in ("start", "home"):
        refusal = stage.say(word)
        assert not refusal.success
        assert "reset first" in refusal.message
    assert stage.say("stop").success, "stopping twice is no error"
    stage.reset()
    stage.wait_for_state("IDLE")
    assert stage.motion_rad() < STILL_RAD, "a reset moves nothing"


def test_when_verbs_are_called_from_a_shell_expect_what_they_say(dancing):
    driver, stage = dancing
    stopped = shell(driver.env, "stop")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert "latched" in stopped.stdout
    stage.wait_for_state("STOPPED")
    refused = shell(driver.env, "home")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: the driver refused: cannot go home in state STOPPED")
    stage.wait_until(lambda: stage.motion_rad() < STILL_RAD, "rest")
    stage.wait_until(lambda: shell(driver.env, "reset").returncode == 0, "a reset, once at rest")
    homing = shell(driver.env, "home")
    assert (homing.returncode, homing.stdout) == (0, "going home\n")
    stage.wait_for_state("READY")
    home_rad = stage.config.home_rad
    stage.wait_until(lambda: stage.motion_rad() < STILL_RAD, "rest at home")
    at = dict(zip(JOINTS, stage.joints[-1].position, strict=True))
    assert max(abs(at[name] - home_rad[i]) for i, name in enumerate(JOINTS)) < 0.01
    started = shell(driver.env, "start")
    assert (started.returncode, started.stdout) == (0, "going home, then dancing\n")
    assert stage.say("stop").success
    stage.wait_for_state("STOPPED")


def test_when_amplitude_is_set_while_dancing_expect_it_taken_and_nonsense_refused(dancing):
    _, stage = dancing
    for value, good in ((0.25, True), (7.0, False), (float("nan"), False), (1.0, True)):
        result = stage.set_parameter("amplitude", value)
        assert result.successful == good, result.reason
        assert good or "amplitude" in result.reason
    refusal = stage.set_parameter("joint_state_rate_hz", 100.0)
    assert "read-only" in refusal.reason
    stage.wait_for_state("DANCING")


def nan(message):
    message.points[3].positions[2] = float("nan")


def fewer_joints(message):
    message.joint_names = message.joint_names[:5]


def foreign_joints(message):
    message.joint_names = [f"panda_joint{i}" for i in range(6)]


def reversed_times(message):
    message.points = message.points[::-1]


def one_point(message):
    message.points = message.points[:1]


def short_points(message):
    message.points[1].positions = message.points[1].positions[:4]


def far_ahead(message):
    message.header.stamp.sec += 60


def beyond_limits(message):
    message.points[0].positions[0] = 6.0


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (nan, "not finite"),
        (fewer_joints, "trajectory names joints"),
        (foreign_joints, "panda_joint0"),
        (reversed_times, "times must begin at 0"),
        (one_point, "has 1 points"),
        (short_points, r"\[4, 6\] positions"),
        (far_ahead, "ahead"),
        (beyond_limits, "outside its limits"),
    ],
)
def test_when_messages_are_malformed_expect_one_warning_a_hold_and_the_dance_again(
    dancing, spoil, text
):
    driver, stage = dancing
    stage.feeding.clear()
    before = len(driver.log)
    for _ in range(40):
        message = stage.message()
        spoil(message)
        stage.chunks.publish(message)
        time.sleep(1 / 60)
    stage.wait_for_state("HOLDING")
    warnings = [line for line in driver.log[before:].splitlines() if line.startswith("WARN")]
    assert len(warnings) == 1, warnings
    assert re.search(f"chunk refused: .*{text}", warnings[0])
    stage.feeding.set()
    stage.wait_for_state("DANCING")


def test_when_messages_flood_expect_the_dance_to_go_on(dancing):
    _, stage = dancing
    until_s = time.monotonic() + 1.0
    sent = 0
    while time.monotonic() < until_s:
        stage.chunks.publish(stage.message())
        sent += 1
        time.sleep(0.0005)  # the flood is for the driver; the simulated arm needs a processor too
    assert sent > 120, "more than twice what a dance sends"
    assert stage.states[-1].startswith("DANCING")


def test_when_rooms_log_at_any_severity_expect_it_said_by_the_node():
    said = []

    class Logger:
        info = warning = error = staticmethod(said.append)

    rclpy_logger = rclpy.logging.get_logger("rooms")
    for logger in (Logger, rclpy_logger):
        handler = _ToRos(logger)
        for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
            record = logging.LogRecord("ur3_dancer.robot", level, "", 0, "at %d", (level,), None)
            handler.emit(record)
    assert said == [f"at {level}" for level in (20, 30, 40, 50)]


def test_when_an_address_is_given_without_leave_to_move_expect_a_refusal(tmp_path):
    driver = DriverNode(tmp_path, robot_ip="127.0.9.9")
    assert driver.process.wait(30.0) == 2
    assert "127.0.9.9 is a real robot and allow_motion is not set" in driver.log
    assert not driver.referee_path.exists(), "nothing simulated took its place"


def test_when_no_driver_runs_expect_the_service_named_and_what_to_do(tmp_path):
    env = environment(tmp_path)
    done = shell(env, "stop", "--namespace", "stage", "--timeout", "0.5")
    assert done.returncode == 2
    assert re.match(
        r"error: no driver at /stage/driver/stop within 0\.5 s: .*ROS_DOMAIN_ID \d+\? If the arm "
        "moves, press its emergency stop",
        done.stderr,
    )
    odd = shell(env, "reset", "--namespace", "my stage")
    assert odd.returncode == 2
    assert "namespace 'my stage' is no ROS name" in odd.stderr
    assert "Traceback" not in odd.stderr
