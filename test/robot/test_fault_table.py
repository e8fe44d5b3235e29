"""The fault table: for each fault how soon the arm rests, what is said, and that no limit breaks.

Each test adds a row; the table is printed at the end. `rests` is the referee's: from the last
command that reached a program which reads it until the joints stand still. Where the stream goes on
and only its chunks are bad, it is counted from the last pose that was good.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.rig import assert_clean, chunk_of, open_rig

from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.rtde_arm import RtdeArm

REPOSITORY = Path(__file__).resolve().parents[2]
REST_GOAL_S = 0.3
RUN_OUT_S = 0.4  # after the last good pose: a gentle end of the dance, and the arm's own lag
REPORT_S = 1.1  # the referee writes once a second
LATCHED_FAULTS = {
    "link silent": "sends no new state",
    "link jitter 0.2": "UR3 at 127.0",
    "link drop": "the link to UR3",
    "protective_stop": ": protective stop",
    "emergency_stop": ": emergency stop",
}
DANCER = """
import sys, time
sys.path[:0] = ["test", "."]
from support.rig import chunk_of, swing
from ur3_dancer.clock import SystemClock
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver, DriverSettings
from ur3_dancer.robot.rtde_arm import RtdeArm
config, clock = load_arm_config("ur3"), SystemClock()
driver = Driver(RtdeArm(sys.argv[1]), config, clock, DriverSettings(homing_speed_share=0.6))
driver.connect()
driver.start()
while True:
    driver.submit(chunk_of(swing(config), clock.now_s() - 0.03))
    time.sleep(1 / 60)
