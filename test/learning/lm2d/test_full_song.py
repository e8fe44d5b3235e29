import numpy as np
from support.lm2d import TINY, tiny_network
from support.lm2d_songs import learnt

from ur3_dancer.dance.lm2d.diffusion import Consistency
from ur3_dancer.dance.lm2d.samplers import sample_student
from ur3_dancer.learning.lm2d.full_song import dance_songs


def danced(seed, with_lyrics=True):
    denoiser, examples, _ = learnt()
    student = Consistency(tiny_network(), denoiser.levels)
    return dance_songs(
        examples,
        student.network,
        lambda conditions, noise: sample_student(student, conditions, [noise]),
        chunks=3,
        seed=seed,
        with_lyrics=with_lyrics,
    )


def test_when_songs_are_danced_expect_equal_seeds_to_give_equal_dances():
    one = danced(1)
    assert one.shape == (3, 3 * TINY.chunk_frames, 147)
    assert np.isfinite(one).all()
    assert np.array_equal(one, danced(1))
    assert not np.allclose(one, danced(2))
    assert not np.allclose(one, danced(1, with_lyrics=False))
