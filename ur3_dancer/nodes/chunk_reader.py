"""Chunks out of serialised trajectories, without holding the interpreter.

rclpy turns a trajectory of 30 points into Python objects in one go of 1 ms and more, and nothing
else of the process runs meanwhile: at 500 Hz the servo loop would miss periods. So the driver takes
the bytes, and what has the usual form is read here as an array; all else goes through rclpy, and
from there to the refusals.

The form is OMG's CDR, little-endian: stamp, frame name, joint names, then for each point the
counted positions, three empty lists, and the time. More bytes may follow; they mean nothing.
"""

import struct

import numpy as np
from rclpy.serialization import deserialize_message
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.nodes.messages import trajectory_to_chunk

_LITTLE_ENDIAN = b"\x00\x01"
_HEADER_BYTES = 4
_POINT = np.dtype(
    [
        ("count", "<u4"),
        ("positions", "<f8", (6,)),
        ("empty", "<u4", (3,)),
        ("s", "<i4"),
        ("ns", "<u4"),
    ]
)
_EVEN_S = 1e-6


def read_chunk(data: bytes) -> Chunk:
    """Return the chunk that a serialised trajectory_msgs/JointTrajectory carries.

    Raises:
        ConfigError: as `trajectory_to_chunk`, or the bytes are no trajectory.
    """
    try:
        chunk = _read_usual(data)
    except (struct.error, ValueError, IndexError):
        chunk = None
    if chunk is not None:
        return chunk
    try:
        trajectory = deserialize_message(data, JointTrajectory)
    except Exception as error:  # rclpy has its own type for it, which is not public
        raise ConfigError(
            f"{len(data)} bytes are no trajectory_msgs/JointTrajectory ({error}): send that type"
        ) from error
    return trajectory_to_chunk(trajectory)


def _read_usual(data: bytes) -> Chunk | None:
    """Return the chunk of a message in the usual form, None for any other."""
    if data[:2] != _LITTLE_ENDIAN:
        return None
    body = memoryview(data)[_HEADER_BYTES:]
    stamp_s, stamp_ns, name_bytes = struct.unpack_from("<iII", body, 0)
    place = _align(12 + name_bytes, 4)
    (names,) = struct.unpack_from("<I", body, place)
    if names != len(JOINTS):
        return None
    place += 4
    for joint in JOINTS:
        (size,) = struct.unpack_from("<I", body, place)
        if bytes(body[place + 4 : place + 4 + size]) != joint.encode() + b"\x00":
            return None
        place = _align(place + 4 + size, 4)
    (count,) = struct.unpack_from("<I", body, place)
    place += 4
    # Positions begin at a multiple of 8: before the first of them there may be a gap, and after it
    # every point is as long as the next.
    (first,) = struct.unpack_from("<I", body, place)
    begin = _align(place + 4, 8) - 4
    if count < 2 or len(body) < begin + count * _POINT.itemsize or first != len(JOINTS):
        return None
    points = np.frombuffer(body, _POINT, count, begin)
    if (points["count"][1:] != len(JOINTS)).any() or points["empty"].any():
        return None
    times_s = points["s"] + points["ns"] * 1e-9
    step_s = float(times_s[-1]) / (count - 1)
    even = np.abs(np.diff(times_s) - step_s).max() <= _EVEN_S
    if times_s[0] != 0.0 or step_s <= 0.0 or not even:
        return None
    return Chunk(points["positions"].copy(), stamp_s + stamp_ns * 1e-9, step_s)


def _align(place: int, size: int) -> int:
    return -(-place // size) * size
