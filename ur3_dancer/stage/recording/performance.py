"""A recorded performance, read without ROS: windows, chunks, commands and states."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS

_KINDS = {
    "music/window": "windows",
    "dance/trajectory": "chunks",
    "driver/command": "commands",
    "joint_states": "measured",
    "driver/state": "states",
    "diagnostics": "figures",
}


@dataclass
class Performance:
    """What a recording holds.

    Attributes:
        windows: (time_s, (K, F) float32 frames), in order of time.
        chunks: as inference sent them.
        commands, measured: (time_s, (6,) rad).
        states: (time_s, text) of the driver.
        model: that danced, empty where nobody said it.
        cut: why the recording ends before its end, empty where it is whole.
    """

    windows: list[tuple[float, np.ndarray]] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    commands: list[tuple[float, np.ndarray]] = field(default_factory=list)
    measured: list[tuple[float, np.ndarray]] = field(default_factory=list)
    states: list[tuple[float, str]] = field(default_factory=list)
    model: str = ""
    cut: str = ""

    @property
    def messages(self) -> int:
        """Return how many messages of these kinds there are."""
        kinds = self.windows, self.chunks, self.commands, self.measured, self.states
        return sum(map(len, kinds))


def read_performance(path: Path) -> Performance:
    """Read a recording; one that was cut short is read as far as it goes.

    Raises:
        ConfigError: it cannot be read, or is of another program; the text names what is missing.
    """
    performance = Performance()
    topics = set()
    for topic, log_time_ns, message in _messages(path, performance):
        topics.add(topic)
        kind = next((kind for end, kind in _KINDS.items() if topic.endswith(f"/{end}")), None)
        if kind is not None:
            try:
                _keep(performance, kind, log_time_ns * 1e-9, message)
            except (AttributeError, ValueError, IndexError) as error:
                raise ConfigError(
                    f"{path}: a message of {topic} is not as ur3-dancer sends it ({error}): give a "
                    "recording of ur3-dancer record"
                ) from error
    if not performance.messages:
        found = ", ".join(sorted(topics)) or "no messages"
        wanted = ", ".join(_KINDS)
        raise ConfigError(
            f"{path} has none of the topics {wanted}; it has {found}: give a recording of "
            "ur3-dancer record"
        )
    performance.windows.sort(key=lambda each: each[0])
    performance.chunks.sort(key=lambda chunk: chunk.start_s)
    return performance


def _messages(path: Path, performance: Performance) -> Iterator[tuple[str, int, object]]:
    """Yield topic, time and decoded message, as far as the file can be read."""
    try:
        from mcap.exceptions import InvalidMagic, McapError
        from mcap.reader import NonSeekingReader
        from mcap_ros2.decoder import DecoderFactory
    except ImportError as error:
        raise ConfigError(
            f"recordings cannot be read without {error.name}: pip install mcap-ros2-support"
        ) from error
    import struct
    import zlib

    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigError(
            f"recording {path} cannot be read ({error.strerror}): give an MCAP file"
        ) from error
    with file:
        # From its start and not by its index, which a recording that was cut short lacks.
        reader = NonSeekingReader(file, decoder_factories=[DecoderFactory()])
        try:
            for _, channel, message, decoded in reader.iter_decoded_messages(log_time_order=False):
                yield channel.topic, message.log_time, decoded
        except InvalidMagic:
            if not performance.messages:
                raise ConfigError(f"{path} is no MCAP file: give a recording") from None
            performance.cut = "its end is missing"
        except (McapError, struct.error, zlib.error, EOFError, ValueError) as error:
            performance.cut = str(error) or "the file ends within a record"


def _keep(performance: Performance, kind: str, logged_s: float, message) -> None:
    if kind == "windows":
        frames = np.frombuffer(bytes(message.data), np.float32)
        frames = frames.reshape(message.height, message.width)
        performance.windows.append((_stamp_s(message.header.stamp), frames))
    elif kind == "chunks":
        performance.chunks.append(_chunk(message))
    elif kind in ("commands", "measured"):
        order = [list(message.name).index(joint) for joint in JOINTS]
        q = np.array(message.position, float)[order]
        getattr(performance, kind).append((_stamp_s(message.header.stamp), q))
    elif kind == "states":
        performance.states.append((logged_s, message.data))
    else:
        for status in message.status:
            if status.name.endswith("/inference"):
                values = {value.key: value.value for value in status.values}
                performance.model = values.get("model") or performance.model


def _chunk(message) -> Chunk:
    order = [list(message.joint_names).index(joint) for joint in JOINTS]
    targets = np.array([point.positions for point in message.points], float)[:, order]
    times_s = [_stamp_s(point.time_from_start) for point in message.points]
    return Chunk(targets, _stamp_s(message.header.stamp), times_s[-1] / (len(times_s) - 1))


def _stamp_s(stamp) -> float:
    return stamp.sec + stamp.nanosec * 1e-9
