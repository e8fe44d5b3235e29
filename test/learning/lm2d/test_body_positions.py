import numpy as np
import torch

from ur3_dancer.learning.lm2d.body_positions import BodyPositions
from ur3_dancer.motion.body import BodyMotion, body_fk
from ur3_dancer.motion.body_pose import to_vector


def dancing():
    random = np.random.default_rng(0)
    return BodyMotion(random.normal(size=(20, 24, 3)), random.normal(size=(20, 3)), 30.0)


def test_when_poses_are_random_expect_the_positions_of_the_motion_room():
    positions = BodyPositions()(torch.from_numpy(to_vector(dancing())))
    assert np.abs(positions.numpy() - body_fk(dancing())).max() < 1e-5


def test_when_rotations_are_scaled_expect_the_same_positions():
    vector = torch.from_numpy(to_vector(dancing()))
    scaled = torch.cat([vector[:, :3], 3.0 * vector[:, 3:]], dim=1)
    fk = BodyPositions()
    torch.testing.assert_close(fk(scaled), fk(vector), rtol=1e-4, atol=1e-5)


def test_when_rotations_vanish_expect_finite_gradients():
    poses = torch.zeros(2, 147, requires_grad=True)
    BodyPositions()(poses).square().sum().backward()
    assert torch.isfinite(poses.grad).all()
