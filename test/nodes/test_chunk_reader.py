"""Serialised trajectories: read as rclpy reads them, and refused as it would be."""

import numpy as np
import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from rclpy.serialization import serialize_message

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes import chunk_reader
from ur3_dancer.nodes.chunk_reader import read_chunk
from ur3_dancer.nodes.messages import chunk_to_trajectory, trajectory_to_chunk


def message(points=30, frame="", seed=0):
    targets = np.random.default_rng(seed).normal(size=(points, 6))
    trajectory = chunk_to_trajectory(Chunk(targets, 1234.567890123, 1 / 60))
    trajectory.header.frame_id = frame
    return trajectory


def assert_same(found, expected):
    assert np.array_equal(found.targets_rad, expected.targets_rad)
    assert found.start_s == pytest.approx(expected.start_s, abs=1e-9)
    assert found.step_s == pytest.approx(expected.step_s, abs=1e-12)


@pytest.mark.parametrize("points", [2, 3, 30, 600])
@pytest.mark.parametrize("frame", ["", "b", "ba", "bas", "base", "base_link"])
def test_when_a_trajectory_is_usual_expect_the_same_chunk_without_rclpy(monkeypatch, points, frame):
    trajectory = message(points, frame, seed=points)
    data = serialize_message(trajectory)
    expected = trajectory_to_chunk(trajectory)
    monkeypatch.setattr(chunk_reader, "deserialize_message", None)
    found = read_chunk(data)
    assert_same(found, expected)
    assert found.targets_rad.flags.writeable and found.targets_rad.flags.owndata


def test_when_joints_are_in_another_order_or_speeds_are_given_expect_the_same_chunk():
    swapped = message()
    swapped.joint_names = swapped.joint_names[::-1]
    assert_same(read_chunk(serialize_message(swapped)), trajectory_to_chunk(swapped))
    fast = message()
    for point in fast.points:
        point.velocities = [0.0] * 6
    assert_same(read_chunk(serialize_message(fast)), trajectory_to_chunk(fast))


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda m: setattr(m, "joint_names", ["a"] * 6), "names joints"),
        (lambda m: m.points.reverse(), "times must begin at 0"),
        (lambda m: m.points.clear(), "has 0 points"),
        (lambda m: m.points[4].positions.pop(), r"\[5, 6\] positions"),
        (lambda m: setattr(m.points[7].time_from_start, "sec", 9), "equal steps"),
    ],
)
def test_when_a_trajectory_is_wrong_expect_the_usual_refusal(spoil, text):
    trajectory = message()
    spoil(trajectory)
    with pytest.raises(ConfigError, match=text):
        read_chunk(serialize_message(trajectory))


def test_when_bytes_are_cut_or_changed_expect_a_chunk_or_a_refusal_and_nothing_else():
    rng = np.random.default_rng(1)
    good = serialize_message(message())
    for _ in range(2000):
        data = bytearray(good[: rng.integers(0, len(good) + 1)] if rng.random() < 0.3 else good)
        for _ in range(rng.integers(0, 4) if data else 0):
            data[rng.integers(0, min(len(data), 300))] = rng.integers(0, 256)
        try:
            chunk = read_chunk(bytes(data))
        except ConfigError:
            continue
        assert chunk.targets_rad.shape[1] == 6
