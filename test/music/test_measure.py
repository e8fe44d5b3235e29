import numpy as np
import pytest

from ur3_dancer.music.measure_beats import AHEAD, BeatCase, HeardBeats, beat_cases, hear, judge
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.synth import generate_song

BEATS_S = np.arange(0.5, 30.0, 0.5)


def case(**facts) -> BeatCase:
    return BeatCase("case", "constant", np.zeros(30 * 8000, np.float32), 8000, BEATS_S, **facts)


def heard(reported_s) -> HeardBeats:
    reported_s = list(reported_s)
    return HeardBeats(reported_s, dict.fromkeys(AHEAD, reported_s), [0.9] * 1800)


def test_when_every_beat_is_reported_expect_full_marks():
    row = judge(case(), heard(BEATS_S + 0.03), with_librosa=False)
    # One beat at the edge of what counts may lack its partner.
    assert min(row["f_measure"], row["f_predicted_1_5"], row["cmlt"]) > 0.97
    assert row["heard_bpm"] == 120.0


@pytest.mark.parametrize(("reported_s", "score"), [(BEATS_S + 0.25, 0.0), (BEATS_S[::2], 2 / 3)])
def test_when_beats_are_off_or_missing_expect_that_in_the_score(reported_s, score):
    row = judge(case(), heard(reported_s), with_librosa=False)
    assert row["f_measure"] == pytest.approx(score, abs=0.02)


def test_when_the_tempo_jumps_expect_the_seconds_until_four_right_beats():
    late = np.concatenate([BEATS_S[BEATS_S < 15.0], BEATS_S[BEATS_S > 17.9]])
    row = judge(case(changes_s=(15.0,)), heard(late), with_librosa=False)
    assert row["relocks_s"] == [3.0]


def test_when_confidence_stays_up_in_silence_expect_it_reported():
    row = judge(case(silence_s=(10.0, 15.0)), heard(BEATS_S), with_librosa=False)
    assert row["silent_confidence"] == 0.9


def test_when_cases_are_made_expect_every_kind():
    kinds = {each.kind for each in beat_cases(rounds=1)}
    assert kinds == {"constant", "ramp", "jump", "noise", "silence"}


@pytest.mark.parametrize("name", ["mdlt60", "mdlt30"])
def test_when_clear_songs_play_expect_their_beats_heard_and_foretold(name):
    scores = []
    for seed, style in enumerate(["house", "rock", "funk", "swing"]):
        song = generate_song(700 + seed, 16.0, style=style, tempo_bpm=100.0 + 10 * seed)
        clear = BeatCase(style, "constant", song.samples, song.rate_hz, song.beats_s)
        row = judge(clear, hear(clear, SPECS[name]), with_librosa=False)
        scores.append((row["f_measure"], row["f_predicted_1_5"]))
    assert np.mean(scores, axis=0).min() >= 0.9
