import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.playout import Playout

CONFIG = load_arm_config("ur3")
LIMITS = CONFIG.limits
STEP_S = 1 / 60


def poses(times_s, amplitude_rad=0.12, beat_hz=1.0):
    turns = 2 * np.pi * beat_hz * np.asarray(times_s)[..., None] + np.arange(6)
    return CONFIG.home_rad + amplitude_rad * np.sin(turns)


def chunk_at(start_s, points=30, step_s=STEP_S, **dance):
    return Chunk(poses(start_s + step_s * np.arange(points), **dance), start_s, step_s)


def play(playout, from_s, to_s, rate_hz=500, chunks_until_s=np.inf, late_s=0.05, **dance):
    """Return sampled times, angles and velocities while chunks come 60 times a second."""
    times = np.arange(from_s, to_s, 1 / rate_hz)
    next_s = from_s
    q, dq = np.empty((len(times), 6)), np.empty((len(times), 6))
    for i, now_s in enumerate(times):
        if next_s <= now_s < chunks_until_s:
            playout.merge(chunk_at(now_s - late_s, **dance), now_s)
            next_s += STEP_S
        q[i], dq[i] = playout.sample(now_s)
    return times, q, dq


def test_when_chunks_agree_expect_the_dance_at_its_own_times():
    playout = Playout(CONFIG)
    times, q, dq = play(playout, 0.0, 4.0)
    settled = times > 2.5
    # The spline and its smoothing take 1 % at 1 Hz.
    assert np.abs(q - poses(times))[settled].max() < 0.02 * 0.12
    measured = np.diff(q, axis=0) * 500
    assert np.abs(measured - (dq[1:] + dq[:-1]) / 2).max() < 0.01


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_when_chunks_disagree_and_jitter_expect_a_continuous_plan(seed):
    rng = np.random.default_rng(seed)
    playout = Playout(CONFIG)
    rate_hz = 500
    q = []
    for i in range(1000):
        now_s = i / rate_hz
        if rng.uniform() < 60 / rate_hz:
            start_s = now_s - rng.uniform(-0.1, 0.3)
            wild = chunk_at(start_s, amplitude_rad=0.2)
            shift = rng.uniform(-0.2, 0.2, 6)
            playout.merge(dataclasses.replace(wild, targets_rad=wild.targets_rad + shift), now_s)
        q.append(playout.sample(now_s)[0].copy())
    jump_rad = np.abs(np.diff(q, axis=0)).max(axis=0)
    # Continuous: no step exceeds what twice the speed limit makes in a period.
    assert np.all(jump_rad < 2 * LIMITS.velocity_rad_s / rate_hz)


def test_when_chunks_run_out_expect_a_smooth_hold_and_a_smooth_return():
    playout = Playout(CONFIG)
    times, q, _ = play(playout, 0.0, 5.0, chunks_until_s=2.0)
    assert playout.is_exhausted(5.0)
    assert playout.is_at_rest(5.0)
    still = times > 3.5
    assert np.ptp(q[still], axis=0).max() < 1e-4
    acceleration = np.diff(q, 2, axis=0) * 500**2
    assert np.all(np.abs(acceleration[times[1:-1] > 1.5]) <= LIMITS.acceleration_rad_s2)
    later, back, _ = play(playout, 5.0, 7.0)
    assert np.abs(back[0] - q[-1]).max() < 1e-4
    acceleration = np.diff(back, 2, axis=0) * 500**2
    assert np.all(np.abs(acceleration) <= LIMITS.acceleration_rad_s2)
    assert np.abs(back - poses(later))[later > 6.5].max() < 0.02


def test_when_an_older_chunk_comes_expect_it_dropped_and_counted():
    playout = Playout(CONFIG)
    assert playout.merge(chunk_at(1.0), 1.0)
    before = playout.sample(1.2)[0].copy()
    assert not playout.merge(chunk_at(0.9), 1.0)
    assert not playout.merge(chunk_at(1.0), 1.0)
    assert (playout.merged, playout.stale) == (1, 2)
    np.testing.assert_array_equal(playout.sample(1.2)[0], before)


def test_when_a_chunk_comes_late_expect_only_its_future_and_nothing_when_all_is_past():
    playout = Playout(CONFIG)
    assert playout.merge(chunk_at(1.0), 1.4)
    np.testing.assert_allclose(playout.sample(1.4)[0], CONFIG.home_rad, atol=1e-9)
    assert not playout.merge(chunk_at(2.0), 2.6)
    assert playout.stale == 1


