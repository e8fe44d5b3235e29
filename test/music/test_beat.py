import numpy as np
import pytest

from ur3_dancer.music.beat import BeatEstimate, BeatTracker

RATE_HZ, DELAY_FRAMES = 60.0, 2.0


def activation(beats_s: np.ndarray, seconds_s: float, seed: int = 0) -> np.ndarray:
    """A bump two frames after each beat, weaker ones at off-beats, and noise."""
    rng = np.random.default_rng(seed)
    frames = np.arange(int(seconds_s * RATE_HZ))
    values = rng.uniform(0.0, 0.05, len(frames))
    off_beats_s = (beats_s[:-1] + beats_s[1:]) / 2
    for times_s, height in ((beats_s, 0.8), (off_beats_s, 0.15)):
        for time_s in times_s:
            place = time_s * RATE_HZ - 1 + DELAY_FRAMES
            values = np.maximum(values, height * np.exp(-0.5 * ((frames - place) / 0.8) ** 2))
    return values


def follow(tracker: BeatTracker, values: np.ndarray):
    """Return the ends of the frames in which a beat fell, and all estimates."""
    beats_s, estimates = [], []
    for value in values:
        tracker.step(float(value))
        estimates.append(tracker.estimate)
        if tracker.is_beat:
            beats_s.append(tracker.estimate.time_s)
    return np.array(beats_s), estimates


@pytest.mark.parametrize("tempo_bpm", [72.0, 95.5, 120.0, 143.0])
def test_when_beats_are_even_expect_each_in_its_own_frame(tempo_bpm):
    truth_s = np.arange(0.2, 20.0, 60.0 / tempo_bpm)
    beats_s, estimates = follow(BeatTracker(RATE_HZ, DELAY_FRAMES), activation(truth_s, 20.0))
    late = beats_s[beats_s > 6.0]
    nearest_s = np.array([truth_s[np.abs(truth_s - beat_s).argmin()] for beat_s in late])
    assert len(late) == pytest.approx(14.0 * tempo_bpm / 60.0, abs=2)
    assert np.abs(late - nearest_s).max() < 2.5 / RATE_HZ
    assert estimates[-1].tempo_bpm == pytest.approx(tempo_bpm, rel=0.015)
    assert estimates[-1].confidence > 0.7


def test_when_the_next_beats_are_asked_for_expect_them_before_they_sound():
    truth_s = np.arange(0.2, 20.0, 0.5)
    _, estimates = follow(BeatTracker(RATE_HZ, DELAY_FRAMES), activation(truth_s, 20.0))
    for estimate in estimates[600:1000]:
        for ahead in (1, 3):
            beat_s = estimate.beat_time_s(ahead)
            assert np.abs(truth_s - beat_s).min() < 0.05
            assert beat_s > estimate.time_s


def test_when_half_a_beat_is_left_expect_the_next_one_fixed_until_it_falls():
    tracker = BeatTracker(RATE_HZ, DELAY_FRAMES)
    follow(tracker, activation(np.arange(0.2, 12.0, 0.5), 12.0))
    fixed, leads_s = None, []
    for value in activation(np.arange(0.2, 8.0, 0.5), 8.0):
        tracker.step(float(value))
        if fixed is not None and tracker.next_beat is not None:
            assert tracker.next_beat == fixed[0]
        if fixed is None and tracker.next_beat is not None:
            fixed = tracker.next_beat, tracker.frames
        if tracker.is_beat:
            leads_s.append((tracker.frames - fixed[1]) / RATE_HZ)
            fixed = None
    assert np.median(leads_s) == pytest.approx(0.25, abs=0.04)


def test_when_the_tempo_jumps_expect_it_found_again_in_time():
    truth_s = np.concatenate([np.arange(0.2, 15.0, 0.6), np.arange(15.2, 30.0, 0.48)])
    beats_s, _ = follow(BeatTracker(RATE_HZ, DELAY_FRAMES), activation(truth_s, 30.0))
    late = beats_s[beats_s > 19.5]
    assert max(np.abs(truth_s - beat_s).min() for beat_s in late) < 0.05


def test_when_the_music_stops_expect_no_confidence_after_two_seconds():
    values = np.concatenate([activation(np.arange(0.2, 12.0, 0.5), 12.0), np.zeros(300)])
    _, estimates = follow(BeatTracker(RATE_HZ, DELAY_FRAMES), values)
    assert estimates[700].confidence > 0.7
    assert max(estimate.confidence for estimate in estimates[720 + 120 :]) < 0.3


def test_when_there_is_only_silence_expect_no_confidence_and_finite_estimates():
    _, estimates = follow(BeatTracker(RATE_HZ, DELAY_FRAMES), np.zeros(6000))
    assert max(estimate.confidence for estimate in estimates) < 0.1
    assert all(np.isfinite(estimate.tempo_bpm) for estimate in estimates)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_when_the_activation_is_extreme_for_minutes_expect_finite_probabilities(value):
    tracker = BeatTracker(RATE_HZ, DELAY_FRAMES)
    follow(tracker, np.full(6000, value))
    assert np.isfinite(tracker.states.probability).all()
    assert tracker.states.probability.sum() == pytest.approx(1.0)


def test_when_an_estimate_is_given_expect_its_beats_on_its_own_axis():
    estimate = BeatEstimate(time_s=10.0, tempo_bpm=120.0, phase=0.25, confidence=1.0)
    assert estimate.beat_time_s() == pytest.approx(10.375)
    assert estimate.beat_time_s(3) == pytest.approx(11.375)
