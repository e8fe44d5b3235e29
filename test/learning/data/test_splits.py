"""Splits: nobody in two parts, and each as its protocol says."""

from dataclasses import dataclass

import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.splits import PARTS, split


@dataclass(frozen=True)
class Dance:
    name: str
    genre: str
    song: str


AIST = [
    Dance(f"g{genre}_sBM_cAll_d01_m{genre}{index}_ch{take:02d}", genre, f"m{genre}{index}")
    for genre in ("BR", "PO", "LO")
    for index in range(6)
    for take in (3, 1, 2)
]


def check_parts(parts, songs):
    assert set(parts) == set(PARTS)
    everyone = [song for part in PARTS for song in parts[part]]
    assert len(everyone) == len(set(everyone)) <= len(songs)
    heard = [{song.song for song in parts[part]} for part in PARTS]
    assert not (heard[0] & heard[1] or heard[0] & heard[2] or heard[1] & heard[2])


def test_when_split_is_by_song_expect_every_dance_once_and_no_music_in_two_parts():
    parts = split(AIST, "song", "aist", {})
    check_parts(parts, AIST)
    assert sum(map(len, parts.values())) == len(AIST)
    assert {part: len({s.song for s in parts[part]}) for part in PARTS} == {
        "train": 14,
        "val": 2,
        "test": 2,
    }
    assert split(AIST[::-1], "song", "aist", {})["test"] == parts["test"][::-1]


@pytest.mark.parametrize(("count", "sizes"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1))])
def test_when_there_are_few_songs_expect_some_to_learn_from_first(count, sizes):
    songs = [Dance(str(i), "", str(i)) for i in range(count)]
    parts = split(songs, "song", "just-lmd", {})
    assert len(parts["train"]) == sizes[0]
    assert len(parts["val"]) + len(parts["test"]) == sizes[1] + sizes[2]


def test_when_split_is_the_papers_expect_one_dance_a_music_and_one_number_held_out():
    parts = split(AIST, "paper:4", "aist", {})
    check_parts(parts, AIST)
    assert [song.song for song in parts["test"]] == ["mBR4", "mLO4", "mPO4"]
    assert len(parts["train"]) == 15
    assert all(song.name.endswith("ch01") for song in [*parts["train"], *parts["test"]])
    assert parts["val"] == []


def test_when_set_has_lists_expect_the_paper_to_draw_from_them_alone():
    lists = {"train": [song.name for song in AIST if song.name.endswith(("ch02", "ch03"))]}
    parts = split(AIST, "paper:0", "aist", lists)
    assert all(song.name.endswith("ch02") for song in [*parts["train"], *parts["test"]])


def test_when_set_is_phantom_dance_expect_the_papers_tenths():
    """Dance i of N, counted from 1, is tested when N v / 10 <= i < N (v + 1) / 10."""
    songs = [Dance(f"{i:03d}", "", f"{i:03d}") for i in range(1, 261)]
    parts = split(songs, "paper:3", "phantom-dance", {})
    check_parts(parts, songs)
    assert [song.name for song in parts["test"]] == [f"{i:03d}" for i in range(78, 104)]
    with pytest.raises(ConfigError, match="from 0 to 9"):
        split(songs, "paper:10", "phantom-dance", {})


def test_when_a_genre_is_held_out_expect_none_of_it_to_be_learnt_from():
    parts = split(AIST, "genre:PO", "aist", {})
    check_parts(parts, AIST)
    assert {song.genre for song in parts["test"]} == {"PO"}
    assert len(parts["test"]) == 18
    assert {song.genre for song in [*parts["train"], *parts["val"]]} == {"BR", "LO"}
    assert parts["val"]


def test_when_split_is_crossmodal_expect_the_sets_own_lists():
    lists = {"train": (AIST[0].name, AIST[5].name), "test": (AIST[9].name, "not prepared")}
    parts = split(AIST, "crossmodal", "aist", lists)
    assert parts == {"train": [AIST[0], AIST[5]], "val": [], "test": [AIST[9]]}


@pytest.mark.parametrize(
    ("protocol", "source", "complaint"),
    [
        ("crossmodal", "aist", "has no lists"),
        ("paper:7", "aist", "no music has the number 7; this set has 0 to 5"),
        ("paper:0", "dance-with-melody", "is of AIST"),
        ("paper:", "aist", "unknown split"),
        ("paper:-1", "aist", "unknown split"),
        ("genre:XX", "aist", "its genres are BR, LO, PO"),
        ("genre:", "aist", "its genres are"),
        ("random", "aist", "choose one of crossmodal, paper:INDEX, song, genre:NAME"),
    ],
)
def test_when_split_cannot_be_made_expect_why(protocol, source, complaint):
    with pytest.raises(ConfigError, match=complaint):
        split(AIST, protocol, source, {})