@pytest.mark.parametrize("amplitude_rad", [0.2, 0.4])
def test_when_the_dance_asks_too_much_expect_it_smaller_and_on_the_beat(amplitude_rad):
    playout = Playout(CONFIG)
    rate_hz = 500
    times, q, _ = play(playout, 0.0, 6.0, amplitude_rad=amplitude_rad, beat_hz=1.5)
    whole_beats = (times >= 4.0) & (times < 6.0)
    velocity = np.diff(q, axis=0)[3 * rate_hz :] * rate_hz
    acceleration = np.diff(q, 2, axis=0)[3 * rate_hz :] * rate_hz**2
    assert np.all(np.abs(velocity) <= LIMITS.velocity_rad_s)
    assert np.all(np.abs(acceleration) <= LIMITS.acceleration_rad_s2)
    turn = np.exp(-2j * np.pi * 1.5 * times[whole_beats])[:, None]
    danced = (q[whole_beats] * turn).sum(axis=0)
    wanted = (poses(times[whole_beats], amplitude_rad, 1.5) * turn).sum(axis=0)
    assert np.abs(danced).min() < 0.9 * np.abs(wanted).max()
    late_s = np.angle(wanted / danced) / (2 * np.pi * 1.5)
    assert np.abs(late_s).max() < 0.005


def test_when_the_amplitude_is_limited_expect_it_smaller_and_growing_back_slowly():
    playout = Playout(CONFIG)
    play(playout, 0.0, 2.0)
    assert playout.amplitude.min() > 0.95
    playout.limit_amplitude(0.2)
    play(playout, 2.0, 2.1)
    assert playout.amplitude.max() <= 0.2
    playout.limit_amplitude(1.0)
    play(playout, 2.1, 2.4)
    assert 0.3 < playout.amplitude.max() < 0.7


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"targets_rad": np.zeros((0, 6))}, r"shape \(0, 6\)"),
        ({"targets_rad": np.zeros((30, 4))}, r"shape \(30, 4\)"),
        ({"targets_rad": np.zeros(6)}, r"shape \(6,\)"),
        ({"targets_rad": np.zeros((1000, 6))}, "at most|1 to 600"),
        ({"targets_rad": np.full((30, 6), np.nan)}, "shoulder_pan_joint .*not finite"),
        ({"targets_rad": np.full((30, 6), np.inf)}, "not finite"),
        ({"targets_rad": np.tile(CONFIG.home_rad + np.eye(6)[2] * 2, (30, 1))}, "elbow_joint"),
        ({"start_s": np.nan}, "finite"),
        ({"step_s": -0.1}, "above 0"),
        ({"step_s": 0.5}, "14.50 s refused"),
        ({"start_s": 12.5}, "2.50 s ahead"),
    ],
)
def test_when_a_chunk_must_not_be_played_expect_the_reason_and_the_plan_unchanged(change, text):
    playout = Playout(CONFIG)
    playout.merge(chunk_at(9.95), 10.0)
    before = playout.sample(10.2)[0].copy()
    with pytest.raises(ConfigError, match=text):
        playout.merge(dataclasses.replace(chunk_at(9.96), **change), 10.0)
    np.testing.assert_array_equal(playout.sample(10.2)[0], before)


def test_when_a_chunk_has_one_point_expect_a_gentle_way_there():
    playout = Playout(CONFIG)
    target = CONFIG.home_rad + 0.3
    for i in range(200):
        playout.merge(Chunk(target[None, :], i * 0.02 + 0.005, STEP_S), i * 0.02)
    np.testing.assert_allclose(playout.sample(5.0)[0], target, atol=1e-3)


def test_when_many_chunks_were_merged_expect_no_dependence_on_how_many():
    sparse, dense = Playout(CONFIG), Playout(CONFIG)
    for playout in (sparse, dense):
        play(playout, 0.0, 2.0)
    shifted = chunk_at(2.0, points=120)
    shifted = dataclasses.replace(shifted, targets_rad=shifted.targets_rad + 0.05)
    sparse.merge(shifted, 2.05)
    for i in range(60):
        now_s = 2.05 + i / 300
        part = dataclasses.replace(
            shifted,
            targets_rad=shifted.targets_rad[i // 5 :],
            start_s=2.0 + (i // 5) * STEP_S + 1e-9 * i,
        )
        dense.merge(part, now_s)
        dense.sample(now_s)
    np.testing.assert_allclose(dense.sample(2.3)[0], sparse.sample(2.3)[0], atol=4e-3)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_when_every_chunk_leaves_one_way_and_begins_anew_expect_the_plan_in_range(side):
    limits, playout = LIMITS, Playout(CONFIG)
    way = np.arange(30)[:, None] / 60 * 0.85 * limits.velocity_rad_s
    if side > 0:
        poses = np.minimum(limits.lower_rad + 0.1 + way, limits.upper_rad)
    else:
        poses = np.maximum(limits.upper_rad - 0.1 - way, limits.lower_rad)
    for now_s in 10.0 + np.arange(600) / 60:
        playout.merge(Chunk(poses, now_s, 1 / 60), now_s + 0.05)
        q, _ = playout.sample(now_s + 0.05)
        assert np.all((q >= limits.lower_rad) & (q <= limits.upper_rad))
