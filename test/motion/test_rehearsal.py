import numpy as np
import pytest

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.rehearsal import rehearse
from ur3_dancer.music.spec import feature_spec


@pytest.fixture(scope="module")
def ur3():
    return load_arm_config("ur3")


def beating_frames(duration_s=12.0, bpm=110.0, seed=0):
    """Frames (T, F) of a song of plain features whose beats are marked exactly."""
    music, random = feature_spec("mdlt60"), np.random.default_rng(seed)
    beats_s = np.arange(0.4, duration_s, 60 / bpm)
    frames = random.normal(0, 0.3, (int(duration_s * music.rate_hz), music.count))
    frames = frames.astype(np.float32)
    frames[:, 0] = -50.0 * np.sqrt(128)
    frames[:, music.columns["beat"]] = 0.0
    frames[(beats_s * music.rate_hz).astype(int), music.columns["beat"]] = 1.0
    return frames


def test_when_rehearsed_expect_the_pose_a_latency_after_each_window(ur3):
    frames = beating_frames()
    motion = rehearse(load_policy("groove", ur3), ur3, frames, latency_s=0.05)
    assert len(motion.times_s) == len(motion.q) == len(frames) - 19
    assert motion.times_s[0] == pytest.approx(20 / 60 + 0.05)
    np.testing.assert_allclose(motion.q[0], ur3.home_rad, atol=0.02)
