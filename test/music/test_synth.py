from pathlib import Path

import numpy as np
import pytest

from ur3_dancer.errors import AudioError, ConfigError
from ur3_dancer.music.arrangement import Section
from ur3_dancer.music.drum_kit import VOICES, recorded_kit, synthesise_kit
from ur3_dancer.music.styles import STYLES
from ur3_dancer.music.synth import generate_song, render
from ur3_dancer.music.track import built_in_track

SAMPLES = Path(__file__).parents[3] / "shared/data/samples"


def test_when_the_seed_is_equal_expect_equal_samples():
    first, again, other = generate_song(5, 8.0), generate_song(5, 8.0), generate_song(6, 8.0)
    np.testing.assert_array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples[:48_000], other.samples[:48_000])


@pytest.mark.parametrize("style", STYLES)
def test_when_a_style_plays_expect_loud_finite_sound_and_its_beats(style):
    song = generate_song(1, 8.0, style=style)
    assert song.label == "generated"
    assert song.samples.dtype == np.float32
    assert np.isfinite(song.samples).all() and 0.19 < np.abs(song.samples).max() <= 0.95
    assert song.duration_s >= 8.0 and song.beats_s[-1] < song.duration_s
    assert set(song.downbeats_s) <= set(song.beats_s)
    assert len(song.beats_s) == STYLES[style].beats * len(song.downbeats_s)


def test_when_a_tempo_is_given_expect_beats_at_exactly_that_tempo():
    song = generate_song(2, 8.0, style="rock", tempo_bpm=120.0)
    np.testing.assert_allclose(np.diff(song.beats_s), 0.5, rtol=1e-12)


def test_when_the_kick_plays_on_the_beat_expect_the_sound_to_rise_there():
    song = generate_song(3, 40.0, style="house", tempo_bpm=120.0)
    loud = next(section for section in song.sections if section.energy >= 0.6)
    beats_s = song.beats_s[(song.beats_s > loud.start_s) & (song.beats_s < loud.end_s)]
    beats_s = beats_s[(beats_s > 0.1) & (beats_s < song.duration_s - 0.1)]
    energy = np.cumsum(np.concatenate([[0.0], song.samples.astype(float) ** 2]))
    at = (beats_s * song.rate_hz).astype(int)
    after, before = energy[at + 1440] - energy[at], energy[at - 240] - energy[at - 1680]
    assert np.median(after / before) > 3.0


def test_when_any_seed_is_given_expect_a_song():
    for seed in range(60):
        assert generate_song(seed, 2.0, rate_hz=16_000).duration_s > 2.0


def test_when_the_tempo_ramps_or_jumps_expect_periods_that_do():
    ramp = np.diff(generate_song(4, 40.0, style="rock", tempo_profile="ramp").beats_s)
    assert 1.03 < ramp.max() / ramp.min() < 2.0
    assert np.abs(np.diff(np.log(ramp))).max() < 0.02
    jump = np.diff(generate_song(4, 40.0, style="rock", tempo_profile="jump").beats_s)
    assert np.abs(np.diff(np.log(jump))).max() > 0.05


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"drum recordings are not at {SAMPLES}")
def test_when_recordings_are_given_expect_them_played_from_their_stroke_on():
    kit = recorded_kit(np.random.default_rng(0), 48_000, SAMPLES)
    made = synthesise_kit(np.random.default_rng(0), 48_000)
    for voice in VOICES:
        assert not np.array_equal(kit[voice], made[voice])
        assert 0.9 < np.abs(kit[voice]).max() <= 1.0
        assert np.abs(kit[voice][:480]).max() > 0.1
        assert abs(kit[voice][-1]) < 1e-3


def test_when_the_folder_has_no_recordings_expect_it_named(tmp_path):
    with pytest.raises(AudioError, match="no drum recordings"):
        for seed in range(8):
            generate_song(seed, 1.0, samples_dir=tmp_path)


def test_when_the_built_in_track_plays_expect_four_sections_of_different_feel():
    song = built_in_track()
    assert song.duration_s >= 90.0
    assert len({section.name for section in song.sections}) == 4
    assert len({section.tempo_bpm for section in song.sections}) == 4
    assert np.ptp([section.energy for section in song.sections]) >= 0.5
    assert song.energy_at(np.array([50.0]))[0] == 1.0
    np.testing.assert_array_equal(built_in_track().samples, song.samples)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Section("polka", 4, 120.0, 0.5), "polka"),
        (lambda: Section("rock", 0, 120.0, 0.5), "0 bars"),
        (lambda: Section("rock", 4, 1.0, 0.5), "1 BPM"),
        (lambda: generate_song(0, 5.0, style="polka"), "polka"),
        (lambda: generate_song(0, 5.0, tempo_profile="wild"), "wild"),
        (lambda: render([], None, np.random.default_rng(0)), "no sections"),
    ],
)
def test_when_a_song_is_impossible_expect_the_value_named(make, text):
    with pytest.raises(ConfigError, match=text):
        make()
