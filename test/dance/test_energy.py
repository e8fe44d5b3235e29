import numpy as np
import pytest

from ur3_dancer.dance.energy import EnergyFollower, liveliness
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.spec import feature_spec

MUSIC = feature_spec("mdlt60")


def frames_at(level_db, count=240):
    frames = np.zeros((count, MUSIC.count), np.float32)
    frames[:, 0] = level_db * np.sqrt(128)
    return frames


def test_when_louder_expect_livelier_within_bounds():
    values = [liveliness(frames_at(db, 1), MUSIC)[0] for db in (-80, -58, -50, -45, -20)]
    assert values[0] == 0.0 and values[-1] == 1.0
    assert values == sorted(values) and 0.0 < values[1] < values[2] < values[3] < 1.0


def test_when_windows_overlap_or_are_lost_expect_the_same_energy():
    frames = frames_at(-50.0)
    frames[120:, 0] = -45.0 * np.sqrt(128)
    every, some = EnergyFollower(MUSIC), EnergyFollower(MUSIC)
    for newest in range(19, 240):
        window, time_s = frames[newest - 19 : newest + 1], (newest + 1) / 60
        every.hear(window, time_s)
        if newest % 11 == 8 or newest == 19:
            some.hear(window, time_s)
    some.hear(frames[220:], 4.0)
    assert some.value == pytest.approx(every.value, abs=1e-9)


def test_when_real_silence_follows_noise_expect_silent():
    stream, follower = FeatureStream(MUSIC), EnergyFollower(MUSIC)
    noise = np.random.default_rng(0).normal(0, 0.1, MUSIC.sample_rate_hz).astype(np.float32)
    follower.hear(stream.process(noise), 1.0)
    assert not follower.silent and follower.value > 0.1
    follower.hear(stream.process(np.zeros(MUSIC.sample_rate_hz, np.float32)), 2.0)
    assert follower.silent


def test_when_reset_expect_silent_and_calm():
    follower = EnergyFollower(MUSIC)
    follower.hear(frames_at(-40.0), 4.0)
    follower.reset()
    assert follower.silent and follower.value == 0.0
