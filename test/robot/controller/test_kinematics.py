import numpy as np
import pytest

from ur3_dancer.motion.kinematics import DH, link_frames
from ur3_dancer.robot.controller.kinematics import Kinematics
from ur3_dancer.robot.controller.pose import pose_inv, pose_sub, pose_trans, rotation_of, vector_of

TOOL = [0.02, -0.03, 0.1, 0.3, -0.2, 0.5]


def poses_of(count: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-2.0 * np.pi, 2.0 * np.pi, (count, 6))


@pytest.mark.parametrize("model", DH)
def test_when_joints_are_given_expect_the_product_of_the_link_matrices(model):
    kinematics = Kinematics(DH[model])
    for q in poses_of(100):
        frames = link_frames(model, q)
        point, turn = kinematics.flange(q)
        np.testing.assert_allclose(point, frames[6, :3, 3], atol=1e-12)
        np.testing.assert_allclose(np.reshape(turn, (3, 3)), frames[6, :3, :3], atol=1e-12)
        np.testing.assert_allclose(kinematics.joints(q)[1], frames[2, :3, 3], atol=1e-12)


@pytest.mark.parametrize("model", DH)
@pytest.mark.parametrize("tcp", [[0.0] * 6, TOOL])
def test_when_a_reached_pose_is_inverted_expect_the_joints_it_came_from(model, tcp):
    kinematics = Kinematics(DH[model])
    kinematics.tcp = tcp
    for q in poses_of(100):
        np.testing.assert_allclose(kinematics.inverse(kinematics.forward(q), q), q, atol=1e-6)


def test_when_the_wrist_is_straight_expect_joints_that_reach_the_pose():
    kinematics = Kinematics(DH["ur3"])
    q = [0.3, -1.2, 1.0, -0.4, 0.0, 0.7]
    pose = kinematics.forward(q)
    found = kinematics.inverse(pose, [0.2, -1.0, 0.9, -0.5, 0.1, 0.5])
    np.testing.assert_allclose(kinematics.forward(found), pose, atol=1e-9)


@pytest.mark.parametrize("pose", [[2.0, 0, 0, 0, 0, 0], [0.0, 0.0, 0.5, 0, 0, 0]])
def test_when_a_pose_is_out_of_reach_expect_none(pose):
    assert Kinematics(DH["ur3"]).inverse(pose, [0.0] * 6) is None


def test_when_joints_move_expect_the_tools_speed_as_by_differences():
    kinematics = Kinematics(DH["ur3e"])
    kinematics.tcp = TOOL
    rng = np.random.default_rng(2)
    for q in poses_of(20):
        dq, step = rng.normal(size=6), 1e-6
        after, before = kinematics.forward(q + dq * step), kinematics.forward(q - dq * step)
        speed = np.array(pose_sub(after, before)) / (2.0 * step)
        np.testing.assert_allclose(kinematics.velocity(q, dq), speed, atol=1e-6)
        np.testing.assert_allclose(kinematics.jacobian(q) @ dq, speed, atol=1e-6)


def test_when_a_pose_is_undone_expect_the_origin():
    pose = [0.1, 0.2, 0.3, 1.0, -2.0, 0.5]
    np.testing.assert_allclose(pose_trans(pose, pose_inv(pose)), [0.0] * 6, atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1.0, np.pi - 1e-7, np.pi])
@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, -0.48, 0.64)])
def test_when_a_rotation_is_turned_into_a_vector_expect_the_same_rotation(axis, angle):
    turn = rotation_of([a * angle for a in axis])
    np.testing.assert_allclose(rotation_of(vector_of(turn)), turn, atol=1e-9)
