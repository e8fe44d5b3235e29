import numpy as np
import pytest

from ur3_dancer.learning.generated_set.choreography import Part, choreograph
from ur3_dancer.learning.generated_set.dancer import dance
from ur3_dancer.motion.body import SMPL_JOINTS, body_fk

ENERGIES = (0.35, 0.65, 1.0)


class Danced:
    """A dance to plain beats, and where its joints are."""

    def __init__(self, genre, tempo_bpm, metre, gestures, progression, seed, energies):
        parts = [Part(24 * i, 24, energy) for i, energy in enumerate(energies)]
        self.beats_s = 0.3 + np.arange(24 * len(energies)) * 60.0 / tempo_bpm
        self.choreography = choreograph(
            genre, parts, tempo_bpm, metre, progression, gestures, np.random.default_rng(seed)
        )
        self.motion = dance(self.choreography, self.beats_s, self.beats_s[-1] + 1.5)
        self.positions_m = body_fk(self.motion)
        self.key_s = self.beats_s[self.choreography.beats]

    def joint_m(self, name: str) -> np.ndarray:
        return self.positions_m[:, SMPL_JOINTS.index(name)]

    def frames(self, first_beat: int, end_beat: int) -> slice:
        first_s, end_s = self.beats_s[first_beat], self.beats_s[end_beat]
        return slice(round(first_s * 60), round(end_s * 60) + 1)


@pytest.fixture(scope="session")
def danced():
    """Makes dances; equal ones are made once."""
    made = {}

    def make(
        genre, tempo_bpm=110.0, metre=4, gestures=(), progression=0, seed=0, energies=ENERGIES
    ):
        key = (genre, tempo_bpm, metre, tuple(gestures), progression, seed, energies)
        if key not in made:
            made[key] = Danced(genre, tempo_bpm, metre, list(gestures), progression, seed, energies)
        return made[key]

    return make
