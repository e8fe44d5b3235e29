"""Choreography: which key pose the dancer takes on each beat of a song.

What is danced follows from what can be heard, so that a listener may learn it: the style, the
energy of the section, the place in the section, and the chords' progression, which says with which
move a section begins. A song's own seed adds a dancer's personality: every key pose of every move
is a little different, each joint on its own, and recurs so whenever the move does.
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.learning.generated_set.gestures import gesture_keys
from ur3_dancer.learning.generated_set.moves import DANCE_STYLES, MOVES, DanceStyle, level
from ur3_dancer.learning.generated_set.poses import ARMS, COLUMN, REST, mirrored

PERSONALITY_RAD = 0.12
_SLOW_BPM = 138.0
"""From this tempo on, dancers in four move on every second beat."""
_SMALLER_BELOW_S = 0.55
"""Gestures shrink with the time that there is for them, when it is shorter than this."""


@dataclass(frozen=True)
class Part:
    """A section as a dancer hears it: `beats` beats from beat `first` on, of some energy."""

    first: int
    beats: int
    energy: float


@dataclass(frozen=True)
class Phrase:
    """What was danced when: from one key pose to before another."""

    first_key: int
    end_key: int
    move: str
    is_mirrored: bool


@dataclass(frozen=True)
class Choreography:
    """A table of key poses.

    Attributes:
        keys: (N, 26) rows of `poses.CHANNELS`.
        beats: (N,) the beat on which each is taken, counted from the song's first.
        energy: (N,) of the music there.
        phrases: the moves.
        style: how they are danced.
    """

    keys: np.ndarray
    beats: np.ndarray
    energy: np.ndarray
    phrases: tuple[Phrase, ...]
    style: DanceStyle


def beats_per_key(tempo_bpm: float, metre: int) -> int:
    """Return 2 where every beat would be too fast for arms, else 1."""
    return 2 if metre == 4 and tempo_bpm >= _SLOW_BPM else 1


def choreograph(
    genre: str,
    parts: list[Part],
    tempo_bpm: float,
    metre: int,
    progression: int,
    gestures: list[tuple[int, int, str]],
    rng: np.random.Generator,
) -> Choreography:
    """Compose the dance to a song.

    Args:
        genre: a key of `DANCE_STYLES`.
        parts: the song's sections, without gaps.
        tempo_bpm: at its start.
        metre: beats in a bar.
        progression: the chords' number.
        gestures: first beat of the words, beat before which they end, name; in order, apart.
        rng: the personality.
    """
    style, step = DANCE_STYLES[genre], beats_per_key(tempo_bpm, metre)
    count = parts[-1].first + parts[-1].beats
    beats = np.arange(0, count, step)
    energy = np.empty(len(beats))
    keys, phrases = np.empty((len(beats), len(REST))), []
    personality: dict[str, np.ndarray] = {}
    for index, part in enumerate(parts):
        names = style.moves[level(part.energy)]
        begin, end = -(-part.first // step), -(-(part.first + part.beats) // step)
        energy[begin:end] = part.energy
        gain = style.gain * _gain(part.energy, tempo_bpm, step)
        number = 0
        while begin < end:
            name = names[(number + progression) % len(names)]
            is_mirrored = bool((index + number) % 2)
            if name not in personality:
                personality[name] = _personality(MOVES[name].count, rng)
            rows = REST + gain * (MOVES[name].keys() + personality[name] - REST)
            rows = (mirrored(rows) if is_mirrored else rows)[: end - begin]
            keys[begin : begin + len(rows)] = rows
            phrases.append(Phrase(begin, begin + len(rows), name, is_mirrored))
            begin, number = begin + len(rows), number + 1
    _gesture(keys, gestures, step)
    return Choreography(keys, beats, energy, tuple(phrases), style)


def _gain(energy: float, tempo_bpm: float, step: int) -> float:
    return (0.6 + 0.4 * energy) * min(1.0, np.sqrt(step * 60.0 / tempo_bpm / _SMALLER_BELOW_S))


def _personality(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return what this dancer does differently in a move, (count, 26)."""
    change = np.zeros((count, len(REST)))
    change[:, ARMS] = rng.normal(0.0, PERSONALITY_RAD, (count, ARMS.stop))
    return change


def _gesture(keys: np.ndarray, gestures: list[tuple[int, int, str]], step: int) -> None:
    """Put gestures in place of the moves: from the beat after words begin to before they end."""
    yaw = COLUMN["yaw"]
    for first_beat, end_beat, name in gestures:
        first, end = first_beat // step + 1, min(-(-end_beat // step), len(keys))
        if end <= first:
            continue
        turned = keys[first - 1, yaw]
        keys[first:end] = gesture_keys(name, end - first)
        keys[first:end, yaw] += turned
        # Whoever has turned round goes on from there, and does not turn back.
        keys[end:, yaw] += keys[end - 1, yaw] - turned
