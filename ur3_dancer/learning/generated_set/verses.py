"""Verses: lines of words over a song's verses and choruses, some of which mean a gesture.

There is no voice in the sound: words and times are what a lyrics file tells. Some phrasings of each
gesture are sung in songs of the test split only, so that it shows whether a model has understood
words or learnt lines by heart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_SHORTEST_LINE_S = 2.4
_NEUTRAL_SHARE = 0.25
_ADORNED_SHARE = 0.5
_HELD_OUT_SHARE = 0.7
"""Of lines with a gesture in songs of the test split; the others are known phrasings."""
_SUNG = ("verse", "chorus")

PHRASINGS: Mapping[str, tuple[str, ...]] = {
    "up": (
        "put your hands up", "lift them to the sky", "raise your arms up high",
        "higher and higher we go", "get up, get up", "hands up to the ceiling",
        "up, up and up again", "throw your arms in the air",
    ),
    "down": (
        "get down low", "down to the ground", "bend down to the floor", "lower and lower we go",
        "drop it down", "we are falling down", "sink down with me", "touch the floor",
    ),
    "wave": (
        "wave to the crowd", "wave your hand", "waving hello", "wave goodbye", "give me a wave",
        "wave from side to side", "I wave at you", "say hello and wave",
    ),
    "heart": (
        "straight from my heart", "you are in my heart", "my heart is beating",
        "I love you so", "all my love is here", "heart to heart", "my heart belongs to you",
        "feel the love inside",
    ),
    "turn": (
        "turn around", "turn and turn again", "spin around with me", "round and round we go",
        "make a turn", "we are turning in circles", "spin me round", "turn the world around",
    ),
    "stop": (
        "stop right now", "stop right there", "please stop", "hold it and stop",
        "stop, do not move", "halt where you are", "wait, stop", "time to stop",
    ),
    "open": (
        "open your arms", "open the door", "open wide", "open up to the world",
        "my arms are open", "spread your arms out wide", "open up the window",
        "come in, it is open",
    ),
    "reach": (
        "reach out to me", "reach for my hand", "reaching out for you", "stretch out your hand",
        "I reach for you", "try to reach me", "give me your hand", "reach a little further",
    ),
    "fly": (
        "fly away", "like a bird I fly", "spread your wings", "we are flying free",
        "fly with me", "flap your wings", "flying over the sea", "on wings we fly",
    ),
    "sleep": (
        "go to sleep", "sleep my darling", "close your eyes and dream", "I dream of you",
        "sleeping through the night", "dreaming on my pillow", "time to go to bed",
        "sleep tight and dream",
    ),
}  # fmt: skip
"""Ways to say each gesture, sung in any split."""

HELD_OUT_PHRASINGS: Mapping[str, tuple[str, ...]] = {
    "up": ("hands in the air", "raise them up to heaven", "lift your hands up high"),
    "down": ("low, low, down on the floor", "everybody get down", "down we go"),
    "wave": ("wave your hands at me", "she is waving back", "a wave and a smile hello"),
    "heart": ("I give you my heart", "my heart is full of love", "love is in my heart"),
    "turn": ("turn it all around", "turning round again", "spin, spin, spin around"),
    "stop": ("stop it now", "you have to stop", "stop and stand still"),
    "open": ("open both your arms", "the door is wide open", "arms wide open"),
    "reach": ("reach your hand out", "reaching for your hand", "reach out and touch me"),
    "fly": ("let us fly away", "flying like a bird", "my wings can fly"),
    "sleep": ("sleep and dream tonight", "I fall asleep", "dream a little dream"),
}
"""Ways to say them that only songs of the test split have."""

NEUTRAL = (
    "the city lights are bright tonight", "we walked along the river",
    "another summer has gone by", "I remember the old days", "the radio is playing our song",
    "nobody knows what the night will bring", "rain on the street and coffee in the morning",
    "it was a long way home", "he told me a story about the sea", "seven days a week",
    "money cannot buy it", "the train is leaving at nine",
)  # fmt: skip
"""Lines that change nothing."""

_BEFORE = ("oh", "hey", "come on,", "baby,", "now", "and then")
_AFTER = ("tonight", "with me", "oh yeah", "again", "my friend", "all night long")


@dataclass(frozen=True)
class Line:
    """A line of the verses.

    Attributes:
        first_beat: on which it begins.
        end_beat: before which it ends.
        start_s, end_s: when it sounds, seconds from the song's first sample.
        text: the words.
        gesture: what they mean, None for a neutral line.
        is_held_out: whether training never sees this phrasing.
    """

    first_beat: int
    end_beat: int
    start_s: float
    end_s: float
    text: str
    gesture: str | None
    is_held_out: bool


def write_verses(
    parts: list[tuple[str, int, int]],
    beats_s: np.ndarray,
    metre: int,
    is_test: bool,
    rng: np.random.Generator,
) -> list[Line]:
    """Return the lines of a song, in order.

    Args:
        parts: name, first beat and number of beats of each section.
        beats_s: (B,) the song's beats.
        metre: beats in a bar: lines begin with bars.
        is_test: whether held-out phrasings may be sung.
        rng: draws the words.
    """
    lines: list[Line] = []
    for name, first, count in parts:
        if name not in _SUNG:
            continue
        begin, end = first, first + count
        while begin + metre < min(end, len(beats_s)):
            length = _line_beats(beats_s[begin:], metre)
            if begin + length > end:
                break
            stop = begin + length
            last_s = beats_s[stop - 1]
            # A breath before the next line: words end on its last beat but for a quarter.
            end_s = last_s + 0.75 * (last_s - beats_s[stop - 2])
            text, gesture, is_held_out = _words(is_test, rng, lines)
            lines.append(
                Line(begin, stop, float(beats_s[begin]), float(end_s), text, gesture, is_held_out)
            )
            begin = stop
    return lines


def gesture_of(text: str) -> tuple[str | None, bool]:
    """Return what a line of these verses means, and whether training never sees its phrasing.

    The longest phrasing in the line decides; a line without any is neutral.
    """
    found = [
        (len(phrasing), gesture, phrasings is HELD_OUT_PHRASINGS)
        for phrasings in (PHRASINGS, HELD_OUT_PHRASINGS)
        for gesture, texts in phrasings.items()
        for phrasing in texts
        if phrasing in text
    ]
    return max(found)[1:] if found else (None, False)


def _line_beats(beats_s: np.ndarray, metre: int) -> int:
    """Return the beats of the fewest whole bars that give time to sing a line."""
    period_s = beats_s[1] - beats_s[0]
    return metre * int(np.ceil(_SHORTEST_LINE_S / (metre * period_s) - 1e-9))


def _words(
    is_test: bool, rng: np.random.Generator, before: list[Line]
) -> tuple[str, str | None, bool]:
    """Draw text, gesture and whether the phrasing is held out; no gesture comes twice in turn."""
    if rng.random() < _NEUTRAL_SHARE:
        return NEUTRAL[rng.integers(len(NEUTRAL))], None, False
    names = [name for name in PHRASINGS if not before or name != before[-1].gesture]
    gesture = names[rng.integers(len(names))]
    is_held_out = is_test and bool(rng.random() < _HELD_OUT_SHARE)
    phrasings = (HELD_OUT_PHRASINGS if is_held_out else PHRASINGS)[gesture]
    words = [phrasings[rng.integers(len(phrasings))]]
    if rng.random() < _ADORNED_SHARE:
        words = [_BEFORE[rng.integers(len(_BEFORE))], *words]
    if rng.random() < _ADORNED_SHARE:
        words = [*words, _AFTER[rng.integers(len(_AFTER))]]
    return " ".join(words), gesture, is_held_out
