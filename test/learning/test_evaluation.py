import numpy as np
import pytest

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.augment import augment
from ur3_dancer.learning.evaluation import evaluate


def test_when_groove_dances_expect_it_on_the_beat_and_the_shifted_song_at_chance(ur3, steady_song):
    score = evaluate(load_policy("groove", ur3), ur3, [steady_song(110.0)])
    assert score.true.f > 0.9 and score.shifted.f < 0.5
    assert score.true.beats > 20 and score.energy_rad_s > 0.3 and score.limit_share < 0.05
    assert abs(score.lag_s) < 0.03


def test_when_the_mean_pose_stands_expect_no_dance_measured(ur3, steady_song):
    score = evaluate(load_policy("mean-pose", ur3), ur3, [steady_song(110.0)])
    assert score.true.f == 0.0 and score.true.minima == 0 and score.lag_s is None
    assert score.energy_rad_s < 1e-6


def test_when_a_frozen_pose_is_judged_by_aje_alone_expect_it_to_look_no_worse(ur3, steady_song):
    """The defect of the paper's measure, and why on-beat stands beside it."""
    song = steady_song(110.0)
    frozen = evaluate(load_policy("mean-pose", ur3), ur3, [song])
    late = evaluate(load_policy("groove", ur3), ur3, [song], latency_s=0.45)
    assert frozen.aje_rad < 1.5 * late.aje_rad
    assert frozen.true.f == 0.0


def test_when_groove_is_measured_expect_energy_and_jerk_beside_the_teachers(ur3, steady_song):
    score = evaluate(load_policy("groove", ur3), ur3, [steady_song(110.0)])
    assert 0.5 < score.energy_ratio < 2.0 and 0.2 < score.jerk_ratio < 5.0
    assert score.bas.music > score.shifted_bas.music + 0.3
    assert score.bas.motion > score.shifted_bas.motion + 0.2
    assert score.bas.music_beats == score.true.beats


def test_when_a_song_ends_before_it_is_measured_expect_config_error_naming_it(ur3, steady_song):
    with pytest.raises(ConfigError, match="steady-0 ends before 8 s"):
        evaluate(load_policy("groove", ur3), ur3, [steady_song(duration_s=7.0)])


def test_when_augmented_expect_another_sound_within_bounds_and_the_seed_to_decide():
    time_s = np.arange(48_000) / 48_000
    samples = (0.5 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    one, again = (augment(samples, 48_000, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert one.dtype == np.float32 and np.abs(one).max() <= 1.0
    assert np.abs(one - samples).max() > 0.01
    assert np.corrcoef(one, samples)[0, 1] > 0.8
