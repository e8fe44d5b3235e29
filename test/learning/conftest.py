import numpy as np
import pytest

from ur3_dancer.learning.generated import HeardSong
from ur3_dancer.learning.train_config import train_config_from_dict
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.spec import feature_spec


@pytest.fixture(scope="session")
def ur3():
    """The packaged arm configuration."""
    return load_arm_config("ur3")


@pytest.fixture(scope="session")
def steady_song():
    """A song of plain features whose beats are marked exactly; no synthesis, so it is quick."""

    def make(bpm=110.0, duration_s=24.0, seed=0):
        music, random = feature_spec("mdlt60"), np.random.default_rng(seed)
        beats_s = np.arange(0.4, duration_s, 60 / bpm)
        frames = random.normal(0, 0.3, (int(duration_s * music.rate_hz), music.count))
        frames = frames.astype(np.float32)
        frames[:, 0] = -50.0 * np.sqrt(128)
        frames[:, music.columns["beat"]] = 0.0
        frames[(beats_s * music.rate_hz).astype(int), music.columns["beat"]] = 1.0
        return HeardSong(f"steady-{seed}", frames, beats_s)

    return make


@pytest.fixture
def tiny_config():
    """Settings of a training that lasts seconds."""

    def make(**changes):
        content = {
            "name": "tiny",
            "horizon": 6,
            "window_frames": 8,
            "data": {"train_songs": 2, "held_out_songs": 1, "song_s": 12.0, "seed": 3},
            "model": {
                "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1,
                "feed_forward": 16, "dropout": 0.1,
            },
            "optimizer": {"steps": 12, "batch": 4, "warm_up_steps": 3},
        }  # fmt: skip
        return train_config_from_dict({**content, **changes})

    return make
