import numpy as np

from ur3_dancer.dance.lm2d.body_plan import BodyPlan


def plan(first=10, frames=30, value=0.0):
    return BodyPlan(first, np.full((frames, 147), value), np.full((frames, 6), value))


def test_when_a_plan_hands_over_expect_no_step_where_it_begins_nor_where_it_ends():
    poses = plan().handing_over(12, np.ones((30, 147)))
    share = poses[:, 0]
    assert share[0] < 0.01, "the plan goes on"
    assert (np.diff(share) >= 0.0).all() and np.diff(share).max() < 0.2
    assert (share[12:] == 1.0).all(), "then the answer alone"
    assert np.abs(np.diff(share, 2)).max() < 0.05


def test_when_the_plan_holds_less_than_that_expect_it_to_hand_over_by_its_end():
    poses = plan(frames=7).handing_over(12, np.ones((30, 147)))
    assert (poses[4:] == 1.0).all(), "the plan holds four frames more"
    assert np.diff(poses[:, 0], prepend=0.0).max() < 0.4, "and there is no step where it ends"


def test_when_two_answers_agree_expect_them_unchanged():
    answer = np.random.default_rng(0).standard_normal((30, 147))
    held = BodyPlan(13, answer, np.zeros((30, 6)))
    np.testing.assert_allclose(held.handing_over(12, answer), answer)
