"""Which songs are learnt from, which are looked at while learning, and which are kept for the end.

    crossmodal     the set's own lists (AIST++ and generated sets)
    paper:INDEX    MDLT's: one dance for each music, test on the music with that number in its genre
                   (AIST++: 0 to 5), learn from the others; of PhantomDance, test on that tenth of
                   the dances in order of their names. There is no part `val`: the paper picks its
                   best step on the test songs, which makes its test figures too good
    song           a tenth of the songs each for `val` and `test`, by their names alone
    genre:NAME     test on that genre; of the others' songs a tenth is `val`

No song is ever in two parts. Dance with Melody shares dances between the songs of a genre, so only
a split by genre is honest there.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from ur3_dancer.errors import ConfigError

PARTS = ("train", "val", "test")
PROTOCOLS = ("crossmodal", "paper:INDEX", "song", "genre:NAME")
_SHARE = 0.1
_TENTHS = 10


class Danced(Protocol):
    """What is asked of a song."""

    name: str
    genre: str
    song: str


def split(
    songs: Sequence[Danced],
    protocol: str,
    source: str,
    crossmodal: Mapping[str, Sequence[str]],
) -> dict[str, list]:
    """Return the songs of each part; a part may be empty.

    Args:
        songs: of the set.
        protocol: one of `PROTOCOLS`.
        source: name of the set.
        crossmodal: part → names, the set's own lists.

    Raises:
        ConfigError: no such protocol, or the set has not what it needs.
    """
    kind, _, detail = protocol.partition(":")
    if protocol == "crossmodal":
        return _crossmodal(songs, crossmodal)
    if protocol == "song":
        return _by_song(songs)
    if kind == "genre":
        return _by_genre(songs, detail)
    if kind == "paper" and detail.isdigit():
        return _paper(songs, int(detail), source, crossmodal)
    raise ConfigError(f"unknown split {protocol!r}: choose one of {', '.join(PROTOCOLS)}")


def _crossmodal(songs: Sequence[Danced], lists: Mapping[str, Sequence[str]]) -> dict[str, list]:
    if not any(lists.values()):
        raise ConfigError(
            "this set has no lists splits/crossmodal_{train,val,test}.txt: choose the split song "
            "or genre:NAME, or prepare it again with the lists"
        )
    return {part: [s for s in songs if s.name in set(lists.get(part, ()))] for part in PARTS}


def _by_song(songs: Sequence[Danced]) -> dict[str, list]:
    parts = _shares([song.song for song in songs])
    return {part: [song for song in songs if parts[song.song] == part] for part in PARTS}


def _by_genre(songs: Sequence[Danced], genre: str) -> dict[str, list]:
    genres = sorted({song.genre for song in songs} - {""})
    if genre not in genres:
        known = ", ".join(genres) or "none: this set does not name genres"
        raise ConfigError(f"genre {genre!r} is not in this set: its genres are {known}")
    others = [song for song in songs if song.genre != genre]
    parts = _shares([song.song for song in others], with_test=False)
    chosen = {part: [s for s in others if parts[s.song] == part] for part in ("train", "val")}
    return {**chosen, "test": [song for song in songs if song.genre == genre]}


def _paper(
    songs: Sequence[Danced], index: int, source: str, lists: Mapping[str, Sequence[str]]
) -> dict[str, list]:
    if source == "phantom-dance":
        if index >= _TENTHS:
            raise ConfigError(f"paper:{index}: tenths are numbered from 0 to {_TENTHS - 1}")
        ordered, count = sorted(songs, key=lambda song: song.name), len(songs)
        span = (count * index / _TENTHS, count * (index + 1) / _TENTHS)
        is_test = {song.name: span[0] <= i < span[1] for i, song in enumerate(ordered, start=1)}
    else:
        numbers = {song.song: re.search(r"\d+$", song.song) for song in songs}
        if source not in ("aist", "generated") or not all(numbers.values()):
            raise ConfigError(
                f"the paper's split is of AIST++ and PhantomDance, not of {source}: choose the "
                "split song or genre:NAME"
            )
        listed = {name for names in lists.values() for name in names}
        ordered = _one_for_each_music([s for s in songs if not listed or s.name in listed])
        is_test = {song.name: int(numbers[song.song][0]) == index for song in ordered}
        if not any(is_test.values()):
            known = sorted({int(number[0]) for number in numbers.values()})
            raise ConfigError(
                f"paper:{index}: no music has the number {index}; this set has {known[0]} to "
                f"{known[-1]}"
            )
    return {
        "train": [song for song in ordered if not is_test[song.name]],
        "val": [],
        "test": [song for song in ordered if is_test[song.name]],
    }


def _one_for_each_music(songs: Sequence[Danced]) -> list:
    first: dict[str, Danced] = {}
    for song in sorted(songs, key=lambda song: song.name):
        first.setdefault(song.song, song)
    return list(first.values())


def _shares(names: Sequence[str], with_test: bool = True) -> dict[str, str]:
    """Return the part of each song, by a digest of its name: no order, no chance."""
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    each = max(1, round(_SHARE * len(ordered))) if len(ordered) > 1 else 0
    held = 2 if with_test and len(ordered) > 2 else 1
    parts = dict.fromkeys(ordered, "train")
    for place, name in enumerate(ordered[: held * each]):
        parts[name] = "test" if with_test and place < each else "val"
    return parts
