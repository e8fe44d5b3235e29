"""Between the rooms' types and standard ROS messages; what arrives malformed is refused here."""

from array import array

import numpy as np
from builtin_interfaces.msg import Duration, Time
from sensor_msgs.msg import Image, JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.music.window import Window

_NS = 1_000_000_000


def to_stamp(time_s: float) -> Time:
    """Return monotonic seconds as a ROS time."""
    ns = round(time_s * _NS)
    return Time(sec=ns // _NS, nanosec=ns % _NS)


def from_stamp(stamp: Time) -> float:
    """Return a ROS time as monotonic seconds."""
    return stamp.sec + stamp.nanosec / _NS


def window_to_image(window: Window) -> Image:
    """Return a window as a one-channel float image: K rows, F columns, newest row last.

    The data is an `array.array`: rclpy copies one in 20 µs and an ndarray in 16 ms.
    """
    frames = np.ascontiguousarray(window.frames, dtype=np.float32)
    image = Image(encoding="32FC1", height=frames.shape[0], width=frames.shape[1])
    image.header.stamp = to_stamp(window.time_s)
    image.step = frames.shape[1] * 4
    image.data = array("B", frames.tobytes())
    return image


def image_to_window(image: Image, window_frames: int, feature_count: int, rate_hz: float) -> Window:
    """Return the window that `image` carries.

    Raises:
        ConfigError: another encoding or shape, missing bytes, or non-finite values.
    """
    if image.encoding != "32FC1" or image.is_bigendian:
        raise ConfigError(
            f"window message has encoding {image.encoding!r} (big-endian {bool(image.is_bigendian)}"
            "): publish little-endian 32FC1"
        )
    if (image.height, image.width) != (window_frames, feature_count):
        raise ConfigError(
            f"window message is {image.height} frames of {image.width} features, the model wants "
            f"{window_frames} of {feature_count}: set microphone.window_frames and "
            "microphone.features to the model's"
        )
    if len(image.data) != window_frames * feature_count * 4:
        raise ConfigError(
            f"window message carries {len(image.data)} bytes for {window_frames} x "
            f"{feature_count} float32: send height * width * 4"
        )
    frames = np.frombuffer(image.data, np.float32).reshape(window_frames, feature_count)
    if not np.isfinite(frames).all():
        raise ConfigError("window message carries NaN or infinity: send finite features")
    return Window(frames, from_stamp(image.header.stamp), rate_hz)


def chunk_to_trajectory(chunk: Chunk) -> JointTrajectory:
    """Return a chunk as a trajectory whose stamp is the time of point 0 at the robot."""
    trajectory = JointTrajectory(joint_names=JOINTS)
    trajectory.header.stamp = to_stamp(chunk.start_s)
    for i, target in enumerate(chunk.targets_rad):
        ns = round(i * chunk.step_s * _NS)
        trajectory.points.append(
            JointTrajectoryPoint(
                positions=array("d", target),
                time_from_start=Duration(sec=ns // _NS, nanosec=ns % _NS),
            )
        )
    return trajectory


def trajectory_to_chunk(trajectory: JointTrajectory) -> Chunk:
    """Return the chunk that `trajectory` carries, its joints put into UR order.

    Raises:
        ConfigError: wrong joints, fewer than two points, uneven or unordered times, wrong lengths.
    """
    if sorted(trajectory.joint_names) != sorted(JOINTS):
        raise ConfigError(
            f"trajectory names joints {list(trajectory.joint_names)}: name each of {list(JOINTS)}"
        )
    if len(trajectory.points) < 2:
        raise ConfigError(
            f"trajectory has {len(trajectory.points)} points: two or more are needed, since their "
            "spacing is the step"
        )
    lengths = {len(point.positions) for point in trajectory.points}
    if lengths != {len(JOINTS)}:
        raise ConfigError(f"trajectory points have {sorted(lengths)} positions: give 6 in each")
    times_s = np.array([from_stamp(point.time_from_start) for point in trajectory.points])
    steps_s = np.diff(times_s)
    step_s = float(times_s[-1] - times_s[0]) / len(steps_s)
    if times_s[0] != 0.0 or step_s <= 0.0 or np.abs(steps_s - step_s).max() > 1e-6:
        raise ConfigError(
            "trajectory times must begin at 0 and grow in equal steps: got "
            f"{times_s[:4].round(6).tolist()}..."
        )
    order = [list(trajectory.joint_names).index(joint) for joint in JOINTS]
    targets = np.array([point.positions for point in trajectory.points])[:, order]
    return Chunk(targets, from_stamp(trajectory.header.stamp), step_s)


def joint_state(q: np.ndarray, dq: np.ndarray | None, time_s: float) -> JointState:
    """Return (6,) angles in rad and velocities in rad/s (or None) as a message."""
    message = JointState(name=JOINTS, position=array("d", q))
    if dq is not None:
        message.velocity = array("d", dq)
    message.header.stamp = to_stamp(time_s)
    return message
