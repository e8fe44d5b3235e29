import numpy as np
import pytest

from ur3_dancer.dance.lm2d.beat_ahead import clock_ahead

RATE_HZ = 30.0


def beats(period_frames, count=96):
    column = np.zeros(count)
    column[::-period_frames] = 1.0
    return column


def test_when_beats_are_regular_expect_the_next_ones_foretold():
    # A beat lies in the middle of its frame, half a frame before the frame's end.
    clock = clock_ahead(beats(15), RATE_HZ, np.array([15, 30, 45, 60]) - 0.5)
    assert clock[:, 0] == pytest.approx(1.0, abs=0.01)
    between = clock_ahead(beats(15), RATE_HZ, np.array([22, 37]))
    assert between[:, 0] == pytest.approx(-1.0, abs=0.01)


def test_when_a_cycle_of_two_beats_is_foretold_expect_it_to_alternate():
    clock = clock_ahead(beats(15), RATE_HZ, np.array([15, 30, 45]) - 0.5)
    assert clock[:, 2] * clock[0, 2] == pytest.approx([1.0, -1.0, 1.0], abs=0.05)


@pytest.mark.parametrize("column", [np.zeros(96), np.eye(96)[50]])
def test_when_no_regular_beat_is_heard_expect_unknown(column):
    assert not clock_ahead(column, RATE_HZ, np.arange(10)).any()


def test_when_the_future_of_the_song_changes_expect_the_same_clock():
    song = np.concatenate([beats(15), beats(11)])
    for newest in (96, 100, 110):
        known = clock_ahead(song[newest - 96 : newest], RATE_HZ, np.arange(30))
        song[newest:] = np.random.default_rng(newest).integers(0, 2, len(song) - newest)
        again = clock_ahead(song[newest - 96 : newest], RATE_HZ, np.arange(30))
        assert np.array_equal(known, again)
