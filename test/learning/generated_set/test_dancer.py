import numpy as np
import pytest

from ur3_dancer.learning.generated_set.dancer import RATE_HZ
from ur3_dancer.learning.generated_set.moves import DANCE_STYLES
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle

DANCES = [
    ("PU", 122.0, 4),
    ("SK", 96.0, 4),
    ("SK", 170.0, 4),
    ("GR", 104.0, 4),
    ("WV", 84.0, 4),
    ("FL", 76.0, 4),
    ("SW", 130.0, 4),
    ("TR", 118.0, 3),
]


def angles(dance, side="right"):
    return arm_angles_rad(arm_points(dance.positions_m, side), side)


@pytest.mark.parametrize(("genre", "tempo_bpm", "metre"), DANCES)
def test_when_dancing_expect_arms_that_are_slowest_on_the_beats(danced, genre, tempo_bpm, metre):
    dance = danced(genre, tempo_bpm, metre)
    for side in ("left", "right"):
        speed = np.linalg.norm(np.diff(angles(dance, side), axis=0), axis=1) * RATE_HZ
        times_s = (np.arange(len(speed)) + 0.5) / RATE_HZ
        inner = (times_s > dance.key_s[1]) & (times_s < dance.key_s[-2])
        at_beats = np.interp(dance.key_s[1:-1], times_s, speed)
        between = np.interp((dance.key_s[1:-2] + dance.key_s[2:-1]) / 2, times_s, speed)
        assert at_beats.mean() < 0.25 * between.mean()
        low = (speed[1:-1] < speed[:-2]) & (speed[1:-1] <= speed[2:])
        low_s = times_s[1:-1][low & inner[1:-1]]
        nearest_s = np.abs(low_s[:, None] - dance.key_s).min(axis=1)
        assert np.mean(nearest_s < 0.07) > 0.75


@pytest.mark.parametrize(("genre", "tempo_bpm", "metre"), DANCES)
def test_when_dancing_expect_speeds_of_people_and_no_jerks(danced, genre, tempo_bpm, metre):
    dance = danced(genre, tempo_bpm, metre)
    wrist = np.diff(dance.joint_m("right_wrist"), axis=0) * RATE_HZ
    assert 1.0 < np.linalg.norm(wrist, axis=1).max() < 8.0
    # Accelerations go over into each other: a kink in speed would leap by the whole of them.
    turned = matrix_from_axis_angle(dance.motion.poses_rad)
    spin = axis_angle_from_matrix(np.swapaxes(turned[:-1], -1, -2) @ turned[1:]) * RATE_HZ
    acceleration = np.diff(spin, axis=0) * RATE_HZ
    leap = np.abs(np.diff(acceleration, axis=0)).max()
    assert leap < 0.5 * np.abs(acceleration).max()


def test_when_many_dance_expect_four_angles_that_use_their_range_and_move_on_their_own(danced):
    for side in ("left", "right"):
        rows = np.concatenate([angles(danced(*dance), side) for dance in DANCES])
        spans = np.ptp(np.percentile(rows, [1, 99], axis=0), axis=0)
        assert (spans > [2.0, 1.4, 1.7, 1.2]).all(), spans
        together = np.abs(np.corrcoef(rows.T) - np.eye(4))
        assert together.max() < 0.5


def test_when_genres_and_energies_differ_expect_other_dances(danced):
    speeds = {}
    for genre in DANCE_STYLES:
        dance = danced(genre, 110.0, 3 if genre == "TR" else 4)
        speed = np.linalg.norm(np.diff(angles(dance), axis=0), axis=1) * RATE_HZ
        calm, _, wild = (speed[dance.frames(24 * i + 2, 24 * i + 22)].mean() for i in range(3))
        assert calm < 0.8 * wild
        speeds[genre] = wild
    assert max(speeds.values()) > 1.3 * min(speeds.values())


