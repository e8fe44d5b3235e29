import copy
import itertools
from pathlib import Path

import numpy as np
import pytest
import yaml

from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import arm_config_from_dict, load_arm_config
from ur3_dancer.motion.workspace import WorkspaceGuard

MODELS = ("ur3", "ur3e")
CONTENT = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "config" / "arm" / "ur3.yaml").read_text()
)
BARE = {"payload_kg": 0.0, "center_of_gravity_m": [0.0] * 3, "tcp_offset_m": [0.0] * 3}


def changed(path, value):
    content = copy.deepcopy(CONTENT)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


@pytest.mark.parametrize("model", MODELS)
def test_when_a_packaged_file_is_loaded_expect_its_model_and_pose_space(model):
    config = load_arm_config(model)
    space = config.pose_space()
    assert config.model == model
    assert (space.name, space.names) == ("UR3", JOINTS)
    unit = space.to_unit(config.home_rad)
    assert np.all(np.abs(unit) < 0.1), "home should lie near the middle of the range"


@pytest.mark.parametrize("model", MODELS)
def test_when_any_pose_of_the_range_is_taken_expect_it_clear_of_table_and_arm(model):
    config = load_arm_config(model)
    guard = WorkspaceGuard(model, config.workspace)
    limits = config.limits
    rng = np.random.default_rng(3)
    inside = rng.uniform(limits.lower_rad, limits.upper_rad, (20_000, 6)).tolist()
    corners = itertools.product(
        *zip(limits.lower_rad.tolist(), limits.upper_rad.tolist(), strict=True)
    )
    assert [v for q in itertools.chain(inside, corners) if (v := guard.violation(list(q)))] == []


@pytest.mark.parametrize("model", MODELS)
def test_when_beats_come_at_120_bpm_expect_swings_of_half_a_radian_within_the_limits(model):
    limits = load_arm_config(model).limits
    half_swing_rad, turn_rad_s = 0.25, 2 * np.pi  # there on one beat, back on the next
    assert np.all(half_swing_rad * turn_rad_s <= 0.8 * limits.velocity_rad_s)
    assert np.all(half_swing_rad * turn_rad_s**2 <= 0.8 * limits.acceleration_rad_s2)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("joints", "elbow_joint", "lower_rad"), 2.0, "elbow_joint: lower_rad 2 is not below"),
        (("joints", "wrist_3_joint", "upper_rad"), 7.0, "wrist_3_joint: upper_rad 7 is beyond"),
        (("joints", "elbow_joint", "upper_rad"), 3.3, "elbow_joint: upper_rad 3.3 is beyond"),
        (
            ("joints", "shoulder_pan_joint", "velocity_rad_s"),
            3.2,
            r"shoulder_pan_joint: velocity_rad_s 3.2 is beyond .* 3\.1416",
        ),
        (("joints", "wrist_1_joint", "jerk_rad_s3"), 0.0, "wrist_1_joint: jerk_rad_s3 is 0"),
        (("joints", "wrist_1_joint", "jerk_rad_s3"), "fast", "must be a number"),
        (("joints", "wrist_1_joint", "jerk_rad_s3"), float("nan"), "finite"),
        (("joints", "wrist_1_joint", "jerk_rad_s3"), None, "has no jerk_rad_s3"),
        (("joints", "wrist_1_joint", "speed"), 1.0, "unknown key 'speed'"),
        (("joints", "knee_joint"), {}, "unknown joint 'knee_joint'"),
        (("joints", "elbow_joint"), None, "elbow_joint is missing"),
        (("home_rad", "elbow_joint"), 0.0, "home pose: elbow_joint is 0 rad, outside"),
        (("model",), "ur5", "'ur5'"),
        (("colour",), "red", "unknown key 'colour'"),
        (("workspace", "table_z_m"), 0.5, "home pose cannot be used: .* table"),
        (("workspace", "lower_m"), [0, 0], "three numbers"),
        (
            ("workspace",),
            {"lower_m": [9, -9, -9], "upper_m": [8, 9, 9]},
            "lower wall 9 m is not below",
        ),
        (("workspace", "tcp_speed_m_s"), 0.0, "tcp_speed_m_s is 0"),
        (("servo", "gain"), 99.0, "gain is 99: must be from 100 to 2000"),
        (("servo", "lookahead_s"), 0.3, "lookahead_s is 0.3"),
        (("retargeting", "gain", "elbow_joint"), {"knee": 1.0}, "unknown arm angle 'knee'"),
        (("retargeting", "gain", "knee_joint"), {}, "unknown joint 'knee_joint'"),
        (("retargeting", "neutral_rad", "elbow"), "bent", "must be a number"),
        (("tool",), {"payload_kg": 0.0}, "tool has no center_of_gravity_m"),
        (("tool",), BARE | {"mass": 1.0}, "tool: unknown key 'mass'"),
        (("tool",), BARE | {"payload_kg": 4.0}, "payload_kg is 4: a UR3 carries 0 to 3"),
        (("tool",), BARE | {"tcp_offset_m": [0, 0]}, "tcp_offset_m .*three numbers"),
        (("tool",), BARE | {"tcp_offset_m": [0, 0, 0.2]}, "tool_length_m is 0"),
        (("tool",), BARE | {"tcp_offset_m": [0, 0.1, 0]}, "tool_radius_m is 0.04"),
        (("retargeting", "offset"), 1.0, "unknown key 'offset'"),
    ],
)
def test_when_a_value_is_wrong_expect_it_refused_by_name(path, value, text):
    with pytest.raises(ConfigError, match=text):
        arm_config_from_dict(changed(path, value))


def test_when_nothing_is_said_of_the_tool_expect_none_and_else_what_was_said():
    assert arm_config_from_dict(CONTENT).tool is None
    said = arm_config_from_dict(CONTENT | {"tool": BARE | {"payload_kg": 1}}).tool
    assert (said.payload_kg, said.tcp_offset_m) == (1.0, (0.0, 0.0, 0.0))


def test_when_the_file_is_missing_or_no_yaml_expect_its_path_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        load_arm_config(tmp_path / "nowhere.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("model: [ur3")
    with pytest.raises(ConfigError, match=r"broken\.yaml is not valid YAML"):
        load_arm_config(broken)
    broken.write_text("just words")
    with pytest.raises(ConfigError, match="must be a mapping"):
        load_arm_config(broken)
