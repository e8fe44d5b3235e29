import numpy as np
import pytest
import torch

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.mdlt_m import MdltM, config_for
from ur3_dancer.dance.mdlt_m_policy import MdltMPolicy
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.window import Window

RATE_HZ, START_S = 60.0, 7.0
K, H, F = 9, 8, 438
NORMALIZER = Normalizer(np.zeros(F), np.ones(F))
both = pytest.mark.parametrize("feedback", [False, True])


def make_network(spec, feedback):
    torch.manual_seed(0)
    model = MdltM(config_for(spec, {"width": 16, "layers": 2, "pose_feedback": feedback})).eval()
    torch.nn.init.normal_(model.head.weight, std=0.2)
    model.pose_centre.uniform_(-0.3, 0.3)
    model.pose_scale.uniform_(0.5, 1.0)
    return model


def make_policy(ur3, feedback=True):
    spec = PolicySpec("tiny-m", "mdlt60", K, F, RATE_HZ, H, ur3.pose_space())
    checkpoint = Checkpoint("mdlt-m", spec, {}, NORMALIZER, ur3.home_rad, training={})
    model = make_network(spec, feedback)
    return MdltMPolicy(checkpoint, model), model


def song(count=40, seed=0):
    return np.random.default_rng(seed).random((count, F)).astype(np.float32)


def window_at(frames, index):
    """The window whose newest frame is `index`."""
    return Window(frames[index - K + 1 : index + 1], START_S + index / RATE_HZ, RATE_HZ)


class Dance:
    """Runs a policy over some windows of a song and notes what the arm plays at each frame."""

    def __init__(self, policy, arm):
        self.policy, self.space = policy, arm.pose_space()
        self.played = np.tile(self.space.to_unit(arm.home_rad), (200, 1))

    def hear(self, frames, indices):
        for index in indices:
            chunk = self.policy.predict(window_at(frames, index))
            self.played[index + 1 : index + 1 + H] = self.space.to_unit(chunk.targets_rad)
            self.played[index + 1 + H :] = self.played[index + H]
        return chunk


def whole_answer(model, frames, played, first, last):
    """What the network answers after frames first..last with the poses that were played then."""
    music = torch.from_numpy(NORMALIZER.apply(frames[first : last + 1]))[None]
    poses = torch.from_numpy(played[first : last + 1].astype(np.float32))[None]
    with torch.no_grad():
        return model(music, poses)[0, -1].numpy()


@both
@pytest.mark.parametrize(
    "indices",
    [
        list(range(K - 1, 30)),
        [*range(K - 1, 12), 14, 15, 16, 20, 29],  # one lost, three lost, as many as a window heals
    ],
    ids=["every window", "windows lost"],
)
def test_when_windows_come_expect_the_whole_streams_answer(ur3, feedback, indices):
    policy, model = make_policy(ur3, feedback)
    dance, frames = Dance(policy, ur3), song()
    dance.hear(frames, indices[:-1])
    expected = whole_answer(model, frames, dance.played, 0, indices[-1])
    policy._promises._promised = 0  # see the network's own answer, not the average of several
    chunk = dance.hear(frames, indices[-1:])
    np.testing.assert_allclose(
        ur3.pose_space().to_unit(chunk.targets_rad), expected, rtol=0, atol=1e-5
    )


def test_when_windows_are_lost_without_feedback_expect_what_would_have_come_without_loss(ur3):
    frames = song()
    answers = []
    for indices in ([*range(K - 1, 30)], [K - 1, 9, 17, 18, 25, 29]):
        policy, _ = make_policy(ur3, feedback=False)
        Dance(policy, ur3).hear(frames, indices[:-1])
        policy._promises._promised = 0
        answers.append(Dance(policy, ur3).hear(frames, indices[-1:]).targets_rad)
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-6)


