import numpy as np

from ur3_dancer.learning.generated_set.choreography import Part, beats_per_key, choreograph
from ur3_dancer.learning.generated_set.gestures import gesture_keys
from ur3_dancer.learning.generated_set.moves import DANCE_STYLES
from ur3_dancer.learning.generated_set.poses import ARMS, COLUMN, REST

PARTS = [Part(0, 16, 0.4), Part(16, 32, 0.7), Part(48, 16, 0.95)]


def composed(gestures=(), seed=0, tempo_bpm=110.0, genre="PU", progression=0, parts=PARTS):
    return choreograph(
        genre, parts, tempo_bpm, 4, progression, list(gestures), np.random.default_rng(seed)
    )


def test_when_composed_expect_a_key_pose_on_every_beat_and_phrases_without_gaps():
    dance = composed()
    np.testing.assert_array_equal(dance.beats, np.arange(64))
    np.testing.assert_array_equal(dance.energy, np.repeat([0.4, 0.7, 0.95], [16, 32, 16]))
    ends = [phrase.end_key for phrase in dance.phrases]
    assert [phrase.first_key for phrase in dance.phrases] == [0, *ends[:-1]] and ends[-1] == 64
    calm, lively, wild = DANCE_STYLES["PU"].moves
    assert {phrase.move for phrase in dance.phrases if phrase.first_key < 16} <= set(calm)
    assert {phrase.move for phrase in dance.phrases if phrase.first_key >= 48} <= set(wild)
    assert {phrase.move for phrase in dance.phrases} >= set(lively)


def test_when_the_section_is_wilder_expect_larger_gestures():
    keys = composed().keys
    sizes = [
        np.abs(np.diff(keys[span, ARMS], axis=0)).mean()
        for span in (slice(0, 16), slice(16, 48), slice(48, 64))
    ]
    assert sizes[0] < sizes[1] < sizes[2]


def test_when_a_move_comes_again_expect_the_same_personality():
    dance = composed(parts=[Part(0, 96, 0.7)])
    again = {}
    for phrase in dance.phrases:
        rows = dance.keys[phrase.first_key : phrase.end_key]
        name = (phrase.move, phrase.is_mirrored, len(rows))
        np.testing.assert_array_equal(again.setdefault(name, rows), rows)
    assert len(again) < len(dance.phrases)
    assert {phrase.is_mirrored for phrase in dance.phrases} == {True, False}


def test_when_seeds_differ_expect_the_same_moves_danced_a_little_differently():
    first, again, other = composed(seed=1), composed(seed=1), composed(seed=2)
    np.testing.assert_array_equal(first.keys, again.keys)
    assert [phrase.move for phrase in first.phrases] == [phrase.move for phrase in other.phrases]
    difference = np.abs(first.keys - other.keys)
    assert 0.05 < difference[:, ARMS].mean() < 0.3 and not difference[:, ARMS.stop :].any()


def test_when_chords_differ_expect_another_move_first():
    begins = {composed(progression=number).phrases[0].move for number in range(3)}
    assert begins == set(DANCE_STYLES["PU"].moves[0])


def test_when_the_tempo_is_fast_expect_a_key_on_every_second_beat():
    assert beats_per_key(137.0, 4) == 1 and beats_per_key(138.0, 4) == 2
    assert beats_per_key(170.0, 3) == 1
    np.testing.assert_array_equal(composed(tempo_bpm=170.0).beats, np.arange(0, 64, 2))


def test_when_words_sound_expect_their_gesture_from_the_next_beat_until_they_end():
    plain, moved = composed(), composed([(20, 28, "up"), (50, 54, "stop")])
    np.testing.assert_array_equal(moved.keys[21:28], gesture_keys("up", 7))
    np.testing.assert_array_equal(moved.keys[51:54], gesture_keys("stop", 3))
    others = np.r_[0:21, 28:51, 54:64]
    np.testing.assert_array_equal(moved.keys[others], plain.keys[others])


def test_when_the_dancer_turns_round_expect_whole_turns_that_are_not_undone():
    yaw = composed([(4, 12, "turn"), (20, 24, "wave"), (32, 40, "turn")]).keys[:, COLUMN["yaw"]]
    np.testing.assert_allclose(
        yaw[[4, 11, 22, 30, 39, 63]], 2 * np.pi * np.array([0, 1, 1, 1, 2, 2])
    )
    assert (np.diff(yaw) >= -1e-12).all()
    assert REST[COLUMN["yaw"]] == 0.0


def test_when_a_gesture_is_at_the_very_end_expect_no_error():
    assert len(composed([(60, 64, "fly"), (63, 64, "up")]).keys) == 64
