import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.music.normalizer import Normalizer


def fitted() -> Normalizer:
    return Normalizer.fit([np.array([[0.0, 1.0, 5.0]]), np.array([[10.0, 1.0, 5.00001]])])


def test_when_values_lie_in_the_training_range_expect_0_1_to_0_9():
    normalized = fitted().apply(np.array([[0.0, 1.0, 5.0], [10.0, 1.0, 5.0], [5.0, 1.0, 5.0]]))
    np.testing.assert_allclose(normalized[:, 0], [0.1, 0.9, 0.5])
    assert normalized.dtype == np.float32


def test_when_a_dimension_never_moved_in_training_expect_it_frozen_at_any_value():
    normalized = fitted().apply(np.array([[5.0, 0.0, -1e9], [5.0, 1e9, 5.0]]))
    np.testing.assert_array_equal(normalized[:, 1:], np.float32(0.5))


def test_when_values_exceed_training_expect_them_clipped():
    normalized = fitted().apply(np.array([[-1e30, 1.0, 5.0], [1e30, 1.0, 5.0]]))
    np.testing.assert_allclose(normalized[:, 0], [0.1, 0.9])


def test_when_it_travels_through_json_expect_the_same_numbers():
    rng = np.random.default_rng(0)
    normalizer = Normalizer.fit([rng.normal(size=(50, 7)).astype(np.float32)])
    copy = Normalizer.from_dict(json.loads(json.dumps(normalizer.to_dict())))
    frames = rng.normal(size=(20, 7))
    np.testing.assert_array_equal(copy.apply(frames), normalizer.apply(frames))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Normalizer.fit([]), "no frames"),
        (lambda: Normalizer.fit([np.zeros((2, 3)), np.zeros((2, 4))]), "4 features"),
        (lambda: Normalizer(np.zeros(3), np.full(3, np.nan)), "not finite"),
        (lambda: Normalizer(np.ones(3), np.zeros(3)), "upper below lower"),
        (lambda: Normalizer.from_dict({"lower": [0.0]}), "lacks upper"),
        (lambda: fitted().apply(np.zeros((1, 4))), "3 features"),
    ],
)
def test_when_bounds_or_frames_do_not_fit_expect_them_named(make, text):
    with pytest.raises(ConfigError, match=text):
        make()
