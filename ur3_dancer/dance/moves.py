"""The moves that rule-based dancing is made of: four key poses each, one a beat.

A move is four offsets from home, danced round and round. All four differ, and neighbours differ by
a visible distance, so that each beat is a change of direction and the place in the cycle can be
read from the pose alone.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

BEATS_PER_MOVE = 4
PHRASE_BEATS = 8


@dataclass(frozen=True)
class Move:
    """Four key poses as offsets from home.

    Attributes:
        name: as a dancer would call it.
        keys_rad: (4, 6) offsets in UR order at full energy.
        calm, wild: the energies 0..1 between which the move fits.
    """

    name: str
    keys_rad: np.ndarray
    calm: float
    wild: float


def _move(name: str, calm: float, wild: float, **joints: tuple[float, ...]) -> Move:
    order = ("pan", "lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
    keys = np.zeros((BEATS_PER_MOVE, len(order)))
    for joint, offsets in joints.items():
        keys[:, order.index(joint)] = offsets
    return Move(name, keys, calm, wild)


NOD = _move(
    "nod", 0.0, 0.4, wrist_1=(0.45, -0.15, 0.45, -0.15), pan=(0.12, 0.12, -0.12, -0.12),
)  # fmt: skip
SWAY = _move(
    "sway", 0.0, 0.7, pan=(0.45, -0.45, 0.45, -0.45), wrist_2=(-0.35, 0.35, -0.35, 0.35),
    lift=(0.10, 0.10, -0.10, -0.10),
)  # fmt: skip
TWIST = _move(
    "twist", 0.3, 1.0, wrist_3=(0.9, -0.9, 0.9, -0.9), pan=(0.25, -0.25, 0.25, -0.25),
    elbow=(0.25, 0.25, -0.15, -0.15),
)  # fmt: skip
ROUND = _move(
    "round", 0.25, 0.85, pan=(0.45, 0.0, -0.45, 0.0), elbow=(0.0, 0.40, 0.0, -0.30),
    wrist_1=(0.0, -0.35, 0.0, 0.25), wrist_2=(0.35, 0.0, -0.35, 0.0),
)  # fmt: skip
REACH = _move(
    "reach", 0.55, 1.0, lift=(-0.30, 0.25, -0.30, 0.25), elbow=(0.55, -0.35, 0.55, -0.35),
    wrist_1=(-0.30, 0.30, -0.30, 0.30), pan=(0.40, 0.40, -0.40, -0.40),
    wrist_3=(0.5, -0.5, 0.5, -0.5),
)  # fmt: skip
MOVES = (NOD, SWAY, TWIST, ROUND, REACH)


def amplitude(energy: float) -> float:
    """Return the share of a move's size that is danced at an energy of 0..1."""
    return 0.35 + 0.65 * float(np.clip(energy, 0.0, 1.0))


class Choreography(Protocol):
    """Says which key poses are danced round and round at a beat."""

    def cycle_rad(self, beat: int, energy: float) -> np.ndarray:
        """Return (4, 6) offsets from home; row `beat % 4` stands on beat number `beat`."""
        ...


class PhraseChoreography:
    """A new move each phrase of eight beats, drawn from those that fit the energy.

    The draw depends on the seed and the phrase number alone, so the same song gives the same dance.
    """

    def __init__(self, seed: int = 0):
        self._seed = seed
        self._decided: dict[int, Move] = {}

    def cycle_rad(self, beat: int, energy: float) -> np.ndarray:
        """Return (4, 6) offsets from home; row `beat % 4` stands on beat number `beat`."""
        return amplitude(energy) * self.move(beat, energy).keys_rad

    def move(self, beat: int, energy: float) -> Move:
        """Return the move of the phrase that holds `beat`; its first call decides the phrase."""
        phrase = beat // PHRASE_BEATS
        if phrase not in self._decided:
            fitting = [move for move in MOVES if move.calm <= energy <= move.wild]
            draw = np.random.default_rng([self._seed, phrase % 2**32]).integers(len(fitting))
            recent = {n: move for n, move in self._decided.items() if abs(n - phrase) <= 1}
            self._decided = {**recent, phrase: fitting[draw]}
        return self._decided[phrase]


class EnergyChoreography:
    """To one side and back, a beat each: swaying when calm, twisting, then reaching when wild.

    Nothing is drawn, and two beats make the round: who feels the energy and sees where it comes
    from knows the next key pose. That is what makes these dances learnable from a third of a second
    of music and of past poses, see `ur3_dancer.learning`. With rounds of four beats a student
    could not tell where in the round it was, and came to rest.
    """

    _ENERGIES = (0.15, 0.5, 0.85)
    _SIDES = (
        _move("sway", 0.0, 0.5, pan=(0.45,) * 4, wrist_2=(-0.35,) * 4, wrist_1=(0.15,) * 4),
        _move("twist", 0.15, 0.85, pan=(0.40,) * 4, wrist_3=(0.7,) * 4, elbow=(0.20,) * 4,
              wrist_2=(-0.15,) * 4),
        _move("reach", 0.5, 1.0, pan=(0.35,) * 4, lift=(-0.28,) * 4, elbow=(0.45,) * 4,
              wrist_1=(-0.30,) * 4, wrist_3=(0.5,) * 4),
    )  # fmt: skip
    _TO_AND_FRO = np.array([1.0, -1.0, 1.0, -1.0])[:, None]

    def cycle_rad(self, beat: int, energy: float) -> np.ndarray:
        """Return (4, 6) offsets from home; row `beat % 4` stands on beat number `beat`."""
        shares = [np.interp(energy, self._ENERGIES, one) for one in np.eye(len(self._SIDES))]
        mix = sum(s * move.keys_rad for s, move in zip(shares, self._SIDES, strict=True))
        return amplitude(energy) * self._TO_AND_FRO * mix
