import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.measure_tracking import BUFFER_S, measure_tracking


def test_when_a_smooth_dance_is_tracked_expect_each_way_at_its_known_lag_and_jerk():
    arm = load_arm_config("ur3e")
    step_s = 1 / 60

    def poses(times_s):
        return arm.home_rad + 0.1 * np.sin(2 * np.pi * times_s[:, None] + np.arange(6))

    chunks = [
        Chunk(poses(start_s + step_s * np.arange(30)), start_s, step_s)
        for start_s in np.arange(0.0, 6.0, step_s)
    ]
    found = measure_tracking(chunks, arm)
    assert abs(found["cubic"]["lag_ms"] - 1000 * BUFFER_S) < 1.0
    assert 4.0 < found["hold"]["lag_ms"] < 20.0, "half a step and half the jitter"
    assert abs(found["shipped"]["lag_ms"]) < 1.0, "a chunk is played when it is due"
    assert found["hold"]["max_jerk_rad_s3"] > 1e6
    assert found["shipped"]["max_jerk_rad_s3"] < 800
    assert found["shipped"]["rms_rad"] < 0.003
