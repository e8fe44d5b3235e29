import numpy as np
import pytest

from ur3_dancer.learning.metrics.beats import (
    BeatAlignment,
    angle_speed,
    beat_alignment,
    motion_beats_s,
    point_speed,
    shifted_alignment,
)

MUSIC_S = np.arange(0.5, 30.0, 0.5)


def swaying(beat_s=0.5, late_s=0.0, rate_hz=60.0, duration_s=30.0):
    """Four angles that turn back on each beat: (T, 4) whose frame 0 is at time 0."""
    times_s = np.arange(0, duration_s, 1 / rate_hz)
    return np.cos(np.pi * (times_s - late_s) / beat_s)[:, None] * [0.5, 0.3, 0.2, 0.1]


def beats_of(poses, rate_hz=60.0):
    return motion_beats_s(angle_speed(poses, rate_hz), rate_hz)


@pytest.mark.parametrize("rate_hz", [30.0, 60.0, 120.0])
def test_when_turning_back_on_each_beat_expect_motion_beats_there_at_any_rate(rate_hz):
    # A little late, so that no two frames tie for the slowest: the definition counts no ties.
    found_s = beats_of(swaying(rate_hz=rate_hz, late_s=0.003), rate_hz)
    wanted_s = np.arange(0.503, 29.6, 0.5)
    assert len(found_s) == len(wanted_s)
    np.testing.assert_allclose(found_s, wanted_s, atol=0.6 / rate_hz)


@pytest.mark.parametrize("frames", [0, 1, 3, 6])
def test_when_missed_by_some_frames_of_60_hz_expect_the_published_bell(frames):
    alignment = beat_alignment(MUSIC_S + frames / 60, MUSIC_S)
    wanted = np.exp(-(frames**2) / 18)
    assert alignment.music == pytest.approx(wanted) and alignment.motion == pytest.approx(wanted)


def test_when_only_every_other_beat_is_danced_expect_one_direction_to_see_it():
    alignment = beat_alignment(MUSIC_S[::2], MUSIC_S)
    assert alignment.motion == pytest.approx(1.0)
    assert alignment.music == pytest.approx(30 / 59, abs=0.02)


def test_when_moving_twice_as_often_expect_only_the_other_direction_to_see_it():
    twice_s = np.arange(0.5, 30.0, 0.25)
    alignment = beat_alignment(twice_s, MUSIC_S)
    assert alignment.music == pytest.approx(1.0)
    assert alignment.motion == pytest.approx(0.5, abs=0.01)


def test_when_trembling_regardless_of_the_music_expect_the_musics_direction_to_be_fooled():
    """Bailando's score alone ranks a tremor above a dance that is a tenth of a second late."""
    tremor = beats_of(swaying(beat_s=0.21))
    late = beats_of(swaying(late_s=0.1))
    assert beat_alignment(tremor, MUSIC_S).music > beat_alignment(late, MUSIC_S).music
    random = np.random.default_rng(0)
    shifted = shifted_alignment(tremor, MUSIC_S, random)
    assert beat_alignment(tremor, MUSIC_S).music < shifted.music + 0.1


def test_when_on_the_beat_expect_the_shifted_music_to_fall_far_behind():
    motion_s = beats_of(swaying(late_s=0.003))
    true = beat_alignment(motion_s, MUSIC_S)
    shifted = shifted_alignment(motion_s, MUSIC_S, np.random.default_rng(0))
    assert true.music > 0.95 and true.motion > 0.95
    assert shifted.music < 0.5 and shifted.motion < 0.5
    assert shifted.music_beats == true.music_beats == len(MUSIC_S)


def test_when_standing_still_expect_no_motion_beats_and_nothing_divided_by_zero():
    rounding = 1e-15 * np.random.default_rng(0).normal(size=(600, 4))
    motion_s = beats_of(1.0 + rounding)
    alignment = beat_alignment(motion_s, MUSIC_S)
    assert len(motion_s) == 0
    assert (alignment.music, alignment.motion, alignment.motion_beats) == (0.0, 0.0, 0)
    assert beat_alignment(MUSIC_S, MUSIC_S[:0]).motion == 0.0
    assert shifted_alignment(MUSIC_S, MUSIC_S[:1], np.random.default_rng(0)).music == 0.0


def test_when_songs_are_added_expect_each_beat_to_count_once():
    total = beat_alignment(MUSIC_S, MUSIC_S) + beat_alignment(MUSIC_S[:1] + 9, MUSIC_S[:1])
    assert total.music == pytest.approx(59 / 60, abs=1e-6)
    assert total.to_dict()["music_beats"] == 60
    assert BeatAlignment().music == 0.0


def test_when_joints_move_in_space_expect_their_mean_speed():
    steps = np.arange(5)[:, None, None] * np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(point_speed(steps, 60.0), 0.5 * 5 * 60.0)
