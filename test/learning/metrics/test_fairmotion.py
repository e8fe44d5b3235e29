import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.metrics.fairmotion import (
    _RELATIONS,
    body_score,
    geometric_features,
    kinetic_features,
)
from ur3_dancer.motion.body import REST_OFFSETS_M, SMPL_JOINTS, SMPL_PARENTS

RATE_HZ = 60.0


def resting_body():
    """The rest pose (24, 3), feet somewhere below."""
    positions = np.zeros((24, 3))
    for joint, parent in enumerate(SMPL_PARENTS):
        if parent >= 0:
            positions[joint] = positions[parent] + REST_OFFSETS_M[joint]
    return positions


def wandering_body(seed=0, frames=40, spread_m=0.3):
    """A body whose joints wander smoothly, far enough for every relation to change."""
    random = np.random.default_rng(seed)
    steps = random.normal(0, 1, (frames, 24, 3))
    smooth = np.stack([np.convolve(s, np.ones(9) / 9, "same") for s in steps.reshape(frames, -1).T])
    return resting_body() + spread_m * smooth.T.reshape(frames, 24, 3)


def slow_kinetic(positions, rate_hz):
    """The definition, a frame and a joint at a time."""
    T, out = len(positions), []
    for joint in range(24):
        p, flat, upright, effort = positions[:, joint], 0.0, 0.0, 0.0
        for i in range(1, T):
            near = range(i - 2, i + 3)
            v = np.mean([p[k] - p[k - 1] for k in near if 1 <= k < T], axis=0) * rate_hz
            a = [p[k + 1] - 2 * p[k] + p[k - 1] for k in near if 1 <= k < T - 1]
            flat += v[0] ** 2 + v[2] ** 2
            upright += v[1] ** 2
            effort += np.linalg.norm(np.mean(a, axis=0)) * rate_hz**2
        out += [flat / (T - 1), upright / (T - 1), effort / (T - 1)]
    return np.array(out)


def test_when_computed_at_once_expect_what_the_definition_gives_step_by_step():
    positions = wandering_body()
    np.testing.assert_allclose(
        kinetic_features(positions, RATE_HZ), slow_kinetic(positions, RATE_HZ), rtol=1e-5
    )


def test_when_carried_through_the_hall_expect_its_speed_squared_and_no_effort():
    carried = resting_body() + np.arange(30)[:, None, None] / RATE_HZ * [0.6, 0.5, 0.8]
    features = kinetic_features(carried, RATE_HZ).reshape(24, 3)
    np.testing.assert_allclose(features, np.tile([1.0, 0.25, 0.0], (24, 1)), atol=1e-5)


def test_when_falling_expect_gravity_as_effort():
    times_s = np.arange(30) / RATE_HZ
    falling = resting_body() - 0.5 * 9.81 * times_s[:, None, None] ** 2 * [0, 1, 0]
    features = kinetic_features(falling, RATE_HZ).reshape(24, 3)
    np.testing.assert_allclose(features[:, 2], 9.81, rtol=1e-4)
    np.testing.assert_allclose(features[:, 0], 0.0, atol=1e-8)


def test_when_the_same_dance_is_sampled_twice_as_often_expect_about_the_same_features():
    def dance(rate_hz):
        times_s = np.arange(int(6 * rate_hz)) / rate_hz
        swing = np.sin(2 * np.pi * 0.5 * times_s)[:, None, None]
        return resting_body() + 0.4 * swing * np.linspace(0, 1, 24)[:, None] * [1, 0.5, 0.2]

    slow, fast = dance(30.0), dance(60.0)
    np.testing.assert_allclose(
        kinetic_features(slow, 30.0), kinetic_features(fast, 60.0), rtol=0.1, atol=1e-3
    )
    np.testing.assert_allclose(
        geometric_features(slow, 30.0), geometric_features(fast, 60.0), atol=0.05
    )


def relation(*wanted):
    """Numbers of the relations of one kind about one joint."""
    return [i for i, entry in enumerate(_RELATIONS) if set(wanted) <= set(entry)]


def test_when_the_right_arm_is_raised_expect_the_relations_of_that_arm_alone():
    body = np.tile(resting_body(), (5, 1, 1))
    down = body.copy()
    for side in ("left", "right"):
        shoulder = down[:, SMPL_JOINTS.index(f"{side}_shoulder")]
        for joint, below_m in (("elbow", 0.26), ("wrist", 0.5), ("hand", 0.58)):
            down[:, SMPL_JOINTS.index(f"{side}_{joint}")] = shoulder - [0, below_m, 0]
    raised = down.copy()
    shoulder = raised[:, SMPL_JOINTS.index("right_shoulder")]
    for joint, above_m in (("elbow", 0.26), ("wrist", 0.5), ("hand", 0.58)):
        raised[:, SMPL_JOINTS.index(f"right_{joint}")] = shoulder + np.array([0, above_m, 0])
    (high,) = relation("beyond", "right_wrist", "neck")
    (other,) = relation("beyond", "left_wrist", "neck")
    assert geometric_features(down, RATE_HZ)[[high, other]].tolist() == [0, 0]
    assert geometric_features(raised, RATE_HZ)[[high, other]].tolist() == [1, 0]


