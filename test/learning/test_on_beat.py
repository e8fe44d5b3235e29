import numpy as np
import pytest

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.groove import groove_poses
from ur3_dancer.dance.moves import EnergyChoreography
from ur3_dancer.learning.on_beat import OnBeat, by_chance, median_lag_s, on_beat, on_shifted_beat
from ur3_dancer.motion.rehearsal import Motion

BEATS_S = np.arange(0.5, 30.0, 0.55)
TIMES_S = np.arange(0.0, 29.0, 1 / 60)


@pytest.fixture
def known_dance(ur3):
    """Makes a dance that is exactly on the beats, or late by a known time."""

    def make(late_s=0.0):
        energy = np.full(len(BEATS_S), 0.7)
        arm = DancingArm.of(ur3)
        return Motion(
            TIMES_S, groove_poses(arm, EnergyChoreography(), BEATS_S + late_s, energy, TIMES_S)
        )

    return make


def test_when_on_the_beat_expect_all_of_both_and_chance_when_shifted(known_dance):
    motion = known_dance()
    true = on_beat(motion, BEATS_S, 2.0)
    shifted = on_shifted_beat(motion, BEATS_S, 2.0, np.random.default_rng(0))
    assert true.precision > 0.97 and true.recall > 0.97
    # By chance a minimum meets a beat in 0.14 s of each 0.55 s.
    assert 0.1 < shifted.f < 0.45


def test_when_minima_meet_beats_as_often_as_shifted_ones_expect_chance_and_else_not():
    shifted = OnBeat(minima=100, beats=100, minima_on_beat=25, beats_met=25)
    # Of 100 throws at 1 in 4, 25 or more succeed in 54 % of cases, 50 or more in 7e-8 (tables).
    assert by_chance(shifted, shifted) == pytest.approx(0.538, abs=0.002)
    assert by_chance(OnBeat(100, 100, 50, 50), shifted) == pytest.approx(6.6e-8, rel=0.02)
    assert by_chance(OnBeat(), shifted) == 1.0


@pytest.mark.parametrize(("late_s", "least", "most"), [(0.05, 0.95, 1.0), (0.2, 0.0, 0.05)])
def test_when_late_expect_the_tolerance_to_tell(known_dance, late_s, least, most):
    motion = known_dance(late_s)
    assert least <= on_beat(motion, BEATS_S, 2.0).f <= most


@pytest.mark.parametrize("late_s", [-0.04, 0.0, 0.06])
def test_when_late_expect_the_lag_measured(known_dance, late_s):
    assert median_lag_s(known_dance(late_s), BEATS_S, 2.0) == pytest.approx(late_s, abs=0.01)


def test_when_frozen_expect_no_minima_and_no_beat_met():
    still = Motion(TIMES_S, np.ones((len(TIMES_S), 6)))
    true = on_beat(still, BEATS_S, 2.0)
    assert (true.minima, true.beats_met, true.f) == (0, 0, 0.0)
    assert true.beats > 40
    assert median_lag_s(still, BEATS_S, 2.0) is None


def test_when_trembling_without_dancing_expect_no_minima():
    tremble = 1e-4 * np.random.default_rng(0).normal(size=(len(TIMES_S), 6))
    assert on_beat(Motion(TIMES_S, tremble), BEATS_S, 2.0).minima == 0


def test_when_moving_regardless_of_the_beat_expect_chance(known_dance):
    q = np.stack([np.sin(2 * np.pi * 0.731 * TIMES_S + i) for i in range(6)], axis=1)
    motion = Motion(TIMES_S, q * np.array([1, 0, 0, 0, 0, 0]))
    true = on_beat(motion, BEATS_S, 2.0)
    shifted = on_shifted_beat(motion, BEATS_S, 2.0, np.random.default_rng(0))
    assert abs(true.f - shifted.f) < 0.15


def test_when_songs_are_added_expect_counts_to_add_up():
    total = OnBeat(10, 20, 5, 5) + OnBeat(10, 20, 9, 9)
    assert (total.precision, total.recall) == (0.7, 0.35)
    assert total.f == pytest.approx(2 * 0.7 * 0.35 / 1.05)
