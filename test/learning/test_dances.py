import numpy as np
import pytest

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.learning.dances import (
    VARIANTS,
    beat_clock,
    energy_at,
    frame_times_s,
    teach,
)
from ur3_dancer.learning.on_beat import on_beat
from ur3_dancer.motion.rehearsal import Motion
from ur3_dancer.music.spec import feature_spec

MUSIC = feature_spec("mdlt60")


def test_when_taught_expect_different_dances_on_the_beat(ur3, steady_song):
    song = steady_song()
    dances = teach(DancingArm.of(ur3), song.frames, song.beats_s, MUSIC)
    assert dances.shape == (VARIANTS, len(song.frames), 6)
    times_s = frame_times_s(len(song.frames), MUSIC.rate_hz)
    for dance in dances:
        assert on_beat(Motion(times_s, dance), song.beats_s, 2.0).f > 0.95
    for i in range(VARIANTS):
        for j in range(i):
            assert np.abs(dances[i] - dances[j])[300:].max() > 0.1


def test_when_the_place_in_the_round_is_shifted_expect_the_same_poses_a_beat_later(
    ur3, steady_song
):
    song = steady_song(bpm=120.0)
    dances = teach(DancingArm.of(ur3), song.frames, song.beats_s, MUSIC)
    np.testing.assert_allclose(dances[1][600:900], dances[0][630:930], atol=0.01)


def test_when_it_gets_louder_expect_energy_to_follow_without_looking_ahead(steady_song):
    frames = steady_song().frames.copy()
    frames[720:, 0] = -44.0 * np.sqrt(128)
    before, at, after = energy_at(frames, np.array([11.5, 12.0, 18.0]), MUSIC)
    assert at == pytest.approx(before, abs=0.02) and after > before + 0.2


def test_when_the_clock_is_read_expect_place_in_the_beat_and_tempo():
    beats_s = np.array([1.0, 1.5, 2.0, 3.0])
    clock = beat_clock(beats_s, np.array([0.5, 1.0, 1.625, 2.5, 3.5]))
    np.testing.assert_allclose(clock[:, 0], [1, 1, 0, -1, -1], atol=1e-9)
    np.testing.assert_allclose(clock[2, 1], 1.0)
    np.testing.assert_allclose(clock[:, 2], [1, 1, 1, 0, 0], atol=1e-9)
