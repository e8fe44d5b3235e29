"""A trajectory on the embedded controller, through the driver of a live performance."""

import numpy as np
import pytest
from support.live import free_host
from support.rig import assert_clean, open_rig, swing

from ur3_dancer.errors import RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.stage.playing import Song, chunk_at, from_home, play
from ur3_dancer.stage.rehearsal.trajectory_file import Trajectory

UR3 = load_arm_config("ur3")


def swinging(duration_s=3.0):
    """A dance that grows out of home within a second, and stands at the end."""
    times_s = np.arange(int(duration_s * 125)) / 125
    size = np.clip(np.minimum(times_s, duration_s - times_s), 0.0, 1.0)[:, None]
    size = size**2 * (3 - 2 * size)
    return Trajectory(times_s, UR3.home_rad + size * (swing(UR3)(times_s) - UR3.home_rad))


class LateSound:
    """Plays nothing, but says that it began later than it was asked to."""

    rate_hz = 8000

    def __init__(self, clock, late_s):
        self.clock, self.late_s = clock, late_s
        self.start_s = self.samples = None
        self.stopped = False

    def play(self, samples):
        self.samples = samples
        self.start_s = None if self.late_s is None else self.clock.now_s() + self.late_s

    def stop(self):
        self.stopped = True


@pytest.mark.slow
def test_when_played_expect_the_joints_where_the_rehearsal_had_them(tmp_path):
    with open_rig(tmp_path, free_host()) as rig:
        sound = LateSound(rig.clock, late_s=0.4)
        music = np.ones(100, np.float32)
        played = play(swinging(), UR3, rig.driver, rig.clock, Song(music, sound))
        assert played.state in ("DANCING", "HOLDING") and played.errors == []
        assert played.rms_rad < 0.02 and abs(played.lag_ms) < 60
        recorded = rig.driver.trajectory()
        assert_clean(rig.referee())
    # The song begins behind a silence: its first sample is the dance's time 0.
    silence_s = (len(sound.samples) - len(music)) / sound.rate_hz
    song_s = recorded["time_s"] - (sound.start_s + silence_s)
    wanted = swinging()
    standing = np.abs(recorded["measured_rad"] - UR3.home_rad).max(axis=1) < 0.005
    moved_s = song_s[(song_s > -2.0) & ~standing].min()
    due_s = wanted.times_s[np.abs(wanted.q - UR3.home_rad).max(axis=1) > 0.005].min()
    assert moved_s == pytest.approx(due_s, abs=0.1)
    assert sound.stopped


@pytest.mark.slow
def test_when_somebody_stops_the_arm_expect_an_error_and_silence(tmp_path):
    with open_rig(tmp_path, free_host()) as rig:
        sound = LateSound(rig.clock, late_s=0.0)
        song = Song(np.zeros(8, np.float32), sound)

        def stop_once_it_dances(line):
            if line == "dancing":
                rig.driver.stop("a hand on the button")

        with pytest.raises(RobotError, match=r"broken off.*a hand on the button"):
            play(swinging(60.0), UR3, rig.driver, rig.clock, song, stop_once_it_dances)
        assert sound.stopped and not rig.driver.streaming


@pytest.mark.slow
def test_when_the_sound_never_begins_expect_no_dance(tmp_path):
    with open_rig(tmp_path, free_host()) as rig:
        sound = LateSound(rig.clock, late_s=None)
        with pytest.raises(RobotError, match="sound has not begun"):
            song = Song(np.zeros(8, np.float32), sound)
            play(swinging(), UR3, rig.driver, rig.clock, song)
        assert not rig.driver.streaming


def test_when_it_begins_away_from_home_expect_a_way_there_within_the_limits():
    q = UR3.home_rad + np.array([0.6, 0.2, -0.3, 0.5, 0.4, -0.9])
    trajectory = Trajectory(np.array([0.0, 1.0]), np.stack([q, q]))
    whole = from_home(trajectory, UR3)
    np.testing.assert_allclose(whole.q[0], UR3.home_rad, atol=1e-6)
    assert (np.diff(whole.times_s) > 0).all() and whole.times_s[0] < -0.5
    speed = np.diff(whole.q, axis=0) / np.diff(whole.times_s)[:, None]
    assert (np.abs(speed) <= 0.55 * UR3.limits.velocity_rad_s).all()
    np.testing.assert_array_equal(whole.q[-2:], trajectory.q)


def test_when_it_begins_at_home_expect_it_unchanged():
    trajectory = swinging()
    assert from_home(trajectory, UR3) is trajectory


def test_when_cut_into_chunks_expect_each_to_carry_its_time():
    trajectory = swinging()
    chunk = chunk_at(trajectory, time_s=101.5, start_s=100.0)
    times_s = chunk.start_s + np.arange(len(chunk.targets_rad)) * chunk.step_s - 100.0
    assert times_s[0] < 1.5 < times_s[-1]
    expected = [np.interp(times_s, trajectory.times_s, joint) for joint in trajectory.q.T]
    np.testing.assert_allclose(chunk.targets_rad, np.stack(expected, axis=1), atol=1e-9)
    after = chunk_at(trajectory, time_s=200.0, start_s=100.0)
    np.testing.assert_array_equal(after.targets_rad - trajectory.q[-1], 0.0)
