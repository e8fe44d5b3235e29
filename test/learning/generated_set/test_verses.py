from itertools import pairwise

import numpy as np
import pytest

from ur3_dancer.learning.generated_set.gestures import GESTURES
from ur3_dancer.learning.generated_set.verses import (
    HELD_OUT_PHRASINGS,
    NEUTRAL,
    PHRASINGS,
    gesture_of,
    write_verses,
)

PARTS = [
    ("intro", 0, 16),
    ("verse", 16, 32),
    ("chorus", 48, 32),
    ("break", 80, 16),
    ("verse", 96, 8),
]


def verses(tempo_bpm=120.0, metre=4, is_test=False, seed=0, parts=PARTS):
    beats_s = 0.4 + np.arange(parts[-1][1] + parts[-1][2]) * 60 / tempo_bpm
    return write_verses(parts, beats_s, metre, is_test, np.random.default_rng(seed)), beats_s


def test_when_phrasings_are_listed_expect_enough_of_each_gesture_and_none_twice():
    assert set(PHRASINGS) == set(HELD_OUT_PHRASINGS) == set(GESTURES)
    assert all(len(PHRASINGS[name]) >= 6 for name in GESTURES)
    assert all(len(HELD_OUT_PHRASINGS[name]) >= 3 for name in GESTURES)
    lists = [*PHRASINGS.values(), *HELD_OUT_PHRASINGS.values(), NEUTRAL]
    every = [text.lower() for texts in lists for text in texts]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(("tempo_bpm", "metre"), [(72.0, 4), (120.0, 4), (176.0, 4), (110.0, 3)])
def test_when_verses_are_written_expect_lines_on_bars_of_sung_parts_with_a_breath_between(
    tempo_bpm, metre
):
    parts = [("intro", 0, 4 * metre), ("verse", 4 * metre, 8 * metre), ("break", 12 * metre, metre)]
    lines, beats_s = verses(tempo_bpm, metre, parts=parts)
    assert len(lines) >= 2
    assert all((line.first_beat - 4 * metre) % metre == 0 for line in lines)
    assert all(4 * metre <= line.first_beat < line.end_beat <= 12 * metre for line in lines)
    for line in lines:
        assert line.start_s == beats_s[line.first_beat]
        assert 1.8 < line.end_s - line.start_s < 6.0
        assert (
            line.end_s
            < beats_s[line.first_beat] + (line.end_beat - line.first_beat) * 60 / tempo_bpm
        )
    starts, ends = [line.start_s for line in lines], [line.end_s for line in lines]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))


def test_when_the_song_is_for_training_expect_no_held_out_phrasing():
    held_out = {text for texts in HELD_OUT_PHRASINGS.values() for text in texts}
    for seed in range(10):
        lines, _ = verses(seed=seed)
        assert not any(line.is_held_out for line in lines)
        assert not any(text in line.text for line in lines for text in held_out)


def test_when_the_song_is_for_testing_expect_mostly_held_out_phrasings_of_each_gesture():
    lines = [line for seed in range(40) for line in verses(is_test=True, seed=seed)[0]]
    moving = [line for line in lines if line.gesture]
    assert 0.15 < 1 - len(moving) / len(lines) < 0.35
    assert 0.6 < np.mean([line.is_held_out for line in moving]) < 0.8
    assert {line.gesture for line in moving if line.is_held_out} == set(GESTURES)
    for line in moving:
        known = (HELD_OUT_PHRASINGS if line.is_held_out else PHRASINGS)[line.gesture]
        assert any(text in line.text for text in known)


def test_when_lines_follow_each_other_expect_no_gesture_twice_in_turn():
    for seed in range(10):
        gestures = [line.gesture for line in verses(seed=seed)[0]]
        assert all(a != b or a is None for a, b in pairwise(gestures))


def test_when_no_part_is_sung_expect_no_lines():
    assert verses(parts=[("intro", 0, 32), ("break", 32, 16)])[0] == []


def test_when_a_line_is_read_expect_the_gesture_it_was_written_for():
    lines = [line for seed in range(60) for line in verses(is_test=True, seed=seed)[0]]
    for line in lines:
        assert gesture_of(line.text) == (line.gesture, line.is_held_out), line.text
    assert gesture_of("words of another song") == (None, False)
