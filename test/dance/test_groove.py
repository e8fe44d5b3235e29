import numpy as np
import pytest

from ur3_dancer.dance.groove import GroovePolicy, groove_poses
from ur3_dancer.dance.moves import EnergyChoreography, PhraseChoreography
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.window import Window

RATE_HZ = 60.0
K = 20


def speed_and_peaks(q, rate_hz=RATE_HZ):
    dq = np.gradient(q, 1 / rate_hz, axis=0)
    ddq = np.gradient(dq, 1 / rate_hz, axis=0)
    return np.linalg.norm(dq, axis=1), np.abs(dq).max(axis=0), np.abs(ddq).max(axis=0)


def dance(policy, frames, keep=lambda newest: True):
    """Play the first point of each chunk; lost windows are bridged by the chunk before."""
    policy.reset()
    times_s, q, chunk = [], [], None
    for newest in range(K - 1, len(frames)):
        if keep(newest) or chunk is None:
            window = Window(frames[newest + 1 - K : newest + 1], (newest + 1) / RATE_HZ, RATE_HZ)
            chunk = policy.predict(window)
        at_s = (newest + 2) / RATE_HZ
        times_s.append(at_s)
        q.append(chunk.targets_rad[round((at_s - chunk.start_s) / chunk.step_s)])
    return np.array(times_s), np.array(q)


@pytest.mark.parametrize("choreography", [PhraseChoreography(3), EnergyChoreography()])
@pytest.mark.parametrize("bpm", [70, 120, 180])
def test_when_beats_are_known_expect_rest_on_each_and_haste_between(dancing_arm, choreography, bpm):
    beats_s = np.arange(1.0, 30.0, 60 / bpm)
    energy = 0.5 + 0.5 * np.sin(beats_s / 5)
    step_s = 60 / bpm / 40
    times_s = np.arange(beats_s[1], beats_s[-2], step_s)
    q = groove_poses(dancing_arm, choreography, beats_s, energy, times_s)
    speed, _, _ = speed_and_peaks(q, 1 / step_s)
    phase = (times_s - beats_s[0]) / (60 / bpm) % 1.0
    on_beat = np.minimum(phase, 1 - phase) < 0.03
    between = np.abs(phase - 0.5) < 0.03
    assert speed[on_beat].max() < 0.1 * speed[between].min()


@pytest.mark.parametrize("choreography", [PhraseChoreography(3), EnergyChoreography()])
@pytest.mark.parametrize("bpm", [70, 120, 180, 230])
def test_when_wild_expect_poses_within_bounds_and_limits(dancing_arm, choreography, bpm):
    beats_s = np.arange(1.0, 40.0, 60 / bpm)
    times_s = np.arange(0.0, 40.0, 0.002)
    q = groove_poses(dancing_arm, choreography, beats_s, np.ones(len(beats_s)), times_s)
    _, velocity, acceleration = speed_and_peaks(q, 500.0)
    assert (np.abs(dancing_arm.pose_space.to_unit(q)) < 1.0).all()
    assert (velocity <= 0.71 * dancing_arm.velocity_rad_s).all()
    assert (acceleration <= 0.75 * dancing_arm.acceleration_rad_s2).all()
    assert velocity.max() > 0.2


def test_when_energy_rises_expect_larger_moves(dancing_arm):
    beats_s, times_s = np.arange(1.0, 20.0, 0.7), np.arange(0.0, 20.0, 0.01)
    sizes = [
        np.abs(
            groove_poses(
                dancing_arm, EnergyChoreography(), beats_s, np.full(len(beats_s), e), times_s
            )
            - dancing_arm.home_rad
        ).sum()
        for e in (0.1, 0.5, 1.0)
    ]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("bpm", [75, 120, 165])
def test_when_heard_live_expect_rest_on_the_beat_smoothly(dancing_arm, clicking_frames, bpm):
    beats_s = np.arange(0.7, 25.0, 60 / bpm)
    times_s, q = dance(GroovePolicy(dancing_arm), clicking_frames(beats_s, 24.0))
    speed, velocity, acceleration = speed_and_peaks(q)
    lively = speed[300:].mean()
    for beat_s in beats_s[(beats_s > 5.0) & (beats_s < 23.0)]:
        assert speed[np.abs(times_s - beat_s) < 0.03].min() < 0.15 * lively
    assert lively > 0.2
    assert (velocity <= dancing_arm.velocity_rad_s).all()
    assert (acceleration <= dancing_arm.acceleration_rad_s2).all()