@pytest.mark.parametrize(("genre", "tempo_bpm", "metre"), DANCES)
def test_when_dancing_expect_feet_on_the_floor_that_do_not_slide(danced, genre, tempo_bpm, metre):
    dance = danced(genre, tempo_bpm, metre)
    for side in ("left", "right"):
        ankle = dance.joint_m(f"{side}_ankle")
        assert ankle[:, 1].min() > 0.06 and ankle[:, 1].max() < 0.14
        standing = (ankle[1:, 1] < 0.071) & (ankle[:-1, 1] < 0.071)
        slid = np.linalg.norm(np.diff(ankle, axis=0), axis=1)[standing]
        assert standing.mean() > 0.5 and slid.max() < 0.003
    assert dance.joint_m("pelvis")[:, 1].min() > 0.7


def test_when_the_music_has_not_begun_or_is_over_expect_the_dancer_at_rest(danced):
    dance = danced("PU")
    after = dance.motion.poses_rad[-10:]
    np.testing.assert_allclose(after, after[:1].repeat(10, axis=0), atol=0.1)
    assert dance.joint_m("right_wrist")[-1, 1] < dance.joint_m("pelvis")[-1, 1] + 0.05


def mean(dance, joint, span):
    return dance.joint_m(joint)[span].mean(axis=0)


def test_when_gestures_are_danced_expect_the_body_to_do_what_the_words_say(danced):
    words = ("up", "down", "wave", "heart", "turn", "stop", "open", "reach", "fly", "sleep")
    gestures = [(4 + 12 * i, 12 + 12 * i, name) for i, name in enumerate(words)]
    dance = danced("GR", 110.0, 4, tuple(gestures), energies=(0.65,) * 5 + (0.7,))
    span = {name: dance.frames(first + 2, end - 1) for first, end, name in gestures}

    def above(joint, other, name):
        return dance.joint_m(joint)[span[name], 1] - dance.joint_m(other)[span[name], 1]

    for side in ("left", "right"):
        wrist = f"{side}_wrist"
        assert above(wrist, "head", "up").min() > 0.1
        assert above(wrist, "pelvis", "down").max() < 0.15
        chest = dance.joint_m("spine_3")[span["heart"]]
        assert np.linalg.norm(dance.joint_m(wrist)[span["heart"]] - chest, axis=1).max() < 0.4
        cheek = dance.joint_m("head")[span["sleep"]]
        assert above(f"{side}_wrist", "spine_2", "sleep").min() > 0.0
    apart = np.abs(dance.joint_m("left_wrist") - dance.joint_m("right_wrist"))[:, 0]
    assert apart[span["open"]].min() > 1.0 and apart[span["fly"]].min() > 0.9
    waving = dance.joint_m("right_wrist")[span["wave"]]
    assert above("right_wrist", "left_shoulder", "wave").min() > 0.1
    assert above("left_wrist", "pelvis", "wave").max() < 0.1
    assert np.ptp(waving[:, 0]) > 0.2
    for name in ("stop", "reach"):
        ahead = dance.joint_m("right_wrist") - dance.joint_m("right_shoulder")
        assert ahead[span[name], 2].min() > 0.35
    still = np.linalg.norm(np.diff(dance.joint_m("right_wrist")[span["stop"]], axis=0), axis=1)
    assert still.max() * RATE_HZ < 0.5
    assert np.linalg.norm(dance.joint_m("right_wrist")[span["sleep"]] - cheek, axis=1).max() < 0.3
    hips = dance.joint_m("left_hip") - dance.joint_m("right_hip")
    facing = np.unwrap(np.arctan2(-hips[:, 2], hips[:, 0]))
    first, end, _ = gestures[words.index("turn")]
    turned = (
        facing[dance.frames(end + 1, end + 2)].mean()
        - facing[dance.frames(first - 1, first)].mean()
    )
    assert turned == pytest.approx(2 * np.pi, abs=0.3)
