import numpy as np
import pytest

from ur3_dancer.dance.moves import MOVES, PHRASE_BEATS, EnergyChoreography, PhraseChoreography


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_when_danced_expect_every_beat_to_move_visibly_and_every_place_to_differ(move):
    steps = np.abs(np.diff(move.keys_rad, axis=0, append=move.keys_rad[:1])).max(axis=1)
    assert steps.min() > 0.2
    for i in range(4):
        for j in range(i):
            assert np.abs(move.keys_rad[i] - move.keys_rad[j]).max() > 0.15


def test_when_energies_are_mixed_expect_every_beat_to_move():
    for energy in np.linspace(0.0, 1.0, 21):
        cycle = EnergyChoreography().cycle_rad(0, energy)
        assert np.abs(np.diff(cycle, axis=0, append=cycle[:1])).max(axis=1).min() > 0.05


@pytest.mark.parametrize("energy", [0.0, 0.3, 0.6, 1.0])
def test_when_a_phrase_is_danced_expect_one_fitting_move_throughout(energy):
    choreography = PhraseChoreography(seed=5)
    for phrase in range(10):
        beats = range(phrase * PHRASE_BEATS, (phrase + 1) * PHRASE_BEATS)
        moves = {choreography.move(beat, energy).name for beat in beats}
        move = choreography.move(beats[0], energy)
        assert len(moves) == 1 and move.calm <= energy <= move.wild


def test_when_phrases_pass_expect_several_moves():
    choreography = PhraseChoreography(seed=0)
    names = {choreography.move(beat, 0.6).name for beat in range(0, 160, PHRASE_BEATS)}
    assert len(names) >= 3


def test_when_energy_changes_within_a_phrase_expect_the_move_kept():
    choreography = PhraseChoreography(seed=0)
    assert choreography.move(8, 0.1) is choreography.move(15, 0.95)