"""


@pytest.fixture(scope="module")
def table(request):
    """Rows of (fault, rests, state, message, limits broken), printed at the end."""
    rows = []
    yield rows
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print()
        for row in [("fault", "rests", "state", "message", "broken"), *rows]:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            print("  ".join([*cells, row[4]]).rstrip())


def add_row(table, fault, rest_s, status, report):
    rests = "-" if rest_s is None else f"{1000.0 * rest_s:.0f} ms"
    broken = sum(report[kind] for kind in ("position", "velocity", "acceleration"))
    table.append((fault, rests, status.state.value, status.reason[:72], str(broken)))


def written(rig) -> dict:
    """Return what the referee wrote last, after it has had the time to write anew."""
    rig.watch_s(REPORT_S)
    return json.loads(rig.controller.report_path.read_text())


def rest_after_s(rig, from_s) -> float:
    """Return how long after `from_s` the joints still moved, by what the controller measured."""
    rows = rig.driver.trajectory()
    times_s, q = rows["time_s"], rows["measured_rad"]
    speed = np.abs(np.diff(q, axis=0)).max(axis=1) / np.diff(times_s)
    return max(0.0, float(times_s[1:][speed > 5e-3][-1]) - from_s)


@pytest.mark.parametrize("fault", LATCHED_FAULTS)
def test_when_a_fault_comes_expect_rest_a_reason_and_no_motion_before_a_reset(
    tmp_path, table, fault
):
    number = list(LATCHED_FAULTS).index(fault)
    with open_rig(tmp_path, f"127.0.1.{number + 1}", homing_speed_share=0.9) as rig:
        rig.dance()
        rig.watch_s(0.7)
        rig.inject(fault)
        status = rig.driver.wait_for([State.FAULT], 5.0)
        assert status.state is State.FAULT
        assert LATCHED_FAULTS[fault] in status.reason
        assert "reset" in status.recovery
        rig.watch_s(0.3)
        rig.inject("clear")
        before = written(rig)
        with pytest.raises(RobotError, match=r"cannot start in state FAULT"):
            rig.driver.start()
        rig.watch_s(0.5)  # chunks come all the while
        assert not rig.driver.streaming
        report = rig.referee()
    assert report["commands"] == before["commands"]
    rest_s = report["rest_after_last_command_s"]
    add_row(table, fault, rest_s, status, report)
    assert rest_s <= REST_GOAL_S, "or it moved again before a reset"
    assert_clean(report)
    assert report["protective_stops"] == (fault == "protective_stop")


def test_when_the_controller_is_killed_expect_a_fault(tmp_path, table):
    with open_rig(tmp_path, "127.0.0.91", homing_speed_share=0.9) as rig:
        rig.dance()
        report = written(rig)
        os.kill(rig.controller.pid, signal.SIGKILL)
        status = rig.driver.wait_for([State.FAULT], 2.0)
        assert status.state is State.FAULT
        assert "127.0.0.91" in status.reason
        add_row(table, "kill -9 of the controller", None, status, report)
    assert_clean(report)


def test_when_the_driver_is_killed_expect_rest_and_the_next_driver_welcome(tmp_path, table):
    with open_rig(tmp_path, "127.0.0.92", connect=False) as rig:
        dancer = subprocess.Popen([sys.executable, "-c", DANCER, "127.0.0.92"], cwd=REPOSITORY)
        try:
            deadline_s = rig.clock.now_s() + 30.0
            while written(rig)["commands"] < 400:  # home and dancing
                assert rig.clock.now_s() < deadline_s, "never danced"
        finally:
            dancer.kill()
            dancer.wait()
        while written(rig)["rest_after_last_command_s"] is None:  # written once a second
            assert rig.clock.now_s() < deadline_s, "never came to rest"
        before = written(rig)
        second = RtdeArm("127.0.0.92")
        second.connect()
        stood = list(second.read().q)
        second.prepare()
        rig.watch_s(0.05)
        assert list(second.read().q) == pytest.approx(stood, abs=1e-9)
        second.disconnect()
        report = rig.referee()
        add_row(
            table,
            "kill -9 of the driver",
            before["rest_after_last_command_s"],
            rig.driver.status,
            before,
        )
    assert report["commands"] == before["commands"] + 1, "one that holds it where it stands"
    assert before["rest_after_last_command_s"] <= REST_GOAL_S
    assert report["maxima"]["velocity_rad_s"][0] > 0.5, "it danced"
    assert_clean(report)
    assert report["protective_stops"] == 0


def test_when_the_speed_slider_is_low_expect_a_smaller_dance(tmp_path, table):
    with open_rig(tmp_path, "127.0.0.93", homing_speed_share=0.9) as rig:
        rig.dance()
        rig.watch_s(1.0)
        full_rad = rig.motion_rad(1.0)
        rig.inject("slider 0.1")
        rig.watch_s(1.5)
        assert rig.motion_rad(1.0) < 0.5 * full_rad
        status = rig.driver.status
        assert status.state is State.DANCING
        rig.driver.close()
        report = rig.referee()
        add_row(table, "slider 10 %", None, status, report)
    assert_clean(report)
    assert report["protective_stops"] == 0


def spoilt(good, now_s, rng, limits):
    """Return the bad chunks by name, with what the refusal says; '' where it is none."""
    not_finite = good.targets_rad.copy()
    not_finite[3, 2] = np.nan
    wild = rng.uniform(limits.lower_rad, limits.upper_rad, good.targets_rad.shape)
    return {
        "NaN": ({"targets_rad": not_finite}, "elbow_joint .*not finite"),
        "five joints": ({"targets_rad": good.targets_rad[:, :5]}, "shape"),
        "jump out of the limits": ({"targets_rad": good.targets_rad + 9.0}, "outside its limits"),
        "jumps inside the limits": ({"targets_rad": wild}, ""),
        "stale": ({"start_s": now_s - 5.0}, ""),
        "far ahead": ({"start_s": now_s + 60.0}, "ahead"),
        "reversed": ({"step_s": -1 / 60}, "above 0"),
        "reversed, one by one": ({"targets_rad": wild, "start_s": 2 * int(now_s) - now_s}, ""),
        "slow": ({"step_s": 1.0}, "at most"),
        "flood": ({"targets_rad": wild, "start_s": now_s + rng.uniform(-0.5, 0.5)}, ""),
    }


def test_when_chunks_are_bad_expect_a_calm_arm_that_waits_for_good_ones(tmp_path, table):
    rows, rng = [], np.random.default_rng(0)
    with open_rig(tmp_path, "127.0.0.94", homing_speed_share=0.9) as rig:
        rig.dance()
        names = spoilt(chunk_of(rig.poses, 0.0), 0.0, rng, rig.config.limits)
        for name in names:
            rig.watch_s(0.3)
            rig.feeding.clear()
            played = send_spoilt(rig, name, rng)
            assert rig.driver.status.state in (State.DANCING, State.HOLDING), name
            status = rig.driver.wait_for([State.HOLDING], 3.0)
            assert status.state is State.HOLDING, name
            rest_s = None if played else rest_after_s(rig, rig.fed_until_s)
            assert rest_s is None or rest_s <= RUN_OUT_S, name
            rows.append((f"chunks: {name}", rest_s, status))
            rig.feeding.set()
            assert rig.driver.wait_for([State.DANCING], 2.0).state is State.DANCING, name
        rig.driver.close()
        report = rig.referee()
    for row in rows:
        add_row(table, *row, report)
    assert_clean(report)
    assert report["protective_stops"] == 0


def send_spoilt(rig, name, rng, seconds=0.8) -> bool:
    """Send bad chunks of one kind; return whether they are poses that the arm may play."""
    until_s = rig.clock.now_s() + seconds
    text = ""
    while rig.clock.now_s() < until_s:
        now_s = rig.clock.now_s()
        good = chunk_of(rig.poses, now_s - 0.03)
        change, text = spoilt(good, now_s, rng, rig.config.limits)[name]
        bad = dataclasses.replace(good, **change)
        if text:
            with pytest.raises(ConfigError, match=text):
                rig.driver.submit(bad)
        else:
            rig.driver.submit(bad)
        if name != "flood":
            rig.watch_s(1 / 60)
        elif rng.uniform() < 0.1:
            rig.watch_s(0.002)
    return not text and name != "stale"
