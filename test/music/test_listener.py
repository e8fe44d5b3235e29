import numpy as np
import pytest

from ur3_dancer.errors import AudioError, ConfigError
from ur3_dancer.music.block import Block
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import SPECS

SPEC = SPECS["mdlt60"]
RATE_HZ = 48_000


def noise(seconds_s: float, seed: int = 0) -> np.ndarray:
    samples = np.random.default_rng(seed).normal(0, 0.1, int(seconds_s * RATE_HZ))
    return samples.astype(np.float32)


def listen(listener: Listener, samples: np.ndarray, start_s: float = 50.0, size: int = 160):
    windows = []
    for first in range(0, len(samples), size):
        block = Block(samples[first : first + size], start_s + first / RATE_HZ)
        windows += listener.process(block)
    return windows


def test_when_a_second_is_heard_expect_a_window_for_each_frame():
    windows = listen(Listener(SPEC, 20, RATE_HZ), noise(1.0))
    assert len(windows) == 60
    assert all(window.frames.shape == (20, 438) for window in windows)
    np.testing.assert_array_equal(windows[0].frames[1:], windows[1].frames[:-1])


def test_when_a_window_comes_out_expect_the_capture_time_of_its_newest_sample():
    windows = listen(Listener(SPEC, 20, RATE_HZ), noise(1.0))
    times_s = np.array([window.time_s for window in windows])
    ends_s = 50.0 + np.arange(1, 61) / 60.0
    assert np.all(times_s < ends_s) and np.all(times_s > ends_s - 0.0001)


def test_when_music_begins_expect_the_silence_before_it_in_the_first_windows():
    silence = np.zeros(2 * RATE_HZ, np.float32)
    after_silence = listen(Listener(SPEC, 20, RATE_HZ), np.concatenate([silence, noise(1.0)]))
    fresh = listen(Listener(SPEC, 20, RATE_HZ), noise(1.0))
    heard = [fresh[0].frames[:-1].copy(), after_silence[119].frames[1:].copy()]
    for frames in heard:  # the tracker counts on through silence; its beats are gated elsewhere
        frames[:, SPEC.columns["beat"]] = 0.0
    np.testing.assert_array_equal(*heard)


def test_when_heard_in_blocks_expect_the_frames_of_the_file_bit_for_bit():
    samples = noise(3.0)
    offline = FeatureStream(SPEC).process(Resampler(RATE_HZ, 30_720).process(samples))
    for size in (160, 999, len(samples)):
        windows = listen(Listener(SPEC, 1, RATE_HZ), samples, size=size)
        frames = np.concatenate([window.frames for window in windows])
        np.testing.assert_array_equal(frames, offline)


def test_when_a_block_is_lost_expect_zeros_in_its_place_and_time_kept():
    samples = noise(3.0)
    silent = samples.copy()
    silent[48_000:52_800] = 0.0
    whole = listen(Listener(SPEC, 20, RATE_HZ), silent)
    listener = Listener(SPEC, 20, RATE_HZ)
    windows = listen(listener, samples[:48_000])
    windows += listen(listener, samples[52_800:], start_s=50.0 + 52_800 / RATE_HZ)
    assert listener.gaps == 1
    assert len(windows) == len(whole)
    np.testing.assert_array_equal(windows[-1].frames, whole[-1].frames)
    assert windows[-1].time_s == pytest.approx(whole[-1].time_s, abs=1e-4)


@pytest.mark.parametrize("jump_s", [30.0, -10.0])
def test_when_time_jumps_far_expect_a_new_song(jump_s):
    listener = Listener(SPEC, 20, RATE_HZ)
    listen(listener, noise(1.0))
    windows = listen(listener, noise(1.0, seed=5), start_s=51.0 + jump_s)
    fresh = listen(Listener(SPEC, 20, RATE_HZ), noise(1.0, seed=5), start_s=51.0 + jump_s)
    assert listener.gaps == 1
    np.testing.assert_array_equal(windows[-1].frames, fresh[-1].frames)


def test_when_block_times_jitter_by_milliseconds_expect_no_gap():
    listener, rng = Listener(SPEC, 20, RATE_HZ), np.random.default_rng(0)
    for index in range(300):
        jitter_s = rng.uniform(-0.003, 0.003)
        listener.process(Block(np.zeros(160, np.float32), 50.0 + index / 300 + jitter_s))
    assert listener.gaps == 0


def test_when_samples_are_bad_expect_finite_windows():
    samples = noise(2.0)
    samples[::101] = np.nan
    samples[::103] = -np.inf
    samples[::107] = 1e30
    windows = listen(Listener(SPEC, 20, RATE_HZ), samples)
    assert all(np.isfinite(window.frames).all() for window in windows)


def test_when_a_block_is_empty_expect_nothing_and_when_it_is_stereo_expect_an_error():
    listener = Listener(SPEC, 20, RATE_HZ)
    assert listener.process(Block(np.zeros(0, np.float32), 50.0)) == []
    with pytest.raises(AudioError, match="one channel"):
        listener.process(Block(np.zeros((10, 2), np.float32), 50.0))


def test_when_the_window_is_empty_expect_it_refused():
    with pytest.raises(ConfigError, match="0 frames"):
        Listener(SPEC, 0, RATE_HZ)


def test_when_frames_were_heard_expect_the_beat_on_the_clock_axis():
    listener = Listener(SPEC, 20, RATE_HZ)
    assert np.isnan(listener.beat.time_s)
    windows = listen(listener, noise(1.0))
    assert listener.beat.time_s == pytest.approx(windows[-1].time_s, abs=0.001)
    assert 0.0 <= listener.beat.phase < 1.0
