import numpy as np
import pytest

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.spec import feature_spec


@pytest.fixture(scope="session")
def ur3():
    """The packaged arm configuration."""
    return load_arm_config("ur3")


@pytest.fixture(scope="session")
def dancing_arm(ur3):
    return DancingArm.of(ur3)


@pytest.fixture
def clicking_frames():
    """Makes (T, F) frames of a steady song whose beats are exactly known."""

    def make(beats_s, until_s, level_db=-48.0):
        music = feature_spec("mdlt60")
        frames = np.zeros((int(until_s * music.rate_hz), music.count), np.float32)
        frames[:, music.columns["mfcc"].start] = level_db * np.sqrt(128)
        beat_frames = (np.asarray(beats_s) * music.rate_hz).astype(int)
        frames[beat_frames[beat_frames < len(frames)], music.columns["beat"]] = 1.0
        return frames

    return make