@pytest.mark.parametrize(("speed_m_s", "share"), [(0.25, 0.0), (0.35, 1.0)])
def test_when_the_pelvis_moves_expect_speeds_to_count_double_as_the_public_evaluation_has_them(
    speed_m_s, share
):
    """The bound is 2.3 upper arms a second, 0.59 m/s: it is passed at half of that."""
    carried = resting_body() + np.arange(20)[:, None, None] / RATE_HZ * [speed_m_s, 0, 0]
    assert geometric_features(carried, RATE_HZ)[relation("fast", "pelvis")] == share


@pytest.mark.parametrize(("angle_deg", "share"), [(100.0, 1.0), (120.0, 0.0), (180.0, 0.0)])
def test_when_a_knee_bends_expect_its_angle_to_count(angle_deg, share):
    body = np.tile(resting_body(), (4, 1, 1))
    knee, hip = (body[:, SMPL_JOINTS.index(f"left_{name}")] for name in ("knee", "hip"))
    thigh = (hip - knee)[0] / np.linalg.norm((hip - knee)[0])
    aside = np.cross(thigh, [1.0, 0.0, 0.0]) / np.linalg.norm(np.cross(thigh, [1.0, 0.0, 0.0]))
    angle = np.radians(angle_deg)
    shin = np.cos(angle) * thigh + np.sin(angle) * aside
    body[:, SMPL_JOINTS.index("left_ankle")] = knee + 0.4 * shin
    (bent,) = relation("bent", "left_knee", "left_ankle")
    assert geometric_features(body, RATE_HZ)[bent] == share


def test_when_mirrored_expect_left_and_right_relations_to_change_places():
    positions = wandering_body(3)
    swapped = [
        SMPL_JOINTS.index(name.replace("left", "x").replace("right", "left").replace("x", "right"))
        for name in SMPL_JOINTS
    ]
    mirrored = positions[:, swapped] * [-1, 1, 1]
    made, seen = geometric_features(positions, RATE_HZ), geometric_features(mirrored, RATE_HZ)
    for kind in ("right_wrist", "right_ankle"):
        (right,) = relation("fast", kind)
        (left,) = relation("fast", kind.replace("right", "left"))
        assert made[right] == seen[left] and made[left] == seen[right]
    for kind in ("right_ankle", "right_wrist"):
        one = "above_floor" if kind == "right_ankle" else "near_floor"
        (right,), (left,) = relation(one, kind), relation(one, kind.replace("right", "left"))
        assert made[right] == seen[left]


def test_when_dances_are_the_true_ones_expect_no_distance_and_equal_diversity():
    dances = [wandering_body(seed) for seed in range(4)]
    score = body_score(dances, dances, RATE_HZ)
    assert score.fid_kinetic == pytest.approx(0, abs=1e-6)
    assert score.fid_geometric == pytest.approx(0, abs=1e-6)
    assert score.diversity_kinetic == pytest.approx(score.true_diversity_kinetic) != 0
    assert (score.dances, score.true_dances) == (4, 4)


def test_when_all_stand_still_expect_both_distances_to_see_it_and_no_diversity():
    dances = [wandering_body(seed) for seed in range(4)]
    still = [np.tile(resting_body(), (40, 1, 1))] * 4
    score = body_score(still, dances, RATE_HZ)
    assert score.fid_kinetic > 10 and score.fid_geometric > 1
    assert score.diversity_kinetic == 0.0 and score.to_dict()["dances"] == 4


def test_when_played_backwards_expect_kinetic_features_to_be_blind_to_it():
    positions = wandering_body()
    np.testing.assert_allclose(
        kinetic_features(positions, RATE_HZ), kinetic_features(positions[::-1], RATE_HZ), rtol=0.1
    )


@pytest.mark.parametrize(
    "wrong", [np.zeros((10, 22, 3)), np.zeros((2, 24, 3)), np.full((9, 24, 3), np.nan)]
)
def test_when_positions_cannot_be_expect_config_error(wrong):
    for features in (kinetic_features, geometric_features):
        with pytest.raises(ConfigError, match="positions"):
            features(wrong, RATE_HZ)


def test_when_there_is_one_dance_alone_expect_config_error():
    with pytest.raises(ConfigError, match="at least two"):
        body_score([wandering_body()], [wandering_body(1)] * 3, RATE_HZ)
