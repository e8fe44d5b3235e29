import numpy as np
import pytest
from support.lm2d import TINY
from support.lm2d_songs import danced_song

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.figures import Figures


def test_when_figures_are_fitted_expect_axes_that_hold_what_bodies_do():
    songs = [danced_song(i) for i in range(3)]
    figures = Figures.fit([s.body for s in songs], [s.features for s in songs], TINY)
    axes = figures.pose_axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(TINY.token_numbers), atol=1e-5)
    body = np.concatenate([figures.normalise(s.body) for s in songs])
    patches = body[: len(body) // 3 * 3].reshape(-1, 441)
    numbers = patches @ axes
    assert np.square(patches - numbers @ axes.T).mean() < 0.01 * np.square(patches).mean()
    assert figures.sigma_data == pytest.approx(np.sqrt(np.square(numbers).mean()), rel=0.05)
    noise = np.random.default_rng(0).standard_normal(patches.shape)
    left = np.square(noise @ axes @ axes.T).mean()
    assert left == pytest.approx(TINY.token_numbers / 441, rel=0.1), "noise across them is gone"


def test_when_nothing_moves_expect_refusal():
    still = [np.ones((30, 147), np.float32)]
    with pytest.raises(ConfigError, match="give dances"):
        Figures.fit(still, [np.ones((30, 35), np.float32)], TINY)