def test_when_windows_are_lost_expect_nearly_the_same_dance(dancing_arm, clicking_frames):
    frames = clicking_frames(np.arange(0.7, 15.0, 0.5), 15.0)
    _, whole = dance(GroovePolicy(dancing_arm), frames)
    _, lossy = dance(GroovePolicy(dancing_arm), frames, keep=lambda newest: newest % 5 == 0)
    np.testing.assert_allclose(lossy[300:], whole[300:], atol=0.03)


def test_when_beat_jumps_expect_motion_within_the_arms_limits(dancing_arm, clicking_frames):
    beats_s = np.concatenate([np.arange(0.7, 6.0, 0.5), np.arange(6.13, 12.0, 0.41)])
    _, q = dance(GroovePolicy(dancing_arm), clicking_frames(beats_s, 12.0))
    _, velocity, acceleration = speed_and_peaks(q)
    assert (velocity <= dancing_arm.velocity_rad_s).all()
    assert (acceleration <= dancing_arm.acceleration_rad_s2).all()


@pytest.mark.parametrize("kind", ["no beats", "silence", "not finite"])
def test_when_there_is_nothing_to_dance_to_expect_breathing_at_home(
    dancing_arm, clicking_frames, kind
):
    frames = clicking_frames([] if kind == "no beats" else np.arange(0.5, 10.0, 0.5), 10.0)
    if kind == "silence":
        frames[:, 0] = -80.0 * np.sqrt(128)
    if kind == "not finite":
        frames[:] = np.nan
    _, q = dance(GroovePolicy(dancing_arm), frames)
    away_rad = np.abs(q - dancing_arm.home_rad).max(axis=0)
    assert np.isfinite(q).all() and 0.01 < away_rad.max() < 0.08


def test_when_music_stops_expect_return_to_home(dancing_arm, clicking_frames):
    frames = clicking_frames(np.arange(0.5, 6.0, 0.5), 14.0)
    frames[360:, 0] = -80.0 * np.sqrt(128)
    _, q = dance(GroovePolicy(dancing_arm), frames)
    assert np.abs(q[-120:] - dancing_arm.home_rad).max() < 0.08
    assert np.abs(q[200:340] - dancing_arm.home_rad).max() > 0.15


def test_when_asked_twice_with_the_same_seed_expect_the_same_dance(dancing_arm, clicking_frames):
    frames = clicking_frames(np.arange(0.7, 14.0, 0.5), 14.0)
    dances = [dance(GroovePolicy(dancing_arm, seed=seed), frames)[1] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(dances[0], dances[1])
    assert np.abs(dances[0] - dances[2]).max() > 0.1


def test_when_predicting_expect_point_0_one_step_after_the_window(dancing_arm, clicking_frames):
    frames = clicking_frames([], 1.0)
    policy = GroovePolicy(dancing_arm)
    chunk = policy.predict(Window(frames[:K], 12.5, RATE_HZ))
    assert chunk.capture_s == pytest.approx(12.5)
    assert chunk.targets_rad.shape == (policy.spec.horizon, 6) == (30, 6)


@pytest.mark.parametrize(
    ("frames", "time_s", "rate_hz", "named"),
    [
        (np.zeros((19, 438), np.float32), 1.0, 60.0, "19 x 438"),
        (np.zeros((20, 437), np.float32), 1.0, 60.0, "20 x 437"),
        (np.zeros(438, np.float32), 1.0, 60.0, "got 438"),
        (np.zeros((20, 438), np.float32), 1.0, 30.0, "got 30"),
        (np.zeros((20, 438), np.float32), float("nan"), 60.0, "nan"),
    ],
)
def test_when_window_is_wrong_expect_config_error_naming_it(
    dancing_arm, frames, time_s, rate_hz, named
):
    with pytest.raises(ConfigError, match=named):
        GroovePolicy(dancing_arm).predict(Window(frames, time_s, rate_hz))


def test_when_energy_is_turned_up_expect_larger_steps_within_bounds(dancing_arm, clicking_frames):
    frames = clicking_frames(np.arange(0.7, 15.0, 0.5), 15.0, level_db=-56.0)
    moved = {}
    for energy in (0.0, 1.0, 2.0):
        policy = GroovePolicy(dancing_arm)
        policy.energy = energy
        _, q = dance(policy, frames)
        moved[energy] = np.abs(np.diff(q[400:], axis=0)).sum()
        assert (np.abs(dancing_arm.pose_space.to_unit(q)) < 1.0).all()
    assert moved[0.0] < moved[1.0] < moved[2.0]
