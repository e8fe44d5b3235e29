"""Human arm angles: signed, each alone, the same for both arms, and right on real dances."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_angles import (
    SIDES,
    ArmPoints,
    arm_angles_rad,
    arm_points,
    body_frames,
)
from ur3_dancer.motion.body import REST_OFFSETS_M, SMPL_JOINTS, BodyMotion, body_fk
from ur3_dancer.motion.rotations import matrix_from_axis_angle

AIST = Path(__file__).parents[2].parent / "shared/data/aist_mini"
FORWARD, UP, LEFT = np.array([0, 0, 1.0]), np.array([0, 1.0, 0]), np.array([1.0, 0, 0])
DOWN, RIGHT, BACK = -UP, -LEFT, -FORWARD


def points(upper, fore=None, hand=None, side="right"):
    """A body that stands upright, facing +z, whose limbs point as told: (3,) or (T, 3)."""
    upper = np.atleast_2d(np.asarray(upper, float))
    fore = upper if fore is None else np.broadcast_to(fore, upper.shape)
    hand = fore if hand is None else np.broadcast_to(hand, upper.shape)
    still = np.zeros_like(upper)
    left, right = still + 0.45 * UP + 0.2 * LEFT, still + 0.45 * UP + 0.2 * RIGHT
    shoulder = right if side == "right" else left
    elbow = shoulder + 0.3 * upper
    wrist = elbow + 0.25 * fore
    return ArmPoints(still, still + 0.5 * UP, left, right, elbow, wrist, wrist + 0.09 * hand)


def angles(*limbs, side="right", method="signed"):
    return arm_angles_rad(points(*limbs, side=side), side, method)


def mirrored(body: ArmPoints) -> ArmPoints:
    seen = {name: value * [-1.0, 1.0, 1.0] for name, value in vars(body).items()}
    seen["left_shoulder"], seen["right_shoulder"] = seen["right_shoulder"], seen["left_shoulder"]
    return ArmPoints(**seen)


def some_arms(count=200, seed=0):
    """Arms in all directions but near the seam, bent anyhow."""
    random = np.random.default_rng(seed)
    limbs = random.normal(size=(3, 4 * count, 3))
    limbs /= np.linalg.norm(limbs, axis=-1, keepdims=True)
    seam = np.array([0.61, 0.5, -0.61])  # behind the left shoulder blade, for a right arm
    upper, fore, hand = (limb[limbs[0] @ seam < 0.8][:count] for limb in limbs)
    return points(upper, fore, hand)


def turned(body: ArmPoints, axis_angle) -> ArmPoints:
    matrix = matrix_from_axis_angle(np.asarray(axis_angle, float))
    return ArmPoints(**{name: value @ matrix.T + 0.7 for name, value in vars(body).items()})


@pytest.mark.parametrize("side", SIDES)
def test_when_arm_hangs_straight_expect_zero(side):
    assert angles(DOWN, side=side) == pytest.approx(np.zeros((1, 4)), abs=1e-9)


def test_when_arm_is_raised_expect_shoulder_1_to_tell_height_and_shoulder_2_the_side():
    forward, out, up, back, across = (
        angles(direction)[0] for direction in (FORWARD, RIGHT, UP, 0.7 * BACK + 0.7 * DOWN, LEFT)
    )
    assert forward[0] == pytest.approx(np.pi / 2, abs=0.2)
    assert out[0] == pytest.approx(forward[0], abs=1e-9)
    assert up[:2] == pytest.approx([np.pi, 0.0], abs=1e-9)
    assert back[0] < -0.1
    assert out[1] == pytest.approx(-forward[1], abs=1e-9)
    assert 0.5 < out[1] < 1.2
    assert across[1] < forward[1] < 0


def test_when_elbow_bends_to_the_front_expect_its_angle_and_nothing_else():
    for bend_rad in (0.3, 1.0, 2.5):
        fore = np.cos(bend_rad) * RIGHT + np.sin(bend_rad) * FORWARD
        straight, bent = angles(RIGHT)[0], angles(RIGHT, fore)[0]
        assert bent - straight == pytest.approx([0, 0, bend_rad, 0], abs=1e-9)


def test_when_elbow_is_stretched_too_far_expect_a_negative_angle_without_a_jump():
    bend_rad = np.linspace(-0.3, 0.3, 61)
    fore = np.cos(bend_rad)[:, None] * RIGHT + np.sin(bend_rad)[:, None] * FORWARD
    elbow = angles(np.tile(RIGHT, (61, 1)), fore)[:, 2]
    assert elbow == pytest.approx(bend_rad, rel=0.15, abs=1e-9)
    assert np.abs(np.diff(elbow)).max() < 0.015


def test_when_hand_bends_expect_palm_positive_back_negative_and_nothing_else():
    for bend_rad in (-1.0, -0.2, 0.4, 1.2):
        hand = np.cos(bend_rad) * RIGHT + np.sin(bend_rad) * DOWN
        flat, bent = angles(RIGHT)[0], angles(RIGHT, RIGHT, hand)[0]
        assert bent[3] - flat[3] == pytest.approx(bend_rad, rel=0.15)
        assert bent[:3] == pytest.approx(flat[:3], abs=1e-9)


def test_when_any_one_angle_is_wanted_expect_an_arm_that_changes_it_alone():
    """Independent: the four angles' derivatives by the limbs' directions have full rank."""
    body, step = some_arms(50), 1e-5
    random = np.random.default_rng(1)
    base = arm_angles_rad(body, "right")
    slopes = []
    for name in ("elbow", "wrist", "hand"):
        for _ in range(3):
            nudge = random.normal(size=3) * step
            later = {"elbow": ("elbow", "wrist", "hand"), "wrist": ("wrist", "hand")}.get(
                name, ("hand",)
            )
            moved = {other: getattr(body, other) + nudge for other in later}
            moved = ArmPoints(**{**vars(body), **moved})
            slopes.append((arm_angles_rad(moved, "right") - base) / step)
    smallest = np.linalg.svd(np.stack(slopes, axis=1), compute_uv=False)[:, -1]
    assert np.median(smallest) > 0.2
    assert (smallest > 1e-3).mean() > 0.95


def test_when_body_turns_or_walks_expect_the_same_angles():
    body = some_arms()
    for axis_angle in ([0, 2.0, 0], [1.3, 0, 0], [0.4, -2.2, 0.9]):
        moved = turned(body, axis_angle)
        assert np.linalg.det(body_frames(moved)) == pytest.approx(np.ones(200))
        assert arm_angles_rad(moved, "right") == pytest.approx(
            arm_angles_rad(body, "right"), abs=1e-6
        )


def test_when_body_is_mirrored_expect_the_left_arm_to_read_as_the_right_one_did():
    body = some_arms()
    assert arm_angles_rad(mirrored(body), "left") == pytest.approx(arm_angles_rad(body, "right"))


def test_when_a_side_is_named_expect_the_arm_of_that_side():
    rest = np.cumsum(np.zeros((1, 24, 3)), axis=0)
    poses = np.zeros((1, 24, 3), np.float32)
    poses[0, SMPL_JOINTS.index("left_elbow")] = [0, -1.2, 0]
    body = body_fk(BodyMotion(poses, rest[:, 0], 60.0))
    left, right = (arm_angles_rad(arm_points(body, side), side)[0] for side in ("left", "right"))
    assert left[2] == pytest.approx(1.2, abs=1e-6)
    assert right[2] == pytest.approx(0.0, abs=1e-6)
    assert left[:2] == pytest.approx(right[:2], abs=1e-6)
    assert REST_OFFSETS_M[SMPL_JOINTS.index("left_elbow"), 0] > 0


@pytest.mark.parametrize(
    "circle",
    [
        ((FORWARD + 0.3 * RIGHT), UP),  # a windmill: forward, up, back, down
        (RIGHT, UP),  # through the T-pose, overhead, across
        (FORWARD, RIGHT),  # level, all the way round
    ],
    ids=["windmill", "overhead", "level"],
)
def test_when_arm_goes_round_expect_small_steps_and_the_same_angles_again(circle):
    first, second = (axis / np.linalg.norm(axis) for axis in circle)
    turn_rad = np.linspace(0.0, 4.0 * np.pi, 1441)
    upper = np.cos(turn_rad)[:, None] * first + np.sin(turn_rad)[:, None] * second
    shoulder = angles(upper)[:, :2]
    # Away from the seam the reading is stretched by a few times.
    assert np.abs(np.diff(shoulder, axis=0)).max() < 8.0 * (turn_rad[1] - turn_rad[0])
    assert shoulder[-1] == pytest.approx(shoulder[0], abs=1e-9)


def test_when_arm_swings_over_the_seam_and_back_expect_no_jump():
    middle = np.sqrt(3 / 8) * (RIGHT + FORWARD) + 0.5 * DOWN  # of a right arm's reach
    side = (RIGHT - FORWARD) / np.sqrt(2)
    turn_rad = np.pi - 0.5 * np.cos(np.linspace(0.0, 2 * np.pi, 400))
    upper = np.cos(turn_rad)[:, None] * middle + np.sin(turn_rad)[:, None] * side
    shoulder = angles(upper)[:, :2]
    assert np.abs(np.diff(shoulder, axis=0)).max() < 0.1


def test_when_paper_angles_are_asked_expect_the_second_to_repeat_the_first():
    """The defect: cos squared of the two sums to 1, so four angles are three. Ours are four."""
    body = some_arms()
    paper, ours = (arm_angles_rad(body, "right", method) for method in ("paper", "signed"))
    assert np.cos(paper[:, 0]) ** 2 + np.cos(paper[:, 1]) ** 2 == pytest.approx(np.ones(200))
    assert np.std(np.cos(ours[:, 0]) ** 2 + np.cos(ours[:, 1]) ** 2) > 0.1


def test_when_paper_angles_are_asked_expect_no_sign_and_the_documented_neutral():
    paper = arm_angles_rad(some_arms(), "right", "paper")
    assert (paper[:, 0] >= 0).all() and (paper[:, 1:] <= 0).all()
    # Its reflection puts the pelvis on top, and to turn it down again has no certain axis for a
    # body that is quite upright, so these lean.
    lean = [0.1, 0.5, 0.1]
    hanging = arm_angles_rad(turned(points(DOWN), lean), "right", "paper")
    assert hanging[0] == pytest.approx([0, -np.pi / 2, 0, 0], abs=1e-6)
    before, behind = (turned(points(0.6 * DOWN + 0.8 * z), lean) for z in (FORWARD, BACK))
    first = [arm_angles_rad(body, "right", "paper")[0, 0] for body in (before, behind)]
    assert first[0] == pytest.approx(first[1])
    assert arm_angles_rad(before, "right")[0, 0] > 0.3
    assert arm_angles_rad(behind, "right")[0, 0] < -0.3


def test_when_paper_angles_follow_its_formulas_expect_them_equal():
    """An independent transcription of the definition, frame by frame, reflection and all."""

    def smallest_turn(a, b):
        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        axis = np.cross(a, b)
        angle = np.arctan2(np.linalg.norm(axis), a @ b)
        return matrix_from_axis_angle(axis / max(np.linalg.norm(axis), 1e-12) * angle)

    def between(a, b):
        return np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))

    body = turned(some_arms(40), [0.3, 1.0, -0.2])
    got = arm_angles_rad(body, "right", "paper")
    for i in range(40):
        p = {name: value[i] for name, value in vars(body).items()}
        centre = (p["left_shoulder"] + p["right_shoulder"]) / 2
        reflect = -smallest_turn(p["right_shoulder"] - centre, np.array([1.0, 0, 0]))
        assert np.linalg.det(reflect) == pytest.approx(-1.0)
        align = smallest_turn(reflect @ (p["pelvis"] - centre), DOWN) @ reflect
        upper = align @ (p["elbow"] - p["right_shoulder"])
        fore, hand = align @ (p["wrist"] - p["elbow"]), align @ (p["hand"] - p["wrist"])
        wanted = [
            between(upper[1:], np.array([-1.0, 0.0])),
            -between(upper[1:], np.array([0.0, -1.0])),
            -between(upper, fore),
            -between(fore, hand),
        ]
        assert got[i] == pytest.approx(wanted, abs=1e-6)


def test_when_points_coincide_or_are_not_finite_expect_the_frame_named():
    body = some_arms(5)
    folded = ArmPoints(**{**vars(body), "wrist": body.elbow})
    with pytest.raises(ConfigError, match="frame 0: elbow and wrist"):
        arm_angles_rad(folded, "right")
    broken = body.hand.copy()
    broken[3] = np.nan
    with pytest.raises(ConfigError, match="frame 3: wrist and hand"):
        arm_angles_rad(ArmPoints(**{**vars(body), "hand": broken}), "right")


@pytest.mark.parametrize(("side", "method"), [("middle", "signed"), ("left", "degrees")])
def test_when_side_or_method_is_unknown_expect_the_choices(side, method):
    with pytest.raises(ConfigError, match="choose one of"):
        arm_angles_rad(some_arms(2), side, method)


@pytest.mark.skipif(not AIST.is_dir(), reason=f"no real dances in {AIST}")
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["gBR_sBM_cAll_d04_mBR2_ch08", "gJS_sBM_cAll_d03_mJS2_ch07"])
def test_when_real_dance_is_read_expect_the_angles_of_the_tracked_points(name, side):
    """SMPL poses on our skeleton against the same dance's points as cameras saw them."""
    # These files come with the test data and hold nothing but arrays.
    motion = pickle.loads((AIST / "motions" / f"{name}.pkl").read_bytes())
    seen = pickle.loads((AIST / "keypoints3d" / f"{name}.pkl").read_bytes())["keypoints3d_optim"]
    poses = motion["smpl_poses"].reshape(-1, 24, 3)
    body = BodyMotion(poses, motion["smpl_trans"] / motion["smpl_scaling"], 60.0)
    ours = arm_angles_rad(arm_points(body_fk(body), side), side)
    seen = seen / 100.0  # COCO: shoulders 5 and 6, elbows 7 and 8, wrists 9 and 10, hips 11 and 12
    odd = 0 if side == "left" else 1
    elbow, wrist = seen[:, 7 + odd], seen[:, 9 + odd]
    tracked = ArmPoints(
        (seen[:, 11] + seen[:, 12]) / 2,
        (seen[:, 5] + seen[:, 6]) / 2,
        seen[:, 5],
        seen[:, 6],
        elbow,
        wrist,
        2 * wrist - elbow,
    )
    theirs = arm_angles_rad(tracked, side)
    assert np.abs(ours - theirs)[:, :3].mean(axis=0).max() < 0.25
    for i in range(3):
        assert np.corrcoef(ours[:, i], theirs[:, i])[0, 1] > 0.95
    assert (np.abs(MDLT_ARM.to_unit(ours)) < 1.0).all()
