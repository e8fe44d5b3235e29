import numpy as np
import pytest

from ur3_dancer.learning.augment import augment, reverberate, room_response

RATE_HZ = 32_000
GOLDEN = (-0.2425995, -0.0668553, -0.2234404)
"""What this module answered when it had an equaliser, noise and gain alone."""


def clicks() -> np.ndarray:
    samples = np.zeros(2 * RATE_HZ, np.float32)
    samples[[1000, 20_000, 40_000]] = 1.0
    return samples


def test_when_no_room_is_asked_for_expect_what_was_heard_before_there_were_rooms():
    tone = np.sin(np.arange(4800) * 0.05).astype(np.float32)
    heard = augment(tone, 48_000, np.random.default_rng(7))
    np.testing.assert_allclose(heard[[100, 1000, 4000]], GOLDEN, atol=1e-5)


@pytest.mark.parametrize("has_room", [False, True])
def test_when_heard_expect_samples_within_bounds_that_follow_from_the_seed(has_room):
    first, again, other = (
        augment(clicks(), RATE_HZ, np.random.default_rng(seed), has_room) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == clicks().shape and first.dtype == np.float32
    assert np.abs(first).max() <= 1.0


@pytest.mark.parametrize("seed", range(8))
def test_when_a_room_answers_expect_the_direct_sound_first_and_echoes_that_die_away(seed):
    response = room_response(RATE_HZ, np.random.default_rng(seed))
    assert response[0] == 1.0 and not response[1:60].any()
    echoes = response[1:] ** 2
    direct_db = -10 * np.log10(echoes.sum())
    assert -0.1 <= direct_db <= 14.1
    quarter = len(echoes) // 4
    assert echoes[-quarter:].sum() < 1e-3 * echoes.sum()
    assert 0.14 < len(response) / RATE_HZ < 0.95


def test_when_heard_in_a_room_expect_strokes_at_their_time_and_echoes_after_them():
    response = room_response(RATE_HZ, np.random.default_rng(1))
    heard = reverberate(clicks(), response)
    np.testing.assert_allclose(heard[[1000, 20_000, 40_000]], 1.0, atol=0.01)
    assert len(heard) == len(clicks())
    assert np.abs(heard[:1000]).max() < 1e-7
    assert np.sum(heard[1001:6000] ** 2) > 0.01
