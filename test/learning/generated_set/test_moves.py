import numpy as np
import pytest

from ur3_dancer.learning.generated_set.gestures import GESTURES, gesture_keys
from ur3_dancer.learning.generated_set.moves import DANCE_STYLES, GENRE_OF_STYLE, MOVES, level
from ur3_dancer.learning.generated_set.poses import CHANNELS, COLUMN, REST, mirrored, pose
from ur3_dancer.music.styles import STYLES

AIST_GENRES = {"BR", "PO", "LO", "MH", "LH", "HO", "WA", "KR", "JS", "JB"}


def test_when_genres_are_listed_expect_each_style_danced_by_moves_of_its_metre():
    assert set(GENRE_OF_STYLE) == set(STYLES)
    assert set(GENRE_OF_STYLE.values()) == set(DANCE_STYLES)
    assert not set(DANCE_STYLES) & AIST_GENRES
    for name, genre in GENRE_OF_STYLE.items():
        moves = [move for names in DANCE_STYLES[genre].moves for move in names]
        assert all(MOVES[move].count % STYLES[name].beats == 0 for move in moves)


def test_when_moves_are_written_out_expect_rows_of_channels_and_no_two_moves_alike():
    tables = [move.keys() for move in MOVES.values()]
    assert all(np.isfinite(table).all() and table.shape[1] == len(CHANNELS) for table in tables)
    assert len({table.tobytes() for table in tables}) == len(MOVES)
    used = {name for style in DANCE_STYLES.values() for names in style.moves for name in names}
    assert used == set(MOVES)


def test_when_mirrored_twice_expect_the_same_and_once_the_other_side():
    for move in MOVES.values():
        np.testing.assert_array_equal(mirrored(mirrored(move.keys())), move.keys())
    np.testing.assert_array_equal(
        mirrored(pose("up", "hip", "step_right")), pose("hip", "up", "step_left")
    )
    np.testing.assert_array_equal(mirrored(REST), REST)


@pytest.mark.parametrize("energy", [0.0, 0.49, 0.5, 0.84, 0.85, 1.0])
def test_when_energy_grows_expect_higher_levels(energy):
    assert level(energy) == (0 if energy < 0.5 else 1 if energy < 0.85 else 2)


@pytest.mark.parametrize("name", GESTURES)
def test_when_a_gesture_lasts_any_time_expect_as_many_keys(name):
    for count in (1, 3, 8):
        keys = gesture_keys(name, count)
        assert keys.shape == (count, len(CHANNELS))
        assert keys[-1, COLUMN["yaw"]] == pytest.approx(2 * np.pi if name == "turn" else 0.0)
