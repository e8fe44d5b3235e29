import numpy as np
import pytest
from support.live import free_host
from support.rig import open_rig

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.measure_arm_delay import find_delay, measure_arm_delay

TIMES_S = np.arange(0.0, 6.0, 0.008)


def motion(times_s):
    turns = 2 * np.pi * np.array([0.7, 1.1, 0.9, 1.3, 1.6, 1.9])
    return np.arange(6) + 0.06 * np.sin(turns * times_s[:, None])


@pytest.mark.parametrize("delay_s", [0.0, 0.0463, 0.2])
def test_when_an_arm_follows_late_expect_by_how_much(delay_s):
    noise = np.random.default_rng(0).normal(0.0, 5e-4, (len(TIMES_S), 6))
    measured = motion(TIMES_S - delay_s) + noise + 0.01
    found = find_delay(TIMES_S, motion(TIMES_S), measured)
    assert found.delay_s == pytest.approx(delay_s, abs=0.001)
    assert np.ptp(found.by_joint_s) < 0.004
    assert found.fit > 0.99


def test_when_a_joint_does_not_follow_expect_it_named():
    measured = motion(TIMES_S - 0.05)
    measured[:, 3] = 1.0
    with pytest.raises(RobotError, match="joint 3 followed only"):
        find_delay(TIMES_S, motion(TIMES_S), measured)


def test_when_there_was_hardly_any_motion_expect_it_said():
    with pytest.raises(RobotError, match="did not move long enough"):
        find_delay(TIMES_S[:40], motion(TIMES_S[:40]), motion(TIMES_S[:40]))


@pytest.mark.slow
def test_when_the_embedded_arm_is_measured_expect_its_delay_and_rest_at_home(tmp_path):
    with open_rig(tmp_path, free_host()) as stage:
        found = measure_arm_delay(stage.driver, stage.config, stage.clock, 4.0)
        assert 0.0 < found.delay_s < 0.15
        assert stage.driver.status.state is State.READY
        assert np.abs(np.array(stage.driver.sent) - stage.config.home_rad).max() < 1e-3
        stage.driver.stop("pressed")
        with pytest.raises(RobotError, match="reset"):
            measure_arm_delay(stage.driver, stage.config, stage.clock, 4.0)
