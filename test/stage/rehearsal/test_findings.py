"""Findings of motions that are made so that the right answer is known."""

import numpy as np
import pytest

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.rehearsal import FullMotion
from ur3_dancer.stage.rehearsal.findings import find, shares, stretches

UR3 = load_arm_config("ur3")
RATE_HZ = 125.0
SONG_S = 20.0


def motion_of(q, *, held=None, amplitude=None, chunks=None):
    """A motion of (T, 6) poses; chunks are (time, joint, speed share, acceleration share)."""
    count = len(q)
    chunks = chunks or [(0.0, 0, 0.5, 0.5)]
    speed, acceleration = np.zeros((len(chunks), 6)), np.zeros((len(chunks), 6))
    for row, (_, joint, speed_share, acceleration_share) in enumerate(chunks):
        speed[row, joint], acceleration[row, joint] = speed_share, acceleration_share
    return FullMotion(
        times_s=np.arange(count) / RATE_HZ,
        q=q,
        rate_hz=RATE_HZ,
        amplitude=np.ones((count, 6)) if amplitude is None else amplitude,
        held=("",) * count if held is None else held,
        chunk_times_s=np.array([time_s for time_s, *_ in chunks]),
        speed_demand=speed,
        acceleration_demand=acceleration,
        tool_demand=np.zeros(len(chunks)),
    )


def swinging(joint=2, size_rad=0.2, beat_s=0.5, still=()):
    """The joint turns round on each beat; it stands within the spans of `still`."""
    times_s = np.arange(int(SONG_S * RATE_HZ)) / RATE_HZ
    q = np.tile(UR3.home_rad, (len(times_s), 1))
    q[:, joint] += size_rad * np.cos(np.pi * times_s / beat_s)
    for start_s, end_s in still:
        inside = (times_s >= start_s) & (times_s < end_s)
        q[inside] = q[inside][0]
    return q


def found(motion, beats_s=None):
    beats_s = np.arange(0.0, SONG_S, 0.5) if beats_s is None else beats_s
    return find(motion, UR3, beats_s, "known", SONG_S)


def test_when_a_joint_swings_expect_its_speed_as_a_share_of_its_limit():
    used = shares(motion_of(swinging()), UR3)
    greatest = 0.2 * np.pi / 0.5 / UR3.limits.velocity_rad_s[2]
    assert used.speed[2:, 2].max() == pytest.approx(greatest, rel=0.01)
    assert used.speed[:, [0, 1, 3, 4, 5]].max() == 0.0
    reach_m = 0.2133  # the forearm's hand, at least that far from the elbow
    assert used.tool_m_s.max() > reach_m * 0.2 * np.pi / 0.5


def test_when_it_turns_round_on_the_beat_expect_no_lag():
    result = found(motion_of(swinging()))
    assert abs(result["motion"]["beat_lag_ms"]["median"]) < 6.0
    assert result["motion"]["beat_lag_ms"]["beats"] > 30
    mean_rad_s = 0.2 * np.pi / 0.5 * 2 / np.pi / 6
    assert result["motion"]["energy_rad_s"] == pytest.approx(mean_rad_s, rel=0.02)


def test_when_a_joint_lies_at_its_bound_expect_joint_limit_and_time():
    q = swinging(size_rad=0.0)
    q[1000:1100, 0] = UR3.limits.upper_rad[0]
    binding = [b for b in found(motion_of(q))["limits_bind"] if b["limit"] == "position"]
    assert [(b["joint"], b["start_s"], b["end_s"]) for b in binding] == [
        ("shoulder_pan", 8.0, pytest.approx(8.792))
    ]
    assert binding[0]["set_points"] == 100


def test_when_the_model_asks_for_too_much_expect_when_and_of_what():
    chunks = [(t / 60, 0, 0.5, 0.5) for t in range(600)]
    chunks[300:330] = [(t / 60, 5, 1.2, 2.5) for t in range(300, 330)]
    spans = found(motion_of(swinging(), chunks=chunks))["too_fast"]
    assert len(spans) == 1
    assert spans[0]["joint"] == "wrist_3"
    assert (spans[0]["start_s"], spans[0]["end_s"]) == (5.0, pytest.approx(5.483))
    assert spans[0]["acceleration_share"] == 2.5


def test_when_the_amplitude_falls_expect_it_said_but_not_while_it_grows():
    amplitude = np.ones((int(SONG_S * RATE_HZ), 6))
    amplitude[:125] = 0.1
    amplitude[1250:1375, 3] = 0.4
    spans = found(motion_of(swinging(), amplitude=amplitude))["amplitude_reduced"]
    assert [(s["joint"], s["start_s"], s["least"]) for s in spans] == [("wrist_1", 10.0, 0.4)]


def test_when_the_amplitude_is_set_low_expect_that_to_be_no_finding():
    amplitude = np.full((int(SONG_S * RATE_HZ), 6), 0.3)
    assert found(motion_of(swinging(), amplitude=amplitude))["amplitude_reduced"] == []


def test_when_the_arm_stands_for_long_expect_a_quiet_moment():
    spans = found(motion_of(swinging(still=[(5.0, 8.0), (12.0, 13.0)])))["quiet"]
    assert len(spans) == 1
    assert spans[0]["start_s"] == pytest.approx(5.0, abs=0.1)
    assert spans[0]["end_s"] == pytest.approx(8.0, abs=0.1)


def test_when_the_workspace_holds_it_back_expect_the_reason():
    held = [""] * int(SONG_S * RATE_HZ)
    held[500:510] = ["tool would be outside the walls by 3 mm"] * 10
    spans = found(motion_of(swinging(), held=tuple(held)))["held_by_workspace"]
    assert spans == [
        {"start_s": 4.0, "end_s": 4.072, "why": "tool would be outside the walls by 3 mm"}
    ]


def test_when_gaps_are_short_expect_one_stretch():
    times_s = np.arange(100) * 0.1
    where = np.zeros(100, bool)
    where[[10, 12, 30, 31]] = True
    assert stretches(where, times_s) == [slice(10, 13), slice(30, 32)]
