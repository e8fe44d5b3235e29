import numpy as np
import pytest
import torch

from ur3_dancer.dance.mdlt_t import MdltT, MdltTConfig, config_for, parameter_count
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError

SMALL = MdltTConfig(
    feature_count=9, joints=4, window_frames=7, horizon=5, width=16, heads=4,
    encoder_layers=2, decoder_layers=2, feed_forward=24,
)  # fmt: skip


def network(config=SMALL, seed=0):
    """A network whose head answers at random: a new one answers with the mean pose."""
    torch.manual_seed(seed)
    model = MdltT(config).eval()
    torch.nn.init.normal_(model.head.weight, std=0.2)
    return model


def inputs(config=SMALL, batch=3, seed=1):
    random = torch.Generator().manual_seed(seed)
    music = torch.rand(batch, config.window_frames, config.feature_count, generator=random)
    poses = torch.rand(batch, config.window_frames, config.joints, generator=random) - 0.5
    return music, poses


@pytest.mark.parametrize("horizon", [1, 5])
def test_when_answered_expect_shapes_and_values_inside_the_pose_space(horizon):
    config = MdltTConfig(**{**vars(SMALL), "horizon": horizon})
    model = network(config)
    answer = model(*inputs(config))
    assert answer.shape == (3, 7, horizon, 4)
    assert answer.abs().max() < 1.0
    torch.testing.assert_close(model.last(*inputs(config)), answer[:, -1])


def test_when_it_is_the_papers_expect_its_parameter_count():
    paper = MdltTConfig(joints=len(MDLT_ARM.names), horizon=1)
    count = parameter_count(MdltT(paper))
    # The paper's 8.59 M hold a time table for whole songs: about 8,000 rows where ours has K = 20.
    table = (8_000 - paper.window_frames) * paper.width
    assert count == 7_574_532
    assert (count + table) / 8.59e6 == pytest.approx(1.0, abs=2e-3)


def test_when_untrained_expect_the_mean_pose():
    model = MdltT(SMALL).eval()
    model.pose_centre.fill_(0.25)
    answer = model(*inputs())
    torch.testing.assert_close(answer, torch.full_like(answer, np.tanh(0.25)))


@pytest.mark.parametrize("changed", ["music", "poses"])
def test_when_the_future_changes_expect_the_past_unchanged(changed):
    model = network()
    music, poses = inputs()
    before = model(music, poses)
    for t in range(SMALL.window_frames - 1):
        later = {"music": music.clone(), "poses": poses.clone()}
        later[changed][:, t + 1 :] += 0.3
        after = model(later["music"], later["poses"])
        torch.testing.assert_close(after[:, : t + 1], before[:, : t + 1])
        assert (after[:, t + 1 :] - before[:, t + 1 :]).abs().max() > 1e-4


@pytest.mark.parametrize("changed", ["music", "poses"])
def test_when_the_oldest_frame_changes_expect_the_newest_answer_to_hear_it(changed):
    model = network()
    music, poses = inputs()
    other = {"music": music.clone(), "poses": poses.clone()}
    other[changed][:, 0] += 0.3
    gap = model.last(other["music"], other["poses"]) - model.last(music, poses)
    assert gap.abs().max() > 1e-4


def test_when_frames_swap_places_expect_another_answer():
    model = network()
    music, poses = inputs()
    order = [1, 0, 2, 3, 4, 5, 6]
    gap = model.last(music[:, order], poses[:, order]) - model.last(music, poses)
    assert gap.abs().max() > 1e-4


def test_when_built_again_with_the_same_seed_expect_equal_weights():
    for one, other in zip(network().parameters(), network().parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_when_normalising_expect_gain_and_bias_for_each_channel():
    norms = [m for m in network().modules() if isinstance(m, torch.nn.LayerNorm)]
    assert norms and all(norm.weight.shape == norm.bias.shape == (16,) for norm in norms)
    assert all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ({"width": 100}, "100"),
        ({"heads": 0}, "heads"),
        ({"dropout": 1.0}, "dropout"),
        ({"encoder_layers": 2.5}, "2.5"),
        ({"depth": 3}, "depth"),
        ({"horizon": 3}, "horizon"),
    ],
)
def test_when_sizes_cannot_be_expect_config_error_naming_them(sizes, named):
    spec = PolicySpec("m", "mdlt60", 20, 438, 60.0, 30, MDLT_ARM)
    with pytest.raises(ConfigError, match=named):
        config_for(spec, sizes)


def test_when_sizes_follow_the_spec_expect_its_window_horizon_and_joints():
    spec = PolicySpec("m", "mdlt60", 20, 438, 60.0, 30, MDLT_ARM)
    config = config_for(spec, {"width": 64, "heads": 2})
    assert (config.window_frames, config.horizon, config.joints) == (20, 30, 4)
    assert np.isclose(config.width / config.heads, 32)
