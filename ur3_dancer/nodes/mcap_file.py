"""An MCAP file that loses at most its last second, whatever ends it."""

from pathlib import Path

from mcap.data_stream import RecordBuilder
from mcap.records import DataEnd, Footer
from mcap.writer import MCAP0_MAGIC, Writer

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError

LIBRARY = "ur3_dancer"
FLUSH_S = 0.5
"""What is older has been handed to the operating system: a killed process does not lose it."""

_CHUNK_BYTES = 1 << 20
_NS = 1_000_000_000


class McapFile:
    """Takes serialised messages; a full disk ends it, but keeps what is in it.

    Attributes:
        path: the file.
        messages: how many it holds.
        failure: why nothing more is written; empty while all is well.
    """

    def __init__(self, path: Path, clock: Clock):
        """Make the file.

        Raises:
            ConfigError: it is there already, or cannot be made.
        """
        self.path = path
        self.messages = 0
        self.failure = ""
        self._clock = clock
        self._channels: dict[str, int] = {}
        self._flushed_s = clock.now_s()
        try:
            self._file = path.open("xb")
        except FileExistsError as error:
            raise ConfigError(f"{path} is there already: give another name") from error
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written ({error.strerror}): choose another folder"
            ) from error
        self._writer = Writer(self._file, chunk_size=_CHUNK_BYTES)
        self._writer.start(profile="ros2", library=LIBRARY)
        self._kept_bytes = 0
        self.flush()

    def channel(self, topic: str, type_name: str, definition: str, qos: str) -> None:
        """Declare a topic before its first message.

        Args:
            topic: full name.
            type_name: for instance `sensor_msgs/msg/Image`.
            definition: text of the message type, `ros2msg`.
            qos: YAML list of the publishers' quality of service, as rosbag2 keeps it.
        """
        if topic not in self._channels:
            schema = self._writer.register_schema(type_name, "ros2msg", definition.encode())
            self._channels[topic] = self._writer.register_channel(
                topic, "cdr", schema, {"offered_qos_profiles": qos}
            )

    def write(self, topic: str, data: bytes, time_s: float) -> None:
        """Keep a message that came at `time_s`; nothing happens after a failure."""
        if self.failure:
            return
        time_ns = round(time_s * _NS)
        try:
            self._writer.add_message(self._channels[topic], time_ns, data, time_ns)
        except OSError as error:
            self._fail(error)
            return
        self.messages += 1
        self.flush_when_due()

    def flush_when_due(self) -> None:
        """Flush twice a second; asked whenever there is time."""
        if self._clock.now_s() - self._flushed_s >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        if self.failure:
            return
        try:
            self._writer.flush()
            self._kept_bytes = self._file.tell()
        except OSError as error:
            self._fail(error)
        self._flushed_s = self._clock.now_s()

    def attach(self, path: Path, media_type: str) -> None:
        """Put a whole file into the recording.

        Raises:
            ConfigError: the file cannot be read.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be read ({error.strerror}) and is not in the recording: everything "
                "else is"
            ) from error
        if self.failure:
            return
        self.flush()
        now_ns = round(self._clock.now_s() * _NS)
        try:
            self._writer.add_attachment(now_ns, now_ns, path.name, media_type, content)
            self._file.flush()
            self._kept_bytes = self._file.tell()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Write the index and close. Safe to call twice."""
        if self._file.closed:
            return
        if not self.failure:
            try:
                self._writer.finish()
                self._file.flush()
            except OSError as error:
                self._fail(error)
        self._close_file()

    def _fail(self, error: OSError) -> None:
        """Cut the file behind its last whole record, and end it there as the format asks for.

        Nothing can be written at this moment; what is cut off makes the room for the short ending.
        Without an index a reader goes through the file from its start.
        """
        self.failure = (
            f"recording {self.path} ended early ({error.strerror}): what came until "
            f"{FLUSH_S:g} s before is in it"
        )
        self._close_file()
        ending = RecordBuilder()
        DataEnd(0).write(ending)
        Footer(summary_start=0, summary_offset_start=0, summary_crc=0).write(ending)
        try:
            with self.path.open("r+b") as file:
                file.truncate(self._kept_bytes)
                file.seek(self._kept_bytes)
                file.write(ending.end() + MCAP0_MAGIC)
        except OSError as second:
            self.failure += f"; it has no ending ({second.strerror})"

    def _close_file(self) -> None:
        try:
            self._file.close()
        except OSError:
            # The buffer's rest cannot be written either: it is the part that is lost.
            self._file.raw.close()
