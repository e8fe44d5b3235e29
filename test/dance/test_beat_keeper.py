import numpy as np
import pytest

from ur3_dancer.dance.beat_keeper import BeatKeeper

STEP_S = 1 / 60
K = 20


def beat_columns(beats_s, until_s):
    column = np.zeros(int(until_s / STEP_S), np.float32)
    column[(np.asarray(beats_s) / STEP_S).astype(int)] = 1.0
    return column


def listen(keeper, column, keep=lambda i: True):
    for newest in range(K - 1, len(column)):
        if keep(newest):
            window = column[newest + 1 - K : newest + 1]
            keeper.hear(window, (newest + 1) * STEP_S, STEP_S)


@pytest.mark.parametrize("bpm", [70, 97, 120, 180])
def test_when_beats_are_even_expect_period_and_phase(bpm):
    beats_s = np.arange(0.5, 9.0, 60 / bpm)
    keeper = BeatKeeper()
    listen(keeper, beat_columns(beats_s, 9.5))
    assert keeper.grid.period_s == pytest.approx(60 / bpm, abs=0.004)
    assert keeper.grid.anchor_s == pytest.approx(beats_s[-1], abs=0.012)


def test_when_windows_are_lost_expect_the_same_grid():
    column = beat_columns(np.arange(0.5, 9.0, 0.5), 9.5)
    whole, lossy = BeatKeeper(), BeatKeeper()
    listen(whole, column)
    listen(lossy, column, keep=lambda i: i % 13 == 0 or i > len(column) - 3)
    assert lossy.grid.number == whole.grid.number
    assert lossy.grid.anchor_s == pytest.approx(whole.grid.anchor_s, abs=1e-9)
    assert lossy.grid.period_s == pytest.approx(whole.grid.period_s, abs=1e-9)


def test_when_nothing_was_heard_expect_no_grid():
    keeper = BeatKeeper()
    listen(keeper, np.zeros(300, np.float32))
    assert keeper.grid is None


def test_when_beats_stop_expect_the_grid_to_go():
    keeper = BeatKeeper()
    listen(keeper, beat_columns(np.arange(0.5, 4.0, 0.5), 8.0))
    assert keeper.grid is None


def test_when_tempo_jumps_expect_the_new_period():
    beats_s = np.concatenate([np.arange(0.5, 5.0, 0.6), np.arange(5.3, 8.0, 0.4)])
    keeper = BeatKeeper()
    listen(keeper, beat_columns(beats_s, 8.2))
    assert keeper.grid.period_s == pytest.approx(0.4, abs=0.005)


def test_when_a_beat_is_missed_expect_numbers_to_count_it():
    beats_s = np.delete(np.arange(0.5, 6.0, 0.5), 7)
    keeper = BeatKeeper()
    listen(keeper, beat_columns(beats_s, 6.2))
    assert keeper.grid.number == 10
    assert keeper.grid.beat_after(keeper.grid.anchor_s + 0.7) == 12
