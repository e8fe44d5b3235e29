import pytest
import torch

from ur3_dancer.dance.lstm import Lstm, LstmConfig, config_for
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError

SMALL = LstmConfig(feature_count=9, joints=4, window_frames=7, horizon=5, width=16)


def network(seed=0):
    """A network whose head answers at random: a new one answers with the mean pose."""
    torch.manual_seed(seed)
    model = Lstm(SMALL).eval()
    torch.nn.init.normal_(model.head.weight, std=0.2)
    return model


def inputs(seed=1):
    random = torch.Generator().manual_seed(seed)
    return torch.rand(3, 7, 9, generator=random), torch.rand(3, 7, 4, generator=random) - 0.5


def test_when_answered_expect_shapes_and_values_inside_the_pose_space():
    answer = network()(*inputs())
    assert answer.shape == (3, 7, 5, 4)
    assert answer.abs().max() < 1.0
    torch.testing.assert_close(network().last(*inputs()), answer[:, -1])


@pytest.mark.parametrize("changed", ["music", "poses"])
def test_when_one_frame_changes_expect_that_and_later_answers_changed_alone(changed):
    model = network()
    music, poses = inputs()
    before = model(music, poses)
    other = {"music": music.clone(), "poses": poses.clone()}
    other[changed][:, 3] += 0.3
    gap = (model(other["music"], other["poses"]) - before).abs().amax((0, 2, 3))
    assert (gap[:3] == 0.0).all() and (gap[3:] > 1e-5).all()


def test_when_untrained_expect_the_mean_pose():
    answer = Lstm(SMALL).eval()(*inputs())
    torch.testing.assert_close(answer, torch.zeros_like(answer))


@pytest.mark.parametrize(
    ("sizes", "named"), [({"width": 0}, "width"), ({"dropout": 1.0}, "dropout"), ({"h": 3}, "'h'")]
)
def test_when_sizes_cannot_be_expect_config_error_naming_them(sizes, named):
    with pytest.raises(ConfigError, match=named):
        config_for(PolicySpec("m", "mdlt60", 20, 438, 60.0, 30, MDLT_ARM), sizes)
