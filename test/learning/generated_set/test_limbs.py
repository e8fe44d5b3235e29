import numpy as np
import pytest

from ur3_dancer.learning.generated_set import limbs
from ur3_dancer.motion.body import SMPL_JOINTS, joint_positions_m

LEVEL = np.pi / 2


def arm(lift=0.0, plane=0.0, twist=0.0, elbow=0.0, wrist=0.0, hand=0.0, side="right"):
    """Directions of upper arm, forearm and hand, the collar bone left where it was."""
    local = np.tile(np.eye(3), (1, 24, 1, 1))
    rotations = limbs.right_arm(np.array([[lift, plane, twist, elbow, wrist, hand]]))
    for joint, rotation in rotations.items():
        if side == "left":
            rotation = limbs.MIRROR @ rotation @ limbs.MIRROR
        local[:, SMPL_JOINTS.index(f"{side}_{joint}")] = rotation
    positions = joint_positions_m(local, np.zeros((1, 3)))[0]
    places = [
        positions[SMPL_JOINTS.index(f"{side}_{joint}")]
        for joint in ("shoulder", "elbow", "wrist", "hand")
    ]
    ways = np.diff(places, axis=0)
    return ways / np.linalg.norm(ways, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("angles", "upper", "fore", "hand"),
    [
        ({}, [0, -1, 0], [0, -1, 0], [0, -1, 0]),
        ({"lift": LEVEL}, [-1, 0, 0], [-1, 0, 0], [-1, 0, 0]),
        ({"lift": LEVEL, "plane": LEVEL}, [0, 0, 1], [0, 0, 1], [0, 0, 1]),
        ({"lift": np.pi, "plane": LEVEL}, [0, 1, 0], [0, 1, 0], [0, 1, 0]),
        ({"elbow": LEVEL}, [0, -1, 0], [0, 0, 1], [0, 0, 1]),
        ({"lift": LEVEL, "elbow": LEVEL}, [-1, 0, 0], [0, 0, 1], [0, 0, 1]),
        ({"lift": LEVEL, "elbow": LEVEL, "twist": LEVEL}, [-1, 0, 0], [0, 1, 0], [0, 1, 0]),
        ({"lift": LEVEL, "elbow": LEVEL, "twist": -LEVEL}, [-1, 0, 0], [0, -1, 0], [0, -1, 0]),
        ({"lift": LEVEL, "wrist": LEVEL}, [-1, 0, 0], [-1, 0, 0], [0, 0, 1]),
        ({"lift": LEVEL, "hand": LEVEL}, [-1, 0, 0], [-1, 0, 0], [0, -1, 0]),
    ],
)
def test_when_an_arm_takes_a_pose_expect_its_bones_to_point_there(angles, upper, fore, hand):
    np.testing.assert_allclose(arm(**angles), [upper, fore, hand], atol=1e-12)
    mirrored = np.array([upper, fore, hand]) * [-1, 1, 1]
    np.testing.assert_allclose(arm(**angles, side="left"), mirrored, atol=1e-12)


def leg(side, pelvis, pelvis_m, ankle_m, heading):
    local = np.tile(np.eye(3), (len(pelvis), 24, 1, 1))
    local[:, 0] = pelvis
    for joint, rotation in limbs.leg(side, pelvis, pelvis_m, ankle_m, heading).items():
        local[:, SMPL_JOINTS.index(f"{side}_{joint}")] = rotation
    positions = joint_positions_m(local, pelvis_m)
    return [
        positions[:, SMPL_JOINTS.index(f"{side}_{joint}")]
        for joint in ("hip", "knee", "ankle", "foot")
    ]


@pytest.mark.parametrize(("side", "outside"), [("left", 1), ("right", -1)])
def test_when_an_ankle_is_wanted_somewhere_expect_it_there_the_foot_flat_and_the_knee_ahead(
    side, outside
):
    rng = np.random.default_rng(0)
    count = 200
    pelvis = limbs.turn(1, rng.uniform(-0.3, 0.3, count)) @ limbs.turn(
        0, rng.uniform(0, 0.2, count)
    )
    pelvis_m = rng.uniform([-0.15, 0.75, -0.15], [0.15, 0.94, 0.15], (count, 3))
    ankle_m = np.tile([outside * 0.12, 0.07, 0.0], (count, 1))
    heading = np.tile(np.eye(3), (count, 1, 1))
    hip, knee, ankle, foot = leg(side, pelvis, pelvis_m, ankle_m, heading)
    reachable = np.linalg.norm(ankle_m - hip, axis=1) < 0.835
    assert reachable.mean() > 0.5
    np.testing.assert_allclose(ankle[reachable], ankle_m[reachable], atol=1e-9)
    np.testing.assert_allclose(foot - ankle, np.tile([outside * 0.03, -0.05, 0.13], (count, 1)))
    middle = (hip + ankle) / 2
    ahead = np.einsum("ti,ti->t", knee - middle, pelvis @ [0.0, 0.0, 1.0])
    assert (ahead > 0).all()


def test_when_an_ankle_is_out_of_reach_expect_a_nearly_straight_leg_towards_it():
    eye = np.eye(3)[None]
    far = np.array([[0.9, 0.0, 0.4]])
    hip, _, ankle, _ = leg("left", eye, np.array([[0.0, 1.2, 0.0]]), far, eye)
    way, wanted = ankle - hip, far - hip
    assert 0.83 < np.linalg.norm(way) < 0.841
    np.testing.assert_allclose(
        way / np.linalg.norm(way), wanted / np.linalg.norm(wanted), atol=1e-9
    )
