import numpy as np
import pytest

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dance_score import TrueDance, summary
from ur3_dancer.learning.set_evaluation import evaluate_on_set, free_run, long_enough
from ur3_dancer.learning.set_songs import SetSong, arm_angles_from_joints, mean_pose_rad

RATE_HZ, K = 60.0, 20


def set_song(music="a", genre="break", period_s=0.5, frames=900):
    """A song whose features are time and period, and a dance that turns back on each beat."""
    times_s = np.arange(1, frames + 1) / RATE_HZ
    poses = np.cos(np.pi * times_s / period_s)[:, None] * [0.6, 0.4, 0.3, 0.2]
    beats_s = np.arange(period_s, times_s[-1], period_s)
    dance = TrueDance(f"{genre}-{music}", genre, times_s, poses, beats_s, RATE_HZ)
    frames = np.stack([times_s, np.full(frames, period_s)], axis=1).astype(np.float32)
    return SetSong(music, frames, dance)


SONGS = [set_song("a", "break", 0.5), set_song("b", "lock", 0.62), set_song("c", "lock", 0.44)]


class KnowingDancer:
    """Knows the dance by heart, from the time that a feature tells; may be late."""

    def __init__(self, song, horizon=30, late_frames=0):
        self._song, self._late = song, late_frames
        self.spec = PolicySpec("knowing", "time", K, 2, RATE_HZ, horizon, MDLT_ARM)
        self.resets = 0

    def reset(self):
        self.resets += 1

    def predict(self, window):
        heard = round(float(window.frames[-1, 0]) * RATE_HZ)
        assert window.frames.shape == (K, 2)
        due = heard - self._late + np.arange(self.spec.horizon)
        poses = self._song.dance.poses_rad
        return Chunk(poses[np.clip(due, 0, len(poses) - 1)], window.time_s + 1 / RATE_HZ, 1 / 60)


def dancers(**changes):
    by_frames = {song.frames.tobytes(): song for song in SONGS}

    def dance(frames):
        return free_run(KnowingDancer(by_frames[frames.tobytes()], **changes), frames)

    return {"knowing": dance}


@pytest.fixture(scope="module")
def rows():
    found = evaluate_on_set(dancers(), SONGS, mean_pose_rad(SONGS), K)
    return {row.name: row for row in found}


def test_when_the_dance_is_known_by_heart_expect_no_error_at_any_horizon(rows):
    knowing = rows["knowing"].to_dict()
    assert knowing["paper"] == pytest.approx({"aje_rad": 0.0, "fid_rad2": 0.0}, abs=1e-9)
    ahead = rows["knowing"].horizons_rad
    assert list(ahead) == pytest.approx([1 / 60, 7 / 60, 13 / 60, 19 / 60, 0.5])
    assert max(ahead.values()) < 1e-9
    assert knowing["all"]["energy_ratio"] == pytest.approx(1.0)
    assert knowing["all"]["jerk_ratio"] == pytest.approx(1.0)
    assert rows["knowing"].diversity == pytest.approx(rows["truth"].diversity)


def test_when_streamed_expect_each_pose_to_come_from_the_window_one_frame_before():
    policy = KnowingDancer(SONGS[0])
    run = free_run(policy, SONGS[0].frames)
    assert policy.resets == 1 and run.first == K
    np.testing.assert_array_equal(run.poses_rad, SONGS[0].dance.poses_rad[K:])
    assert len(run.ahead_rad[29]) == len(run.poses_rad) - 29


def test_when_horizon_is_one_expect_the_papers_setting_alone():
    assert list(free_run(KnowingDancer(SONGS[0], horizon=1), SONGS[0].frames).ahead_rad) == [0]


def test_when_controls_are_scored_expect_each_defect_shown_and_caught(rows):
    truth, still = rows["truth"].to_dict()["all"], rows["mean pose"].to_dict()["all"]
    shuffled, wrong = rows["shuffled"].to_dict()["all"], rows["wrong song"].to_dict()["all"]
    late = evaluate_on_set(dancers(late_frames=30), SONGS, mean_pose_rad(SONGS), K)[1]
    # What the paper's measures are blind to ...
    assert still["aje_rad"] < late.to_dict()["all"]["aje_rad"]
    assert shuffled["fid_rad2"] == pytest.approx(0.0, abs=1e-9)
    assert wrong["fid_rad2"] < 0.1 * still["fid_rad2"]
    # ... and what catches it.
    assert still["energy_ratio"] == 0.0 and still["on_beat"]["f"] == 0.0
    assert shuffled["velocity_fid_rad2_s2"] > 100 * wrong["velocity_fid_rad2_s2"]
    assert shuffled["jerk_ratio"] > 100
    assert wrong["energy_ratio"] == pytest.approx(1.0, abs=0.2)
    assert truth["on_beat"]["f"] > 0.95
    assert wrong["on_beat"]["f"] < truth["on_beat"]["f"] - 0.3
    for control in (still, wrong):
        assert control["beat_alignment"]["over_music_beats"] < 0.7


def test_when_its_dance_is_judged_by_other_music_expect_the_control_beside_it(rows):
    own, wrong = (rows[name].to_dict()["all"] for name in ("knowing", "knowing, wrong song"))
    assert wrong["on_beat"]["f"] < own["on_beat"]["f"] - 0.3


def test_when_averaged_expect_the_mean_over_genres_and_not_over_songs(rows):
    still = rows["mean pose"].to_dict()
    genres = still["genres"]
    assert list(genres) == ["break", "lock"] and genres["lock"]["songs"] == 2
    wanted = (genres["break"]["aje_rad"] + genres["lock"]["aje_rad"]) / 2
    assert still["paper"]["aje_rad"] == pytest.approx(wanted)
    assert still["all"]["aje_rad"] == pytest.approx(summary(rows["mean pose"].scores)["aje_rad"])


def test_when_all_dances_share_the_music_expect_no_wrong_song():
    songs = [set_song("a", "break"), set_song("a", "lock")]
    found = evaluate_on_set({}, songs, mean_pose_rad(songs), K)
    assert [row.name for row in found] == ["truth", "mean pose", "shuffled"]


def test_when_a_longer_window_is_compared_expect_the_same_frames_for_all():
    (truth, own, *_) = evaluate_on_set(dancers(), SONGS, mean_pose_rad(SONGS), 120)
    assert own.to_dict()["paper"]["aje_rad"] == pytest.approx(0.0, abs=1e-9)
    assert truth.scores[0].true.beats < len(SONGS[0].dance.beats_s)


def test_when_a_dancer_begins_later_than_the_measure_expect_config_error():
    with pytest.raises(ConfigError, match="knowing dances from frame 20 on"):
        evaluate_on_set(dancers(), SONGS, mean_pose_rad(SONGS), 8)


def test_when_songs_are_shorter_than_a_window_expect_them_left_out_or_an_error():
    short = set_song("d", frames=40)
    fit, left_out = long_enough([SONGS[0], short], K)
    assert fit == [SONGS[0]] and left_out == ["break-d"]
    with pytest.raises(ConfigError, match="longer than the window of 20"):
        long_enough([short], K)
    with pytest.raises(ConfigError, match="40 frames is too short"):
        free_run(KnowingDancer(short), short.frames)


def test_when_joints_come_from_angles_expect_those_angles_back(ur3):
    angles = 0.6 * np.random.default_rng(0).normal(size=(50, 4))
    q = ur3.retargeting.joints(angles, ur3.home_rad, ur3.pose_space())
    np.testing.assert_allclose(arm_angles_from_joints(q, ur3), angles, atol=1e-6)
