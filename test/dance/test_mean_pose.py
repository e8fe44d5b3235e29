import numpy as np
import pytest

from ur3_dancer.dance.mean_pose import MeanPosePolicy
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.window import Window


def test_when_anything_is_heard_expect_the_frozen_pose(ur3):
    policy = MeanPosePolicy(ur3.pose_space(), ur3.home_rad)
    noise = np.random.default_rng(0).normal(size=(20, 438)).astype(np.float32)
    chunk = policy.predict(Window(noise, 3.0, 60.0))
    np.testing.assert_array_equal(chunk.targets_rad, np.tile(ur3.home_rad, (30, 1)))
    assert chunk.capture_s == pytest.approx(3.0)


def test_when_pose_is_out_of_bounds_expect_config_error(ur3):
    with pytest.raises(ConfigError, match="beyond the bounds"):
        MeanPosePolicy(ur3.pose_space(), ur3.home_rad + 9.0)
