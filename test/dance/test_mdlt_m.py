import numpy as np
import pytest
import torch

from ur3_dancer.dance.mdlt_m import MdltM, MdltMConfig, config_for
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError

SIZES = {
    "feature_count": 9, "joints": 4, "window_frames": 21, "horizon": 5, "width": 16, "layers": 4,
}  # fmt: skip
both = pytest.mark.parametrize("feedback", [False, True])


def network(feedback=False, seed=0, **sizes):
    """A network whose head answers at random: a new one answers with the mean pose."""
    torch.manual_seed(seed)
    model = MdltM(MdltMConfig(**{**SIZES, "pose_feedback": feedback, **sizes})).eval()
    torch.nn.init.normal_(model.head.weight, std=0.2)
    return model


def inputs(batch=3, frames=21, seed=1):
    random = torch.Generator().manual_seed(seed)
    music = torch.rand(batch, frames, 9, generator=random)
    return music, torch.rand(batch, frames, 4, generator=random) - 0.5


@both
@pytest.mark.parametrize("horizon", [1, 5])
def test_when_answered_expect_shapes_and_values_inside_the_pose_space(feedback, horizon):
    model = network(feedback, horizon=horizon)
    answer = model(*inputs())
    assert answer.shape == (3, 21, horizon, 4)
    assert answer.abs().max() < 1.0
    torch.testing.assert_close(model.last(*inputs()), answer[:, -1])


@both
def test_when_followed_in_chunks_and_steps_expect_the_whole_sequences_answers(feedback):
    model = network(feedback)
    music, poses = inputs()
    with torch.no_grad():
        whole = model(music, poses)
        stepped, chunked = model.new_states(3), model.new_states(3)
        for t in range(21):
            answer = model.step(music[:, t], poses[:, t], stepped)
            torch.testing.assert_close(answer, whole[:, t], rtol=0, atol=1e-5)
        for part in (slice(0, 1), slice(1, 14), slice(14, 21)):
            heard = model.hear(music[:, part], chunked)
            answer = model.answer(heard, poses[:, part], chunked)
            torch.testing.assert_close(answer, whole[:, part], rtol=0, atol=1e-5)


@both
@pytest.mark.parametrize("changed", ["music", "poses"])
def test_when_the_future_changes_expect_the_past_unchanged(feedback, changed):
    model = network(feedback)
    music, poses = inputs()
    before = model(music, poses)
    later = {"music": music.clone(), "poses": poses.clone()}
    later[changed][:, 11:] += 0.3
    gap = (model(later["music"], later["poses"]) - before).abs()
    assert gap[:, :11].max() < 1e-6
    heard = changed == "music" or feedback
    assert gap[:, 11:].max() > 1e-4 if heard else gap.max() == 0.0


def test_when_it_is_the_papers_expect_its_parameter_count():
    paper = MdltM(MdltMConfig(joints=4, horizon=1))
    # A block of mamba-ssm at d 128: 512·128 + 256·5 + 40·256 + 256·9 + 256·17 + 128·256, norm 128.
    block = 65_536 + 1_280 + 10_240 + 2_304 + 4_352 + 32_768 + 128
    count = sum(parameter.numel() for parameter in paper.parameters())
    assert count == 6 * block + 439 * 128 + 128 + 129 * 4
    assert not hasattr(paper, "pose_in")


def test_when_untrained_expect_the_mean_pose():
    model = MdltM(MdltMConfig(**SIZES)).eval()
    model.pose_centre.fill_(0.25)
    answer = model(*inputs())
    torch.testing.assert_close(answer, torch.full_like(answer, np.tanh(0.25)))


def test_when_a_window_is_longer_than_in_training_expect_an_answer_for_each_frame():
    assert network()(*inputs(batch=1, frames=300)).shape == (1, 300, 5, 4)


def test_when_windows_hold_different_frames_expect_the_length_of_the_past_to_count():
    """The public code's K had no effect: it showed one frame, repeated."""
    model = network()
    music, poses = inputs()
    short = model.last(music[:, -5:], poses[:, -5:])
    assert (short - model.last(music, poses)).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ({"layers": 0}, "layers"),
        ({"taps": 1}, "taps"),
        ({"width": True}, "width"),
        ({"pose_feedback": 1}, "pose_feedback"),
        ({"depth": 3}, "depth"),
        ({"horizon": 3}, "horizon"),
    ],
)
def test_when_sizes_cannot_be_expect_config_error_naming_them(sizes, named):
    spec = PolicySpec("m", "mdlt60", 120, 438, 60.0, 30, MDLT_ARM)
    with pytest.raises(ConfigError, match=named):
        config_for(spec, sizes)


def test_when_sizes_follow_the_spec_expect_its_window_horizon_and_joints():
    spec = PolicySpec("m", "mdlt60", 120, 438, 60.0, 30, MDLT_ARM)
    config = config_for(spec, {"width": 64, "pose_feedback": True})
    assert (config.window_frames, config.horizon, config.joints) == (120, 30, 4)
    assert config.hearing_layers == 3
