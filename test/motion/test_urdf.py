"""The robot description against the kinematics that move the arm."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.kinematics import DH, fk, link_frames
from ur3_dancer.motion.limits import UR3_POSITION_RAD, UR3_VELOCITY_RAD_S
from ur3_dancer.motion.shapes import cylinders
from ur3_dancer.motion.urdf import LINKS, urdf
from ur3_dancer.motion.workspace import WorkspaceGuard

MODELS = sorted(DH)
POSES_RAD = np.random.default_rng(5).uniform(-np.pi, np.pi, (20, 6))


def rotation(axis: int, angle_rad: float) -> np.ndarray:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def origin(element) -> np.ndarray:
    """URDF's own words: fixed axes, roll first."""
    place = element.find("origin")
    roll, pitch, yaw = map(float, place.get("rpy").split())
    matrix = rotation(2, yaw) @ rotation(1, pitch) @ rotation(0, roll)
    matrix[:3, 3] = list(map(float, place.get("xyz").split()))
    return matrix


def frames(robot, q_rad) -> dict[str, np.ndarray]:
    """Pose of every link in `base`, evaluated from the description alone."""
    angles = dict(zip(JOINTS, q_rad, strict=True))
    poses = {"base_link": np.eye(4)}
    for joint in robot.findall("joint"):
        parent, child = joint.find("parent").get("link"), joint.find("child").get("link")
        poses[child] = poses[parent] @ origin(joint)
        if joint.get("type") == "revolute":
            assert joint.find("axis").get("xyz") == "0 0 1"
            poses[child] = poses[child] @ rotation(2, angles[joint.get("name")])
    to_base = np.linalg.inv(poses["base"])
    return {link: to_base @ pose for link, pose in poses.items()}


@pytest.mark.parametrize("model", MODELS)
def test_when_the_description_is_evaluated_expect_the_kinematics_of_the_arm(model):
    robot = ET.fromstring(urdf(model))
    for q_rad in POSES_RAD:
        np.testing.assert_allclose(frames(robot, q_rad)["tool0"], fk(model, q_rad), atol=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_when_a_shape_is_placed_expect_it_where_the_description_places_it(model):
    robot = ET.fromstring(urdf(model))
    q_rad = POSES_RAD[0]
    poses, dh_frames = frames(robot, q_rad), link_frames(model, q_rad)
    for part in cylinders(model):
        link = robot.find(f"link[@name='{LINKS[part.frame]}']")
        visual = link.find(f"visual[@name='{part.name}']")
        shape = visual.find("geometry/cylinder")
        half_m = float(shape.get("length")) / 2
        ends = (
            poses[LINKS[part.frame]] @ origin(visual) @ [[0, 0], [0, 0], [-half_m, half_m], [1, 1]]
        )
        wanted = dh_frames[part.frame] @ np.array([(*part.start_m, 1), (*part.end_m, 1)]).T
        np.testing.assert_allclose(ends, wanted, atol=1e-7)
        assert float(shape.get("radius")) == pytest.approx(part.radius_m)


@pytest.mark.parametrize("model", MODELS)
def test_when_tubes_are_drawn_expect_them_where_the_workspace_check_has_them(model):
    q_rad = POSES_RAD[1]
    body, dh_frames = WorkspaceGuard(model).body(q_rad.tolist()), link_frames(model, q_rad)
    tubes = {part.frame: part for part in cylinders(model) if part.name == "tube"}
    places = {
        (2, "start_m"): body.shoulder,
        (2, "end_m"): body.elbow_upper,
        (3, "start_m"): body.elbow_lower,
        (3, "end_m"): body.wrist,
    }
    for (frame, end), wanted in places.items():
        got = dh_frames[frame] @ [*getattr(tubes[frame], end), 1]
        np.testing.assert_allclose(got[:3], wanted, atol=1e-9)


def test_when_the_description_is_read_expect_the_joints_and_limits_of_the_data_sheet():
    joints = ET.fromstring(urdf("ur3e")).findall("joint[@type='revolute']")
    assert tuple(joint.get("name") for joint in joints) == JOINTS
    limits = [joint.find("limit") for joint in joints]
    np.testing.assert_allclose([float(x.get("upper")) for x in limits], UR3_POSITION_RAD, rtol=1e-8)
    np.testing.assert_allclose(
        [float(x.get("lower")) for x in limits], -UR3_POSITION_RAD, rtol=1e-8
    )
    np.testing.assert_allclose(
        [float(x.get("velocity")) for x in limits], UR3_VELOCITY_RAD_S, rtol=1e-8
    )


def test_when_the_model_is_unknown_expect_the_known_ones():
    with pytest.raises(ConfigError, match="ur3, ur3e"):
        urdf("ur10")
