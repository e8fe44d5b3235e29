"""Windows and chunks survive the wire; what is malformed is refused with the way out."""

from array import array

import numpy as np
import pytest

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.music.window import Window

messages = pytest.importorskip("ur3_dancer.nodes.messages", reason="ROS 2 is not installed")


@pytest.fixture
def window():
    frames = np.random.default_rng(1).random((20, 438), dtype=np.float32)
    return Window(frames, 1234.567891234, 60.0)


@pytest.fixture
def chunk():
    return Chunk(np.random.default_rng(2).normal(size=(30, 6)), 4321.125, 1 / 60)


def test_when_a_window_travels_expect_it_unchanged(window):
    image = messages.window_to_image(window)
    back = messages.image_to_window(image, 20, 438, 60.0)
    np.testing.assert_array_equal(back.frames, window.frames)
    assert back.time_s == pytest.approx(window.time_s, abs=1e-9)
    assert (image.encoding, image.height, image.width, image.step) == ("32FC1", 20, 438, 438 * 4)


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda m: setattr(m, "encoding", "mono8"), "'mono8'"),
        (lambda m: setattr(m, "is_bigendian", 1), "big-endian True"),
        (lambda m: setattr(m, "height", 120), "120 frames of 438 features, the model wants 20"),
        (lambda m: setattr(m, "data", array("B", bytes(100))), "carries 100 bytes"),
        (
            lambda m: setattr(m, "data", array("B", np.full(20 * 438, np.nan, "f4").tobytes())),
            "NaN or infinity",
        ),
    ],
)
def test_when_a_window_message_is_malformed_expect_it_refused(window, break_it, text):
    image = messages.window_to_image(window)
    break_it(image)
    with pytest.raises(ConfigError, match=text):
        messages.image_to_window(image, 20, 438, 60.0)


def test_when_a_chunk_travels_expect_it_unchanged(chunk):
    back = messages.trajectory_to_chunk(messages.chunk_to_trajectory(chunk))
    np.testing.assert_array_equal(back.targets_rad, chunk.targets_rad)
    assert back.start_s == pytest.approx(chunk.start_s, abs=1e-9)
    assert back.step_s == pytest.approx(chunk.step_s, abs=1e-9)
    assert back.capture_s == pytest.approx(chunk.capture_s, abs=1e-8)


def test_when_joints_come_in_another_order_expect_ur_order(chunk):
    trajectory = messages.chunk_to_trajectory(chunk)
    trajectory.joint_names = list(reversed(JOINTS))
    for point in trajectory.points:
        point.positions = array("d", reversed(point.positions))
    back = messages.trajectory_to_chunk(trajectory)
    np.testing.assert_array_equal(back.targets_rad, chunk.targets_rad)


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda m: setattr(m, "joint_names", ["elbow_joint"]), "names joints"),
        (lambda m: setattr(m, "points", m.points[:1]), "has 1 points"),
        (lambda m: setattr(m.points[3], "positions", array("d", [0.0] * 5)), r"\[5, 6\] positions"),
        (lambda m: m.points.reverse(), "must begin at 0"),
        (lambda m: setattr(m.points[2].time_from_start, "sec", 9), "equal steps"),
    ],
)
def test_when_a_trajectory_is_malformed_expect_it_refused(chunk, break_it, text):
    trajectory = messages.chunk_to_trajectory(chunk)
    break_it(trajectory)
    with pytest.raises(ConfigError, match=text):
        messages.trajectory_to_chunk(trajectory)
