import numpy as np
import pytest

from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.meter import LevelMeter
from ur3_dancer.music.mix import check_channel, mix_down
from ur3_dancer.music.spec import SPECS

RATE_HZ = 48_000


def tone(level_db: float, seconds_s: float = 2.0) -> np.ndarray:
    """A sine whose root mean square is `level_db` of full scale."""
    time_s = np.arange(int(seconds_s * RATE_HZ)) / RATE_HZ
    amplitude = np.sqrt(2.0) * 10 ** (level_db / 20)
    return (amplitude * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


def fed(samples: np.ndarray, size: int = 192) -> LevelMeter:
    meter = LevelMeter(RATE_HZ)
    for start in range(0, len(samples), size):
        meter.take(samples[start : start + size])
    return meter


@pytest.mark.parametrize("level_db", [-60.0, -20.0, -6.0])
@pytest.mark.parametrize("size", [64, 192, 48_000])
def test_when_a_tone_sounds_expect_its_level_and_peak(level_db, size):
    meter = fed(tone(level_db), size)
    assert meter.level_db == pytest.approx(level_db, abs=0.2)
    assert meter.peak_db == pytest.approx(level_db + 3.0, abs=0.2)
    assert meter.clipped == 0


def test_when_it_grows_silent_expect_level_and_peak_to_fall():
    meter = fed(np.concatenate([tone(-6.0, 1.0), np.zeros(RATE_HZ, np.float32)]))
    assert meter.peak_db == pytest.approx(-23.0, abs=1.0)
    assert meter.level_db < -15.0
    meter = fed(np.zeros(20 * RATE_HZ, np.float32))
    assert (meter.level_db, meter.peak_db) == (-120.0, -120.0)


def test_when_sound_is_too_loud_expect_every_clipped_sample_counted():
    samples = np.zeros(1000, np.float32)
    samples[100:107] = 1.0
    samples[500] = -1.0
    assert fed(samples).clipped == 8


def test_when_gain_is_given_expect_level_and_features_of_louder_sound():
    quiet, loud = tone(-40.0), tone(-40.0) * np.float32(10.0)
    windows = []
    for samples, gain_db in ((quiet, 20.0), (loud, 0.0)):
        listener = Listener(SPECS["mdlt60"], 1, RATE_HZ, gain_db=gain_db)
        windows.append(listener.process(Block(samples, 0.0)))
        assert listener.meter.level_db == pytest.approx(-20.0, abs=0.2)
    ours, expected = (np.concatenate([each.frames for each in heard]) for heard in windows)
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-2)


def test_when_channels_are_mixed_or_chosen_expect_the_mean_or_the_one():
    samples = np.arange(24, dtype=np.float32).reshape(3, 8)
    np.testing.assert_array_equal(mix_down(samples), samples.mean(axis=1))
    np.testing.assert_array_equal(mix_down(samples, 8), samples[:, 7])
    assert mix_down(samples, 1).dtype == np.float32


@pytest.mark.parametrize("channel", [-1, 3])
def test_when_a_channel_is_not_there_expect_how_many_there_are(channel):
    with pytest.raises(AudioError, match=f"drum.wav has 2 channels and no channel {channel}"):
        check_channel(channel, 2, "drum.wav")
