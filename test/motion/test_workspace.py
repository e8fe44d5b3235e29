import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.kinematics import link_frames
from ur3_dancer.motion.workspace import Workspace, WorkspaceGuard, segment_distance

HOME = load_arm_config("ur3").home_rad.tolist()
POINT = st.tuples(*[st.floats(-1, 1)] * 3)


@pytest.mark.parametrize("model", ["ur3", "ur3e"])
def test_when_points_are_computed_expect_those_of_the_kinematics(model):
    guard = WorkspaceGuard(model)
    for q in np.random.default_rng(0).uniform(-6, 6, (50, 6)):
        frames, body = link_frames(model, q)[:, :3, 3], guard.body(q.tolist())
        np.testing.assert_allclose([body.wrist_1, body.wrist_2, body.tool], frames[4:], atol=1e-12)


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ([0, 0.6, 0, 0, 0, 0], "table"),
        ([0, -1.57, 2.9, 0.5, -1.57, 0], "touch the (upper arm|shoulder|base)"),
        ([0, -2.6, 2.6, -0.6, 1.57, 0], "touch"),
        ([0, -1.57, 0.6, 1.57, 3.14, 0], "tool would touch the forearm"),
    ],
)
def test_when_a_pose_hits_something_expect_it_named(q, text):
    assert re.search(text, str(WorkspaceGuard("ur3").violation(q)))


def test_when_home_is_checked_expect_it_allowed():
    assert WorkspaceGuard("ur3").violation(HOME) is None


def test_when_a_wall_is_near_expect_the_part_beyond_it_named():
    guard = WorkspaceGuard("ur3", Workspace(lower_m=(-0.2, -1, -1), upper_m=(1, 1, 1)))
    assert "tool would be outside the walls" in guard.violation(HOME)


def test_when_the_tool_is_long_expect_the_table_nearer():
    bent = [0, -1.2, 1.9, -2.2, -1.57, 0]
    assert WorkspaceGuard("ur3").violation(bent) is None
    assert "table" in WorkspaceGuard("ur3", Workspace(tool_length_m=0.25)).violation(bent)


def test_when_the_step_is_too_fast_for_the_tool_expect_its_speed_named():
    guard = WorkspaceGuard("ur3", Workspace(tcp_speed_m_s=0.5))
    ahead = [HOME[0] + 0.02, *HOME[1:]]
    home, ahead = guard.body(HOME), guard.body(ahead)
    assert guard.speed_violation(guard.tool_speed(home, ahead, 0.1)) is None
    assert "m/s" in guard.speed_violation(guard.tool_speed(home, ahead, 0.008))


def test_when_found_in_a_forbidden_place_expect_tolerance_for_the_way_out():
    guard = WorkspaceGuard("ur3", Workspace(table_z_m=0.45))
    depth_m = guard.depth_m(HOME)
    assert 0.0 < depth_m < 0.2
    assert guard.violation(HOME) is not None
    guard.tolerance_m = depth_m
    assert guard.violation(HOME) is None


@given(POINT, POINT, POINT, POINT)
def test_when_segments_are_any_expect_no_closer_pair_of_points(p1, q1, p2, q2):
    found = segment_distance(p1, q1, p2, q2)
    share = np.linspace(0, 1, 41)[:, None]
    first = np.array(p1) + share * (np.array(q1) - p1)
    second = np.array(p2) + share * (np.array(q2) - p2)
    sampled = np.linalg.norm(first[:, None] - second[None], axis=-1).min()
    assert found <= sampled + 1e-9
    assert found >= sampled - 0.1  # neighbouring samples are at most 0.09 apart
