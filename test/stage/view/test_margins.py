import numpy as np
import pytest

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.stage.view.margins import joint_margins, tool_speed_m_s

CONFIG = load_arm_config("ur3")
LIMITS = CONFIG.limits


def test_when_joints_are_at_their_limits_expect_places_0_and_1():
    at_lower = joint_margins(CONFIG, LIMITS.lower_rad, np.zeros(6))
    at_upper = joint_margins(CONFIG, LIMITS.upper_rad, np.zeros(6))
    assert [margin.place for margin in at_lower] == pytest.approx([0.0] * 6)
    assert [margin.place for margin in at_upper] == pytest.approx([1.0] * 6)
    assert all(margin.used == pytest.approx(1.0) for margin in at_lower + at_upper)


def test_when_a_joint_is_at_half_its_speed_expect_half_whatever_the_sign():
    middle = (LIMITS.lower_rad + LIMITS.upper_rad) / 2
    margins = joint_margins(CONFIG, middle, -0.5 * LIMITS.velocity_rad_s)
    assert [margin.speed for margin in margins] == pytest.approx([0.5] * 6)
    assert [margin.used for margin in margins] == pytest.approx([0.5] * 6)


def test_when_only_the_base_turns_expect_the_tools_speed_on_its_circle():
    from ur3_dancer.motion.kinematics import tool_points

    x_m, y_m, _ = tool_points("ur3", CONFIG.home_rad, CONFIG.workspace.tool_length_m)
    speed = tool_speed_m_s(CONFIG, CONFIG.home_rad, np.array([2.0, 0, 0, 0, 0, 0]))
    assert speed == pytest.approx(2.0 * np.hypot(x_m, y_m), rel=1e-6)
