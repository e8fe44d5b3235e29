import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.kinematics import DH, dh_table, fk, link_frames, tool_points

MODELS = tuple(DH)


def test_when_all_joints_are_zero_expect_the_arm_stretched_along_minus_x():
    tool = fk("ur3", np.zeros(6))[:3, 3]
    np.testing.assert_allclose(
        tool, [-(0.24365 + 0.21325), -(0.11235 + 0.0819), 0.1519 - 0.08535], atol=1e-12
    )


def test_when_the_arm_points_up_expect_its_height_from_the_table_of_lengths():
    wrist = link_frames("ur3e", np.array([0, -np.pi / 2, 0, -np.pi / 2, 0, 0]))[4, :3, 3]
    assert wrist[2] == pytest.approx(0.15185 + 0.24355 + 0.2132)


@pytest.mark.parametrize("model", MODELS)
def test_when_any_pose_expect_rigid_frames_and_links_of_their_lengths(model):
    frames = link_frames(model, np.random.default_rng(1).uniform(-6, 6, (50, 6)))
    rotations = frames[..., :3, :3]
    np.testing.assert_allclose(
        rotations @ np.swapaxes(rotations, -1, -2),
        np.broadcast_to(np.eye(3), rotations.shape),
        atol=1e-12,
    )
    np.testing.assert_allclose(np.linalg.det(rotations), 1.0)
    lengths = np.linalg.norm(np.diff(frames[..., :3, 3], axis=-2), axis=-1)
    table = dh_table(model)
    np.testing.assert_allclose(
        lengths, np.broadcast_to(np.hypot(table.a_m, table.d_m), lengths.shape), atol=1e-12
    )


@pytest.mark.parametrize("model", MODELS)
def test_when_the_closed_form_is_used_expect_the_same_tool_point(model):
    q = np.random.default_rng(2).uniform(-6, 6, (200, 6))
    expected = fk(model, q) @ np.array([0.0, 0.0, 0.1, 1.0])
    np.testing.assert_allclose(tool_points(model, q, 0.1), expected[..., :3], atol=1e-12)


def test_when_model_or_shape_is_wrong_expect_it_named():
    with pytest.raises(ConfigError, match="'ur5'"):
        fk("ur5", np.zeros(6))
    with pytest.raises(ConfigError, match=r"\(5,\)"):
        fk("ur3", np.zeros(5))
