"""The shipped checkpoints do what their model cards say, on songs that they never heard."""

from pathlib import Path

import numpy as np
import pytest

from ur3_dancer.dance.catalog import available, load_policy, policy_spec
from ur3_dancer.dance.checkpoint import read_config
from ur3_dancer.learning.evaluation import evaluate
from ur3_dancer.learning.generated import make_song, song_seeds
from ur3_dancer.learning.on_beat import by_chance
from ur3_dancer.learning.recorded import hear_file
from ur3_dancer.learning.train_config import load_train_config
from ur3_dancer.resources import find

SHIPPED = ("mdlt-m", "mdlt-t")
WINDOW_FRAMES = {"mdlt-m": 120, "mdlt-t": 20}
LARGEST_BYTES = 20_000_000
RECORDINGS = Path(__file__).parents[3] / "shared/data/audio"
BEATS = Path(__file__).parent / "recordings"


def test_when_listed_expect_the_shipped_models_and_no_other_network():
    assert {"groove", "mean-pose", *SHIPPED} <= set(available())
    assert "beat" not in available()


@pytest.mark.parametrize("name", SHIPPED)
def test_when_read_expect_the_packaged_training_and_the_label_generated(name):
    folder = find(f"resource/checkpoints/{name}")
    checkpoint, config = read_config(folder), load_train_config(find(f"config/train/{name}.yaml"))
    assert checkpoint.training["data"] == "generated"
    assert checkpoint.kind == config.network == name
    assert checkpoint.spec.window_frames == config.window_frames == WINDOW_FRAMES[name]
    assert checkpoint.spec.horizon == config.horizon
    assert checkpoint.model == config.model
    assert checkpoint.training["config"]["optimizer"]["steps"] == config.optimizer.steps
    assert policy_spec(name).feature_count == 438
    assert "generated" in (folder / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST_BYTES


@pytest.mark.parametrize("name", SHIPPED)
def test_when_its_arm_is_the_packaged_one_expect_equal_bounds(name, ur3):
    spec = load_policy(name, ur3).spec
    np.testing.assert_allclose(spec.pose_space.lower_rad, ur3.limits.lower_rad)
    np.testing.assert_allclose(spec.pose_space.upper_rad, ur3.limits.upper_rad)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_when_dancing_freely_to_unheard_songs_expect_it_clearly_on_the_beat(name, ur3):
    config = load_train_config(find(f"config/train/{name}.yaml"))
    _, seeds = song_seeds(config.data)
    songs = [make_song(seed, 24.0, config.features) for seed in seeds[:2]]
    score = evaluate(load_policy(name, ur3), ur3, songs)
    assert score.true.beats > 40
    assert score.true.f > score.shifted.f + 0.2
    assert 0.5 < score.energy_ratio < 1.5
    assert score.limit_share < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_when_dancing_to_recordings_with_a_steady_beat_expect_it_clearly_on_the_beat(name, ur3):
    files = [RECORDINGS / f"{song}.ogg" for song in ("vibe_ace", "lets_go_fishin")]
    if not all(path.is_file() for path in files):
        pytest.skip(f"{RECORDINGS} is not here")
    songs = [hear_file(path, "mdlt60", BEATS / f"{path.stem}.beats.txt") for path in files]
    scores = [evaluate(load_policy(name, ur3), ur3, [song]) for song in songs]
    for score in scores:
        assert score.true.f > score.shifted.f + 0.15
        assert by_chance(score.true, score.shifted) < 1e-6
        assert score.limit_share < 0.05
    assert 0.5 < np.mean([score.energy_ratio for score in scores]) < 1.5
