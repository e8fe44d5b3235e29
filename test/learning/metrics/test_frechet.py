import numpy as np
import pytest
from scipy.linalg import sqrtm

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.metrics.diversity import diversity, scale_by_truth
from ur3_dancer.learning.metrics.frechet import frechet_distance

RANDOM = np.random.default_rng(0)


def test_when_gaussians_are_known_expect_the_closed_form():
    """In one dimension (m1 - m2)^2 + (s1 - s2)^2."""
    one, two = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])
    s1, s2 = np.std(one, ddof=1), np.std(two, ddof=1)
    assert frechet_distance(one, two) == pytest.approx(9 + (s1 - s2) ** 2)


def test_when_covariances_do_not_commute_expect_what_a_matrix_root_gives():
    one = RANDOM.normal(size=(200, 4)) @ RANDOM.normal(size=(4, 4))
    two = RANDOM.normal(size=(300, 4)) @ RANDOM.normal(size=(4, 4)) + 1.0
    c1, c2 = np.cov(one.T), np.cov(two.T)
    gap = one.mean(0) - two.mean(0)
    wanted = gap @ gap + np.trace(c1 + c2 - 2 * sqrtm(c1 @ c2).real)
    assert frechet_distance(one, two) == pytest.approx(wanted, rel=1e-6)


def test_when_frames_are_shuffled_expect_exactly_the_blindness_of_the_measure():
    song = np.cumsum(RANDOM.normal(size=(300, 4)), axis=0)
    assert frechet_distance(RANDOM.permutation(song), song) == pytest.approx(0, abs=1e-9)


def test_when_one_stands_still_expect_the_spread_of_the_other():
    still, moving = np.ones((50, 3)), 1.0 + RANDOM.normal(size=(400, 3))
    gap = moving.mean(0) - 1.0
    wanted = gap @ gap + np.trace(np.cov(moving.T))
    assert frechet_distance(still, moving) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (np.ones((1, 3)), np.ones((5, 3))),
        (np.ones((5, 2)), np.ones((5, 3))),
        (np.full((5, 3), np.inf), np.ones((5, 3))),
    ],
)
def test_when_clouds_cannot_be_compared_expect_config_error(one, two):
    with pytest.raises(ConfigError, match="Fréchet"):
        frechet_distance(one, two)


def test_when_dances_repeat_expect_no_diversity_and_noise_to_be_diverse():
    assert diversity(np.ones((5, 7))) == 0.0 and diversity(np.ones((1, 7))) == 0.0
    assert diversity(np.array([[0.0, 0.0], [3.0, 4.0]])) == 5.0
    assert diversity(RANDOM.normal(size=(9, 7))) > 1.0


def test_when_scaled_expect_the_truth_at_mean_0_and_deviation_1_and_flat_features_unscaled():
    truth = np.stack([RANDOM.normal(3, 2, 50), np.full(50, 0.25)], axis=1)
    made, true = scale_by_truth(truth[:10] + np.array([0, 1]), truth)
    np.testing.assert_allclose(true.mean(0), 0, atol=1e-12)
    assert true[:, 0].std() == pytest.approx(1)
    np.testing.assert_allclose(made[:, 1], 1.0)
