"""The shipped checkpoint does what its model card says, on a song that it never heard."""

import numpy as np
import pytest

from ur3_dancer.dance.catalog import available, load_policy, policy_spec
from ur3_dancer.dance.checkpoint import read_config
from ur3_dancer.learning.evaluation import evaluate
from ur3_dancer.learning.generated import make_song, song_seeds
from ur3_dancer.learning.train_config import load_train_config
from ur3_dancer.resources import find


def test_when_listed_expect_the_shipped_model_and_no_other_network():
    assert available() == ["groove", "mean-pose", "mdlt-t"]


def test_when_read_expect_the_packaged_training_and_the_label_generated():
    checkpoint = read_config(find("resource/checkpoints/mdlt-t"))
    config = load_train_config(find("config/train/mdlt-t.yaml"))
    assert checkpoint.training["data"] == "generated"
    assert checkpoint.spec.window_frames == config.window_frames == 20
    assert checkpoint.spec.horizon == config.horizon
    assert checkpoint.training["config"]["optimizer"]["steps"] == config.optimizer.steps
    assert policy_spec("mdlt-t").feature_count == 438


def test_when_its_arm_is_the_packaged_one_expect_equal_bounds(ur3):
    spec = load_policy("mdlt-t", ur3).spec
    np.testing.assert_allclose(spec.pose_space.lower_rad, ur3.limits.lower_rad)
    np.testing.assert_allclose(spec.pose_space.upper_rad, ur3.limits.upper_rad)


@pytest.mark.slow
def test_when_dancing_freely_to_unheard_songs_expect_it_clearly_on_the_beat(ur3):
    config = load_train_config(find("config/train/mdlt-t.yaml"))
    _, seeds = song_seeds(config.data)
    songs = [make_song(seed, 30.0, config.features) for seed in seeds[:2]]
    score = evaluate(load_policy("mdlt-t", ur3), ur3, songs)
    assert score.true.beats > 60
    assert score.true.f > score.shifted.f + 0.2
    assert 0.5 < score.energy_ratio < 1.5
    assert score.limit_share < 0.05
