import numpy as np
import pytest
import torch
from support.lm2d import TINY, tiny_network
from support.lm2d_songs import learnt

from ur3_dancer.dance.lm2d.diffusion import Consistency
from ur3_dancer.dance.lm2d.smooth import smoothed
from ur3_dancer.learning.lm2d.distribution_matching import DistributionMatching, played
from ur3_dancer.learning.lm2d.objective import ObjectiveSettings
from ur3_dancer.learning.lm2d.student_settings import StudentSettings


@pytest.mark.parametrize("promised", range(0, TINY.prefix_frames + 1, TINY.patch_frames))
def test_when_some_poses_were_promised_expect_dances_smoothed_as_live(promised):
    _, examples, _ = learnt()
    conditions, danced = examples.at(np.arange(2, 60, 20))
    unknown = TINY.prefix_frames - promised
    conditions.prefix[:, :unknown] = 0.0
    conditions.prefix_known[:, :unknown] = False
    wanted = smoothed(conditions.prefix[:, unknown:], danced)
    assert torch.allclose(played(conditions, danced), wanted, atol=1e-6)


def fakes_loss(**settings):
    """Return the fake's loss of a first step, while the student still dances at random."""
    denoiser, examples, checkpoint = learnt()
    network = tiny_network()
    network.load_state_dict({**network.state_dict(), **dict(denoiser.network.named_buffers())})
    student = Consistency(network, denoiser.levels)
    torch.nn.init.normal_(denoiser.network.head.weight, std=0.1)
    chosen = StudentSettings("dmd", **settings)
    recipe = DistributionMatching(denoiser, student, chosen, checkpoint.spec.rate_hz)
    conditions, poses = examples.at(np.arange(2, 60, 5))
    _, figures = recipe.step(conditions, poses, torch.Generator().manual_seed(0), 0.0)
    return float(figures["fake"])


def test_when_dances_are_matched_as_played_expect_the_fake_not_to_see_them_shiver():
    poses_alone = ObjectiveSettings(0.0, 0.0)
    assert fakes_loss(as_played=True, objective=poses_alone) < 0.95 * fakes_loss(
        as_played=False, objective=poses_alone
    )


def test_when_the_fake_counts_metres_and_speeds_expect_either_to_add_to_its_loss():
    plain, metres, both = (
        fakes_loss(objective=ObjectiveSettings(*weights))
        for weights in ((0.0, 0.0), (0.1, 0.0), (0.1, 1.2))
    )
    assert plain < metres < both
