"""Dance with Melody: points, places and times as its files give them."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import dance_with_melody, sources
from ur3_dancer.motion.arm_angles import arm_angles_rad


@pytest.fixture
def ballroom(tmp_path, clicks, write_melody):
    """Two dances that are whole, one without sound, one without skeleton, one of no known dance."""
    for name in ("DANCE_C_1", "DANCE_W_10", "DANCE_W_2", "DANCE_T_3", "DANCE_X_1"):
        write_melody(tmp_path / name)
    for name in ("DANCE_C_1", "DANCE_W_10", "DANCE_T_3", "DANCE_X_1"):
        clicks(tmp_path / name / "audio.wav", 8.0)
        (tmp_path / name / "audio.wav").rename(tmp_path / name / "audio.mp3")
    (tmp_path / "DANCE_T_3/skeletons.json").write_text("")
    return tmp_path


def test_when_folder_is_read_expect_whole_dances_and_a_line_for_each_other(ballroom):
    found = sources.catalogue("dance-with-melody", ballroom)
    assert [(each.name, each.genre) for each in found.entries] == [
        ("DANCE_C_1", "cha-cha"),
        ("DANCE_W_10", "waltz"),
    ]
    assert [each.music_start_s for each in found.entries] == [1.0, 1.0]
    assert found.skipped == (
        "DANCE_T_3: skeletons.json missing",
        "DANCE_W_2: audio.mp3 missing",
        "DANCE_X_1: of no known dance; known are C, R, T, W",
    )


def test_when_motion_is_read_expect_metres_and_music_time(ballroom):
    """150 frames span 152 of music, so they are stretched to it."""
    entry = sources.catalogue("dance-with-melody", ballroom).entries[0]
    track = sources.load("dance-with-melody", entry).motion
    assert len(track) == 150
    assert track.rate_hz == pytest.approx(25.0 * 150 / 152)
    assert track.duration_s == pytest.approx(149 / 150 * 152 / 25)
    np.testing.assert_allclose(track.points_m["pelvis"][0], [0.1, 0.5, 0.05])
    np.testing.assert_allclose(track.points_m["right_shoulder"][0], [-0.08, 0.95, 0.05])


def test_when_arms_swing_in_opposite_phase_expect_both_read_right(ballroom):
    entry = sources.catalogue("dance-with-melody", ballroom).entries[0]
    track = dance_with_melody.load_motion(entry)
    right, left = (arm_angles_rad(track.arm_points(side), side) for side in ("right", "left"))
    np.testing.assert_allclose(right, left, atol=1e-6)
    assert right[:, 0].max() > 0.25 > -0.25 > right[:, 0].min()
    np.testing.assert_allclose(right[:, 2:], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"frames": 140}, "has 140 frames for 152 of music"),
        ({"frames": 300}, "its rate or its span is wrong"),
        ({"skeletons": []}, "holds no frames"),
        ({"skeletons": np.zeros((150, 22, 3)).tolist()}, "do not fit"),
        ({"center": [[float("nan")] * 3] * 150}, "not finite"),
        ({"center": None}, r"center \(\) do not fit"),
        ({"fps": 60}, "states fps 60, but this set has 25"),
    ],
)
def test_when_motion_is_broken_expect_a_reason(ballroom, write_melody, given, complaint):
    write_melody(ballroom / "DANCE_C_1", **given)
    entry = sources.catalogue("dance-with-melody", ballroom).entries[0]
    with pytest.raises(ConfigError, match=complaint):
        dance_with_melody.load_motion(entry)


@pytest.mark.parametrize(
    "config", [{}, {"start_position": 9, "end_position": 9}, {"start_position": -1}, [1]]
)
def test_when_place_in_the_music_is_unknown_expect_a_line(ballroom, config):
    (ballroom / "DANCE_C_1/config.json").write_text(json.dumps(config))
    found = sources.catalogue("dance-with-melody", ballroom)
    assert [each.name for each in found.entries] == ["DANCE_W_10"]
    assert found.skipped[0].startswith("DANCE_C_1: config.json")


def test_when_folder_is_wrong_expect_what_it_lacks(tmp_path):
    with pytest.raises(ConfigError, match=r"lacks DANCE_\*_\*/"):
        sources.catalogue("dance-with-melody", tmp_path)
