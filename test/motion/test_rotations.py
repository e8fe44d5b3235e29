import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ur3_dancer.motion.rotations import (
    axis_angle_from_matrix,
    matrix_from_axis_angle,
    matrix_from_quaternion_xyzw,
    matrix_from_six_d,
    quaternion_xyzw_from_matrix,
    six_d_from_matrix,
    slerp,
)

ANGLES_RAD = (0.0, 1e-15, 1e-9, 1e-5, 9e-5, 1.1e-4, 0.3, 2.0, 3.1, np.pi - 1e-5, np.pi - 1e-9)


def random_axes(count: int = 200) -> np.ndarray:
    axes = np.random.default_rng(0).normal(size=(count, 3))
    axes = np.concatenate([axes, np.eye(3), -np.eye(3)])
    return axes / np.linalg.norm(axes, axis=1, keepdims=True)


@pytest.mark.parametrize("angle_rad", ANGLES_RAD)
def test_when_axis_and_angle_go_through_a_matrix_and_six_numbers_expect_them_back(angle_rad):
    vector = random_axes() * angle_rad
    matrix = matrix_from_axis_angle(vector)
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(vector).as_matrix(), atol=1e-15)
    np.testing.assert_allclose(axis_angle_from_matrix(matrix), vector, atol=1e-12)
    again = matrix_from_six_d(six_d_from_matrix(matrix))
    np.testing.assert_allclose(again, matrix, atol=1e-14)
    np.testing.assert_allclose(axis_angle_from_matrix(again), vector, atol=1e-12)


def test_when_the_angle_is_pi_expect_the_axis_or_its_opposite():
    axes = random_axes()
    found = axis_angle_from_matrix(matrix_from_axis_angle(axes * np.pi))
    np.testing.assert_allclose(np.abs(np.sum(found * axes, axis=1)), np.pi, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.pi, atol=1e-9)


def test_when_a_quaternion_is_given_expect_the_rotation_it_means_whatever_its_length_and_sign():
    quaternion = np.random.default_rng(1).normal(size=(4, 50, 4)) * 3
    expected = Rotation.from_quat(quaternion.reshape(-1, 4)).as_matrix().reshape(4, 50, 3, 3)
    np.testing.assert_allclose(matrix_from_quaternion_xyzw(quaternion), expected, atol=1e-14)
    np.testing.assert_allclose(matrix_from_quaternion_xyzw(-quaternion), expected, atol=1e-14)
    again = matrix_from_quaternion_xyzw(quaternion_xyzw_from_matrix(expected))
    np.testing.assert_allclose(again, expected, atol=1e-14)
    assert np.isnan(matrix_from_quaternion_xyzw(np.zeros(4))).any()


numbers = st.lists(st.floats(-1e6, 1e6, width=32), min_size=6, max_size=6)


@given(numbers)
def test_when_any_six_numbers_are_given_expect_a_rotation(six_d):
    matrix = matrix_from_six_d(np.array(six_d))
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    "six_d",
    [
        np.zeros(6),
        [1, 2, 3, 1, 2, 3],
        [0, 0, 0, 0, 1, 0],
        [1, 0, 0, 0, 0, 0],
        [1, 0, 0, 1, 1e-14, 0],
    ],
)
def test_when_the_columns_do_not_span_a_plane_expect_a_rotation_all_the_same(six_d):
    matrix = matrix_from_six_d(np.array(six_d, float))
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(3), atol=1e-12)


def test_when_six_numbers_are_scaled_expect_the_same_rotation():
    matrix = matrix_from_axis_angle(random_axes() * 1.3)
    scaled = six_d_from_matrix(matrix) * [2, 2, 2, 0.1, 0.1, 0.1]
    np.testing.assert_allclose(matrix_from_six_d(scaled), matrix, atol=1e-14)
    np.testing.assert_array_equal(
        six_d_from_matrix(np.arange(9.0).reshape(3, 3)), [0, 3, 6, 1, 4, 7]
    )


def test_when_halfway_between_expect_the_middle_of_the_shortest_way():
    first = matrix_from_axis_angle(np.array([0.0, 0.0, 3.0]))
    second = matrix_from_axis_angle(np.array([0.0, 0.0, -3.0]))
    middle = axis_angle_from_matrix(slerp(first, second, np.array(0.5)))
    assert np.abs(middle[2]) == pytest.approx(np.pi)
    np.testing.assert_allclose(slerp(first, second, np.array(0.0)), first)
    np.testing.assert_allclose(slerp(first, second, np.array(1.0)), second, atol=1e-14)
