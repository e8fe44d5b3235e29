import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.body import BodyMotion, body_fk
from ur3_dancer.motion.body_pose import WIDTH, from_vector, to_vector
from ur3_dancer.motion.rotations import matrix_from_axis_angle


def random_motion(spread_rad=0.5) -> BodyMotion:
    rng = np.random.default_rng(2)
    return BodyMotion(rng.normal(0, spread_rad, (40, 24, 3)), rng.normal(size=(40, 3)), 30)


def test_when_a_motion_goes_through_147_numbers_expect_it_back():
    motion = random_motion()
    vector = to_vector(motion)
    assert vector.shape == (40, WIDTH) == (40, 147) and vector.dtype == np.float32
    again = from_vector(vector, 30)
    np.testing.assert_allclose(again.poses_rad, motion.poses_rad, atol=2e-6)
    np.testing.assert_array_equal(again.translation_m, motion.translation_m)
    np.testing.assert_allclose(body_fk(again), body_fk(motion), atol=1e-6)


def test_when_angles_pass_pi_expect_the_same_rotations_back():
    motion = random_motion(spread_rad=3.0)
    again = from_vector(to_vector(motion), 30)
    np.testing.assert_allclose(
        matrix_from_axis_angle(again.poses_rad), matrix_from_axis_angle(motion.poses_rad), atol=2e-6
    )


def test_when_at_rest_expect_unit_columns_after_the_translation():
    vector = to_vector(BodyMotion(np.zeros((1, 24, 3)), [[1, 2, 3]], 30))
    np.testing.assert_array_equal(vector[0, :9], [1, 2, 3, 1, 0, 0, 0, 1, 0])


def test_when_a_network_answers_noise_expect_a_body_all_the_same():
    noise = np.random.default_rng(3).normal(size=(20, 147))
    assert np.isfinite(body_fk(from_vector(noise, 30))).all()


def test_when_the_width_is_another_or_values_are_not_finite_expect_an_error():
    with pytest.raises(ConfigError, match="151"):
        from_vector(np.zeros((4, 151)), 30)
    with pytest.raises(ConfigError, match="not finite"):
        from_vector(np.full((4, 147), np.nan), 30)
