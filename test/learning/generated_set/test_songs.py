from pathlib import Path

import numpy as np
import pytest

from ur3_dancer.errors import AudioError
from ur3_dancer.learning.generated_set.moves import GENRE_OF_STYLE
from ur3_dancer.learning.generated_set.songs import RATE_HZ, TEMPO_BPM, make_song

SAMPLES = Path(__file__).parents[4] / "shared/data/samples"


@pytest.fixture(scope="module")
def songs():
    """Two rounds of styles."""
    return [make_song(index, 5, 6.0) for index in range(2 * len(GENRE_OF_STYLE))]


def test_when_songs_are_made_expect_all_styles_metres_and_a_range_of_tempos(songs):
    assert [song.style for song in songs] == 2 * list(GENRE_OF_STYLE)
    assert all(song.genre == GENRE_OF_STYLE[song.style] for song in songs)
    assert {song.metre for song in songs} == {3, 4}
    tempos = [song.song.sections[0].tempo_bpm for song in songs]
    assert min(tempos) >= TEMPO_BPM[0] and max(tempos) <= TEMPO_BPM[1]
    assert min(tempos) < 85 and max(tempos) > 140
    assert any(song.swing == 0 for song in songs) and any(song.swing > 0.1 for song in songs)
    assert {song.room for song in songs} == {True, False}


def test_when_songs_are_made_expect_finite_sound_of_about_the_length_with_beats_inside(songs):
    for made in songs:
        song = made.song
        assert 6.0 <= song.duration_s < 13.0 and song.rate_hz == RATE_HZ
        assert made.heard.shape == song.samples.shape and made.heard.dtype == np.float32
        assert np.isfinite(made.heard).all() and 0.1 < np.abs(made.heard).max() <= 1.0
        assert len(made.parts) == len(song.sections)
        assert len(song.beats_s) == made.metre * len(song.downbeats_s)
        assert song.beats_s[-1] < song.duration_s


def test_when_the_song_is_long_expect_sections_of_different_energy():
    song = make_song(0, 5, 40.0)
    energies = [section.energy for section in song.song.sections]
    assert len(energies) >= 4 and np.ptp(energies) > 0.2
    assert {"verse", "chorus"} <= set(song.parts)


def test_when_arguments_are_equal_expect_equal_samples_and_others_with_another_seed(songs):
    np.testing.assert_array_equal(make_song(3, 5, 6.0).heard, songs[3].heard)
    other = make_song(3, 6, 6.0)
    assert other.style == songs[3].style
    assert other.song.sections[0].tempo_bpm != songs[3].song.sections[0].tempo_bpm


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"drum recordings are not at {SAMPLES}")
def test_when_recordings_are_given_expect_them_in_some_songs_and_made_up_drums_in_others():
    drums = {make_song(index, 5, 5.0, SAMPLES).drums for index in range(8)}
    assert drums == {"recorded", "made up"}


def test_when_the_folder_has_no_recordings_expect_it_named(tmp_path):
    with pytest.raises(AudioError, match="no drum recordings"):
        for index in range(8):
            make_song(index, 5, 5.0, tmp_path)
