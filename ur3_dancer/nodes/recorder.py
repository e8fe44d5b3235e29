"""Keeps every topic of a performance in an MCAP file, byte for byte as it was sent."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.exceptions import InvalidTopicNameException, NameValidationException
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray, String
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError
from ur3_dancer.nodes.mcap_file import McapFile
from ur3_dancer.nodes.message_definition import definition, type_name

TOPICS: dict[str, tuple[type, bool]] = {
    "music/window": (Image, False),
    "music/beat": (Float64MultiArray, False),
    "dance/trajectory": (JointTrajectory, False),
    "joint_states": (JointState, False),
    "driver/command": (JointState, False),
    "microphone/state": (String, True),
    "inference/state": (String, True),
    "driver/state": (String, True),
    "/diagnostics": (DiagnosticArray, False),
}
"""Each topic's type, and whether its last message is kept for those who come later."""

_DEPTH = 200
_SLICE_S = 0.05


class Recorder:
    """Listens to every topic; whoever publishes notices nothing but one more listener."""

    def __init__(self, file: McapFile, namespace: str = "/"):
        """Join the ROS graph; signals stay with the caller.

        Args:
            file: takes the messages.
            namespace: the nodes'.

        Raises:
            ConfigError: the namespace is no ROS name.
        """
        self._file = file
        self._clock = SystemClock()
        self.counts: dict[str, int] = {}
        self._context = Context()
        rclpy.init(args=[], context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self._executor = SingleThreadedExecutor(context=self._context)
        try:
            node = rclpy.create_node("recorder", namespace=namespace, context=self._context)
        except (NameValidationException, InvalidTopicNameException) as error:
            self._executor.shutdown()
            self._context.try_shutdown()
            raise ConfigError(
                f"namespace {namespace!r} is no ROS name ({str(error).splitlines()[0]}): use "
                "letters, digits, underscores and slashes"
            ) from error
        for topic, (message_type, latched) in TOPICS.items():
            full_name = topic if topic.startswith("/") else f"{namespace.rstrip('/')}/{topic}"
            # A reliable listener does not match best-effort publishers; the other way it does.
            qos = QoSProfile(
                depth=_DEPTH,
                reliability=ReliabilityPolicy.RELIABLE
                if latched
                else ReliabilityPolicy.BEST_EFFORT,
                durability=DurabilityPolicy.TRANSIENT_LOCAL
                if latched
                else DurabilityPolicy.VOLATILE,
            )
            take = partial(self._take, full_name, message_type, latched)
            node.create_subscription(message_type, full_name, take, qos, raw=True)
        self._executor.add_node(node)
        self._node = node

    def run(self, wanted: Callable[[], bool]) -> None:
        """Record while `wanted` says so and the file takes it."""
        while wanted() and not self._file.failure:
            self._executor.spin_once(timeout_sec=_SLICE_S)
            self._file.flush_when_due()

    def close(self) -> None:
        """Leave the ROS graph; the file stays open."""
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.try_shutdown()

    def _take(self, topic: str, message_type: type, latched: bool, data: bytes) -> None:
        if topic not in self.counts:
            self.counts[topic] = 0
            name, text = type_name(message_type), definition(message_type)
            self._file.channel(topic, name, text, _offered(latched))
        self.counts[topic] += 1
        self._file.write(topic, bytes(data), self._clock.now_s())


def record(
    path: Path,
    namespace: str,
    wanted: Callable[[], bool],
    audio_file: Path | None,
    show: Callable[[dict[str, int]], None],
) -> tuple[dict[str, int], str]:
    """Record until `wanted` says no.

    Args:
        path: MCAP file to make.
        namespace: the nodes'.
        wanted: asked some twenty times a second.
        audio_file: sound file that is put in at the end, or None.
        show: receives the counts once a second.

    Returns:
        Messages of each topic, and why it ended early, empty where it did not.
    """
    clock = SystemClock()
    file = McapFile(path, clock)
    next_s = clock.now_s() + 1.0

    def still_wanted() -> bool:
        nonlocal next_s
        if clock.now_s() >= next_s:
            next_s += 1.0
            show(recorder.counts)
        return wanted()

    try:
        recorder = Recorder(file, namespace)
        try:
            recorder.run(still_wanted)
        finally:
            recorder.close()
        if audio_file is not None:
            file.attach(audio_file, "audio/" + audio_file.suffix.lstrip(".").lower())
    finally:
        file.close()
        if file.messages == 0:
            path.unlink(missing_ok=True)
    return recorder.counts, file.failure


def _offered(latched: bool) -> str:
    """Return a topic's quality of service in the words that rosbag2 reads when it plays."""
    reliability, durability = (1, 1) if latched else (2, 2)
    forever = "{sec: 9223372036, nsec: 854775807}"
    return (
        "- history: 1\n"
        f"  depth: {1 if latched else 10}\n"
        f"  reliability: {reliability}\n"
        f"  durability: {durability}\n"
        f"  deadline: {forever}\n"
        f"  lifespan: {forever}\n"
        "  liveliness: 1\n"
        f"  liveliness_lease_duration: {forever}\n"
        "  avoid_ros_namespace_conventions: false\n"
    )
