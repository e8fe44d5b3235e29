import torch
from support.lm2d import poses

from ur3_dancer.dance.lm2d.smooth import smoothed


def test_when_an_answer_stands_still_expect_it_unchanged():
    still = torch.ones(2, 12, 147)
    torch.testing.assert_close(smoothed(still[:, :5], still), still)
    torch.testing.assert_close(smoothed(still[:, :0], still), still)


def test_when_an_answer_trembles_expect_its_steps_to_shrink():
    steps = smoothed(torch.zeros(2, 6, 147), poses()).diff(dim=1).square().mean()
    assert steps < 0.05 * poses().diff(dim=1).square().mean()


def test_when_a_promise_stands_before_expect_the_answer_to_begin_near_it():
    jump = smoothed(torch.zeros(1, 6, 1), torch.ones(1, 12, 1))[0, :, 0]
    assert jump[0] < 0.7
    assert jump[-1] > 0.999
    assert (jump.diff() >= -1e-6).all()