@pytest.mark.parametrize("jump", [K + 1, 20, -3])
def test_when_more_than_a_window_is_lost_or_time_turns_expect_the_window_alone_to_count(ur3, jump):
    policy, model = make_policy(ur3)
    frames = song()
    dance = Dance(policy, ur3)
    dance.hear(frames, range(K - 1, 16))
    at = 15 + jump
    played = dance.played if jump > 0 else Dance(policy, ur3).played
    expected = whole_answer(model, frames, played, at - K + 1, at)
    chunk = dance.hear(frames, [at])
    np.testing.assert_allclose(
        ur3.pose_space().to_unit(chunk.targets_rad), expected, rtol=0, atol=1e-5
    )


def test_when_a_window_comes_twice_expect_its_frames_heard_once(ur3):
    frames = song()
    once, twice = (make_policy(ur3, feedback=False)[0] for _ in range(2))
    Dance(once, ur3).hear(frames, range(K - 1, 20))
    Dance(twice, ur3).hear(frames, [*range(K - 1, 15), 14, 14, *range(15, 20), 19])
    np.testing.assert_array_equal(twice._live.answer(), once._live.answer())


def test_when_reset_or_warmed_up_expect_a_new_policys_answer(ur3):
    policy, _ = make_policy(ur3)
    frames = song()
    first = policy.predict(window_at(frames, 20)).targets_rad
    for forget in (policy.reset, policy.warm_up):
        Dance(policy, ur3).hear(frames, range(21, 30))
        forget()
        np.testing.assert_array_equal(policy.predict(window_at(frames, 20)).targets_rad, first)


def test_when_predicting_expect_a_chunk_inside_the_bounds_after_the_windows_time(ur3):
    policy, _ = make_policy(ur3)
    chunk = Dance(policy, ur3).hear(song(), range(K - 1, 20))
    assert chunk.targets_rad.shape == (H, 6) and chunk.targets_rad.dtype == np.float64
    assert chunk.capture_s == pytest.approx(START_S + 19 / RATE_HZ)
    assert (np.abs(ur3.pose_space().to_unit(chunk.targets_rad)) <= 1.0).all()


def test_when_frames_are_not_finite_expect_finite_poses_then_and_later(ur3):
    policy, _ = make_policy(ur3)
    frames = song()
    frames[15] = np.nan
    frames[16] = np.inf
    dance = Dance(policy, ur3)
    for index in range(K - 1, 30):
        assert np.isfinite(dance.hear(frames, [index]).targets_rad).all()


def test_when_weights_make_no_finite_answer_expect_checkpoint_error_before_anything_moves(ur3):
    policy, model = make_policy(ur3)
    with torch.no_grad():
        model.head.bias.fill_(float("nan"))
    broken = MdltMPolicy(
        Checkpoint("mdlt-m", policy.spec, {}, NORMALIZER, ur3.home_rad, training={}), model
    )
    with pytest.raises(CheckpointError, match="tiny-m predicts values that are not finite"):
        broken.warm_up()


def test_when_window_has_another_shape_expect_config_error_naming_both(ur3):
    policy, _ = make_policy(ur3)
    with pytest.raises(ConfigError, match=r"9 frames x 438 .* 20 x 438"):
        policy.predict(Window(np.zeros((20, F), np.float32), 1.0, RATE_HZ))


@both
def test_when_followed_live_expect_the_networks_steps(ur3, feedback):
    policy, model = make_policy(ur3, feedback)
    live, states = policy._live, model.new_states()
    random = np.random.default_rng(4)
    for _ in range(50):
        music = random.random(F).astype(np.float32)
        pose = random.uniform(-1.0, 1.0, 6).astype(np.float32)
        live.hear(music, pose)
        with torch.no_grad():
            step = model.step(torch.from_numpy(music)[None], torch.from_numpy(pose)[None], states)
        np.testing.assert_allclose(live.answer(), step[0].numpy(), rtol=0, atol=1e-5)
