import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.metrics.poses import (
    aje_rad,
    energy_rad_s,
    fid_rad2,
    jerk_rad_s3,
    stretch_features,
    velocity_fid_rad2_s2,
)

RATE_HZ = 60.0
TIMES_S = np.arange(0, 20, 1 / RATE_HZ)


def dance(late_s=0.0):
    """A lively dance to beats of half a second, (T, 4)."""
    phase = np.pi * (TIMES_S - late_s) / 0.5
    return np.stack([np.sin(phase / n) for n in (1, 2, 3, 4)], axis=1) * [0.8, 0.6, 0.5, 0.4]


FROZEN = np.tile(dance().mean(axis=0), (len(TIMES_S), 1))
SHUFFLED = np.random.default_rng(0).permutation(dance())


def test_when_off_by_a_constant_expect_that_as_the_error():
    assert aje_rad(dance() + 0.3, dance()) == pytest.approx(0.3)


def test_when_frozen_expect_aje_to_prefer_it_to_a_lively_dance_at_the_wrong_time():
    """The defect of the paper's first measure."""
    assert aje_rad(FROZEN, dance()) < aje_rad(dance(late_s=0.5), dance())


def test_when_shuffled_expect_fid_to_call_it_perfect_and_velocities_to_see_it():
    """The defect of the paper's second measure, and the one beside it that is not blind."""
    assert fid_rad2(SHUFFLED, dance()) == pytest.approx(0, abs=1e-9)
    assert velocity_fid_rad2_s2(SHUFFLED, dance(), RATE_HZ) > 1000 * velocity_fid_rad2_s2(
        dance(late_s=0.5), dance(), RATE_HZ
    )


def test_when_at_the_wrong_time_expect_both_distances_to_be_blind_to_it():
    late = dance(late_s=0.25)
    assert fid_rad2(late, dance()) < 0.01 * fid_rad2(FROZEN, dance())
    assert velocity_fid_rad2_s2(late, dance(), RATE_HZ) < 0.05 * velocity_fid_rad2_s2(
        FROZEN, dance(), RATE_HZ
    )


def test_when_frozen_expect_no_energy_and_no_jerk():
    assert energy_rad_s(FROZEN, RATE_HZ) == jerk_rad_s3(FROZEN, RATE_HZ) == 0.0
    assert velocity_fid_rad2_s2(FROZEN, dance(), RATE_HZ) > 1.0


def test_when_moving_at_constant_speed_expect_that_as_energy_and_no_jerk():
    line = TIMES_S[:, None] * [0.5, -0.25]
    assert energy_rad_s(line, RATE_HZ) == pytest.approx(0.75)
    assert jerk_rad_s3(line, RATE_HZ) == pytest.approx(0, abs=1e-6)


def test_when_trembling_expect_jerk_to_see_what_energy_hardly_does():
    tremor = dance() + 0.002 * np.random.default_rng(1).normal(size=(len(TIMES_S), 4))
    assert energy_rad_s(tremor, RATE_HZ) < 1.2 * energy_rad_s(dance(), RATE_HZ)
    assert jerk_rad_s3(tremor, RATE_HZ) > 10 * jerk_rad_s3(dance(), RATE_HZ)


def test_when_cut_into_stretches_expect_every_frame_in_one():
    poses = np.arange(660.0)[:, None] * [1.0, -1.0]
    features = stretch_features(poses, RATE_HZ)
    assert features.shape == (2, 6)
    np.testing.assert_allclose(features[:, 0], [164.5, 494.5])
    np.testing.assert_allclose(features[:, 4:], 60.0)
    assert stretch_features(poses[:20], RATE_HZ).shape == (1, 6)


def test_when_shapes_differ_expect_config_error():
    with pytest.raises(ConfigError, match=r"\(3, 4\)"):
        aje_rad(np.zeros((3, 4)), np.zeros((4, 4)))
    with pytest.raises(ConfigError, match="not empty"):
        aje_rad(np.zeros((0, 4)), np.zeros((0, 4)))
