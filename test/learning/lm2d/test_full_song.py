import numpy as np
import pytest
from support.lm2d import TINY, tiny_network
from support.lm2d_songs import danced_song, learnt

from ur3_dancer.dance.lm2d.diffusion import Consistency
from ur3_dancer.dance.lm2d.samplers import sample_student
from ur3_dancer.learning.lm2d.full_song import chunk_starts, dance_songs, most_frames


def danced(seed, with_lyrics=True, frames=36):
    denoiser, examples, _ = learnt()
    student = Consistency(tiny_network(), denoiser.levels)
    return dance_songs(
        examples,
        student.network,
        lambda conditions, noise: sample_student(student, conditions, [noise]),
        frames=frames,
        seed=seed,
        with_lyrics=with_lyrics,
    )


def test_when_songs_are_danced_expect_equal_seeds_to_give_equal_dances():
    one = danced(1)
    assert one.shape == (3, 36, 147)
    assert np.isfinite(one).all()
    assert np.array_equal(one, danced(1))
    assert not np.allclose(one, danced(2))
    assert not np.allclose(one, danced(1, with_lyrics=False))


@pytest.mark.parametrize("frames", [1, 7, 13, 30])
def test_when_dances_are_of_any_length_expect_as_many_frames(frames):
    assert danced(1, frames=frames).shape == (3, frames, 147)


def test_when_answers_disagree_expect_each_to_take_over_bit_by_bit():
    _, examples, _ = learnt()
    network, heights = tiny_network(), iter(range(100))

    def sample(conditions, noise):
        return network.normalise(next(heights) + 0.0 * noise)

    dances = dance_songs(examples, network, sample, frames=30)
    steps = np.diff(dances[0, :, 0])
    assert dances[0, 0, 0] == pytest.approx(0.0, abs=1e-4)
    assert dances[0, -1, 0] > 2.5, "later answers have taken over"
    assert (steps > -1e-4).all() and steps.max() < 0.4, "none of them at once"


def test_when_a_dance_is_as_long_as_it_may_be_expect_its_last_chunk_to_fit_the_song():
    songs = [danced_song(i, frames) for i, frames in enumerate((100, 83))]
    _, examples, _ = learnt(songs=songs)
    frames = most_frames(songs, examples, TINY)
    last = chunk_starts(TINY, frames)[-1]
    room = 83 - examples.first_frame
    stride = TINY.chunk_frames - TINY.chunk_frames // 2
    assert last + TINY.chunk_frames <= room < last + stride + TINY.chunk_frames
