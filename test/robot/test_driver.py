"""The driver and its thread on the embedded controller, when all goes well."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.clock import FakeClock
from support.memory_arm import MemoryArm
from support.rig import assert_clean, open_rig

from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.robot.driver import Driver
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.rtde_arm import RtdeArm

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("model", "rate_hz"), [("ur3", 125.0), ("ur3e", 500.0)])
def test_when_chunks_come_expect_a_dance_on_time_within_every_limit(tmp_path, model, rate_hz):
    with open_rig(tmp_path, "127.0.0.51", model) as rig:
        rig.dance()
        rig.watch_s(5.0)
        rig.driver.stop("the end")
        assert rig.driver.wait_at_rest(rig.driver.stop_time_s + 0.5)
        report = rig.driver.report()
        trajectory = rig.driver.trajectory()
        rig.driver.close()
        assert rig.driver.status.state is State.DISCONNECTED
        referee = rig.referee()
    assert_clean(referee)
    assert referee["protective_stops"] == 0
    assert referee["maxima"]["first_command_jump_rad"] < 1e-3
    json.dumps(report)
    print(model, report["servo"], report["latency_ms"])
    assert report["servo"]["rate_hz"] == pytest.approx(rate_hz, rel=0.05)
    assert set(report["servo"]["period_error_ms"]) == {"p50", "p99", "max"}
    assert report["latency_ms"]["ear_to_arm"]["p50"] > 30.0
    assert report["motion"]["energy_rad_s"] > 0.1
    assert report["chunks"]["received"] > 200
    assert (report["chunks"]["refused"], report["errors"]) == (0, [])
    # On the beat: the measured pose against the dance at the same time.
    time_s = trajectory["time_s"]
    last = (time_s > time_s[-1] - 2.5) & (time_s < time_s[-1] - 0.5)
    turn = np.exp(-2j * np.pi * time_s[last])[:, None]
    measured = (trajectory["measured_rad"][last] - rig.config.home_rad) * turn
    wanted = (rig.poses(time_s[last]) - rig.config.home_rad) * turn
    late_s = np.angle(wanted.sum(axis=0) / measured.sum(axis=0)) / (2 * np.pi)
    print(model, "late on the beat, ms:", np.round(late_s * 1000, 1))
    assert np.abs(late_s).max() < 0.02
    assert np.abs(measured.sum(axis=0)).min() > 0.9 * np.abs(wanted.sum(axis=0)).min()


def test_when_closed_in_the_middle_of_a_dance_expect_rest_and_an_ended_stream(tmp_path):
    with open_rig(tmp_path, "127.0.0.52") as rig:
        rig.dance()
        rig.watch_s(1.0)
        rig.driver.close()
        rig.driver.close()
        assert not rig.driver.streaming
        referee = rig.referee()
    assert_clean(referee)
    assert referee["protective_stops"] == 0


def test_when_connected_again_expect_the_next_dance(tmp_path):
    with open_rig(tmp_path, "127.0.0.53") as rig:
        rig.driver.close()
        rig.driver.connect()
        rig.dance()


def test_when_the_configuration_is_for_another_model_expect_a_refusal_before_anything_moves(
    tmp_path,
):
    with open_rig(tmp_path, "127.0.0.54", connect=False) as rig:
        other = Driver(RtdeArm("127.0.0.54"), load_arm_config("ur3e"), rig.clock)
        with pytest.raises(RobotError, match=r"is a ur3, .* for a ur3e"):
            other.connect()
        assert other.status.state is State.DISCONNECTED
        assert rig.referee()["commands"] == 0


def test_when_it_is_a_dry_run_expect_everything_but_set_points(tmp_path):
    with open_rig(tmp_path, "127.0.0.55", connect=False) as rig:
        driver = Driver(
            RtdeArm("127.0.0.55", dry_run=True),
            rig.config,
            rig.clock,
            DriverSettings(homing_speed_share=0.8, record_minutes=0.1),
        )
        driver.connect()
        driver.start()
        assert driver.wait_for([State.READY], 10.0).state is State.READY
        driver.close()
        assert rig.referee()["commands"] == 0


def test_when_nothing_was_connected_expect_an_empty_report_and_clear_refusals():
    clock = FakeClock()
    config = load_arm_config("ur3")
    driver = Driver(MemoryArm(clock, config.home_rad), config, clock)
    report = driver.report()
    assert report["servo"]["rate_hz"] == 0.0
    assert report["latency_ms"]["ear_to_arm"]["p50"] is None
    assert report["state"] == "DISCONNECTED"
    for word in (driver.start, driver.home, driver.reset):
        with pytest.raises(RobotError, match="connect first"):
            word()
    driver.stop("nothing to stop")
    driver.close()
    assert 0.1 < driver.stop_time_s <= 0.3


@pytest.mark.parametrize(
    "setting",
    [
        {"amplitude": 1.5},
        {"homing_speed_share": 0.0},
        {"arm_delay_s": -0.1},
        {"stale_s": 9.0},
        {"record_minutes": 0},
    ],
)
def test_when_a_setting_is_out_of_range_expect_it_named(setting):
    with pytest.raises(ConfigError, match=next(iter(setting))):
        DriverSettings(**setting)


def test_when_the_driver_is_imported_expect_no_heavy_library():
    heavy = "{'torch', 'librosa', 'numba', 'scipy', 'rclpy', 'sounddevice'}"
    code = (
        "import sys, ur3_dancer.robot.driver, ur3_dancer.robot.places, ur3_dancer.robot.rtde_arm;"
        f"sys.exit(repr({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
