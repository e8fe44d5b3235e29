"""The picture of what is heard, made from the frames of the one extractor there is."""

import numpy as np
import pytest

from ur3_dancer.music.block import Block
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.spec import SPECS
from ur3_dancer.stage.view.hearing import COLUMNS_PER_S, SECONDS, Hearing
from ur3_dancer.stage.view.performance import Beat, Frame

WIDTH = round(SECONDS * COLUMNS_PER_S)
SPECTRUM_ROWS = slice(0, 140)
FRAME = np.zeros(438, np.float32)
FRAME[0] = -30.0 * np.sqrt(128)  # a mean level of -30 dB


def brightness(picture: np.ndarray) -> np.ndarray:
    """One number a column of the history, of its spectrum."""
    columns = picture[SPECTRUM_ROWS].astype(float).mean(axis=(0, 2))
    return columns.reshape(WIDTH, 2).mean(axis=1)


@pytest.mark.parametrize(("frequency_hz", "is_low"), [(110.0, True), (6000.0, False)])
def test_when_a_tone_sounds_expect_it_at_its_height(frequency_hz, is_low):
    rate_hz = 48_000
    times_s = np.arange(rate_hz) / rate_hz
    tone = 0.5 * np.sin(2 * np.pi * frequency_hz * times_s).astype(np.float32)
    hearing = Hearing()
    for window in Listener(SPECS["mdlt60"], 20, rate_hz).process(Block(tone, 0.0)):
        hearing.hear(Frame(window.frames[-1], window.time_s))
    newest = hearing.picture()[SPECTRUM_ROWS, -2].astype(float).sum(axis=1)
    brightest = newest.argmax() / len(newest)  # 0 is the top
    assert brightest > 0.9 if is_low else 0.15 < brightest < 0.35


def test_when_frames_are_lost_expect_a_dark_gap_of_that_length():
    hearing = Hearing()
    dark = brightness(hearing.picture())[0]
    for number in [*range(100, 130), *range(160, 190)]:
        hearing.hear(Frame(FRAME, (number + 0.5) / COLUMNS_PER_S))
    is_lit = brightness(hearing.picture()) > dark + 1
    assert is_lit[-30:].all() and not is_lit[-60:-30].any() and is_lit[-90:-60].all()


def test_when_a_frame_comes_a_column_late_expect_no_gap():
    hearing = Hearing()
    for number in range(100, 190, 2):
        hearing.hear(Frame(FRAME, (number + 0.5) / COLUMNS_PER_S))
    columns = brightness(hearing.picture())
    assert np.ptp(columns[-80:]) == 0


def test_when_a_beat_begins_expect_one_mark_where_it_was():
    hearing = Hearing()
    hearing.hear(Frame(FRAME, 10.0))
    plain = hearing.picture()
    for phase in (0.7, 0.9, 0.1, 0.3):
        hearing.hear_beat(Beat(10.0, 60.0, phase, 0.9))
    changed = np.flatnonzero((hearing.picture() != plain).any(axis=(0, 2)))
    assert set(changed // 2) == {WIDTH - 1 - round(0.1 * COLUMNS_PER_S)}


def test_when_the_beat_is_unsure_expect_no_mark():
    hearing = Hearing()
    hearing.hear(Frame(FRAME, 10.0))
    plain = hearing.picture()
    for phase in (0.9, 0.1):
        hearing.hear_beat(Beat(10.0, 60.0, phase, 0.05))
    np.testing.assert_array_equal(hearing.picture(), plain)


@pytest.mark.parametrize("time_s", [0.0, 1e5])
def test_when_time_begins_anew_or_leaps_expect_a_fresh_picture(time_s):
    hearing = Hearing()
    hearing.hear(Frame(FRAME, 5000.0))
    hearing.hear(Frame(FRAME, time_s))
    lit = brightness(hearing.picture())
    assert lit[-1] > lit[0] and (lit[:-1] == lit[0]).all()


def test_when_the_feature_set_is_unknown_expect_it_left_out():
    hearing = Hearing()
    plain = hearing.picture()
    hearing.hear(Frame(np.ones(7, np.float32), 10.0))
    np.testing.assert_array_equal(hearing.picture(), plain)


@pytest.mark.parametrize("name", SPECS)
def test_when_a_feature_set_of_the_house_comes_expect_a_picture(name):
    features = np.zeros(SPECS[name].count, np.float32)
    features[0] = -30.0 * np.sqrt(128)
    hearing = Hearing()
    plain = brightness(hearing.picture())
    hearing.hear(Frame(features, 10.0))
    assert brightness(hearing.picture())[-1] > plain[-1]
