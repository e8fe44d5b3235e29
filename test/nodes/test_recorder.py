"""Recordings, opened by readers that are not ours, and ended in every bad way."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support.clock import FakeClock
from support.live import own_settings

pytest.importorskip("rclpy", reason="ROS 2 is not installed")
pytest.importorskip("mcap", reason="the extra `stage` is not installed")

import rclpy
from rclpy.context import Context
from rclpy.serialization import serialize_message
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image, JointState
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.window import Window
from ur3_dancer.nodes.mcap_file import FLUSH_S, McapFile
from ur3_dancer.nodes.message_definition import definition, type_name
from ur3_dancer.nodes.messages import chunk_to_trajectory, joint_state, window_to_image
from ur3_dancer.nodes.recorder import TOPICS, _offered
from ur3_dancer.nodes.runtime import BEST_EFFORT
from ur3_dancer.stage.recording.performance import read_performance

WINDOW = np.arange(20 * 438, dtype=np.float32).reshape(20, 438)


def put(file, topic, message, time_s, latched=False):
    kind = type(message)
    file.channel(topic, type_name(kind), definition(kind), _offered(latched))
    file.write(topic, serialize_message(message), time_s)


def fill(file, clock, seconds, rate_hz=20):
    """Windows and chunks of them, `seconds` long."""
    for _ in range(round(seconds * rate_hz)):
        clock.advance_s(1 / rate_hz)
        now_s = clock.now_s()
        put(file, "/music/window", window_to_image(Window(WINDOW, now_s, 60.0)), now_s)
        chunk = Chunk(np.tile(np.arange(6.0), (30, 1)), now_s + 1 / 60, 1 / 60)
        put(file, "/dance/trajectory", chunk_to_trajectory(chunk), now_s)


@pytest.fixture
def whole(tmp_path):
    clock = FakeClock()
    file = McapFile(tmp_path / "a.mcap", clock)
    fill(file, clock, 2.0)
    song = tmp_path / "song.wav"
    song.write_bytes(b"RIFF")
    file.attach(song, "audio/wav")
    file.close()
    return file.path


def test_when_read_by_rosbags_expect_every_message(whole):
    rosbags = pytest.importorskip("rosbags.highlevel", reason="rosbags is not installed")
    with rosbags.AnyReader([whole]) as reader:
        topics = {c.topic: (c.msgtype, c.msgcount) for c in reader.connections}
        windows = [c for c in reader.connections if c.topic == "/music/window"]
        messages = [reader.deserialize(data, c.msgtype) for c, _, data in reader.messages(windows)]
    assert topics == {
        "/music/window": ("sensor_msgs/msg/Image", 40),
        "/dance/trajectory": ("trajectory_msgs/msg/JointTrajectory", 40),
    }
    assert len(messages) == 40
    np.testing.assert_array_equal(messages[0].data.view(np.float32), WINDOW.ravel())


def test_when_read_by_mcap_ros2_expect_every_message_and_the_song(whole):
    from mcap.reader import make_reader
    from mcap_ros2.decoder import DecoderFactory

    with whole.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        assert reader.get_header().profile == "ros2"
        decoded = [message for *_, message in reader.iter_decoded_messages()]
        attached = [(a.name, a.media_type, a.data) for a in reader.iter_attachments()]
    assert len(decoded) == 80
    assert np.frombuffer(bytes(decoded[0].data), np.float32).tolist() == WINDOW.ravel().tolist()
    assert attached == [("song.wav", "audio/wav", b"RIFF")]


@pytest.mark.parametrize("message_type", sorted({kind for kind, _ in TOPICS.values()}, key=str))
def test_when_a_definition_is_written_expect_another_parser_to_agree(message_type):
    typesys = pytest.importorskip("rosbags.typesys", reason="rosbags is not installed")
    found = typesys.get_types_from_msg(definition(message_type), type_name(message_type))
    known = typesys.get_typestore(typesys.Stores.ROS2_JAZZY).fielddefs
    for name, (_, fields) in found.items():
        assert fields == known[name][1], name


def test_when_cut_anywhere_expect_what_came_before_the_cut(whole, tmp_path):
    content = whole.read_bytes()
    saved = []
    for share in (0.5, 0.8, 0.99):
        cut = tmp_path / "cut.mcap"
        cut.write_bytes(content[: int(share * len(content))])
        performance = read_performance(cut)
        assert performance.cut
        saved.append(len(performance.windows))
    assert 0 < saved[0] < saved[1] <= saved[2] <= 40
    assert read_performance(whole).cut == ""


def test_when_nothing_follows_expect_the_disk_to_have_all_but_the_last_moment(tmp_path):
    clock = FakeClock()
    file = McapFile(tmp_path / "a.mcap", clock)
    fill(file, clock, 3.0)
    so_far = read_performance(file.path)  # as after a kill: the file was never closed
    lost_s = clock.now_s() - so_far.windows[-1][0]
    assert lost_s <= FLUSH_S + 0.06
    file.close()


_FILL_UNTIL_FULL = """
import resource, sys
sys.path[:0] = sys.argv[2:4]
from pathlib import Path
from test_recorder import FakeClock, McapFile, fill
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
clock = FakeClock()
file = McapFile(Path(sys.argv[1]), clock)
for _ in range(400):
    fill(file, clock, 1.0)
    if file.failure:
        break
file.close()
print(file.failure)
"""


def test_when_the_disk_is_full_expect_a_whole_file_of_what_came_before(tmp_path):
    path, here = tmp_path / "a.mcap", Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", _FILL_UNTIL_FULL, str(path), str(here), str(here.parent)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "ended early" in done.stdout and "no ending" not in done.stdout
    performance = read_performance(path)
    assert performance.cut == "" and len(performance.windows) > 20


def test_when_the_file_is_there_already_expect_it_untouched(tmp_path):
    (tmp_path / "a.mcap").write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        McapFile(tmp_path / "a.mcap", FakeClock())
    assert (tmp_path / "a.mcap").read_text() == "mine"


class Talker:
    """Publishes windows, chunks and joint states in a ROS domain until it is closed."""

    def __init__(self, domain):
        self.context = Context()
        rclpy.init(
            args=[],
            context=self.context,
            domain_id=int(domain),
            signal_handler_options=SignalHandlerOptions.NO,
        )
        node = rclpy.create_node("talker", context=self.context)
        windows = node.create_publisher(Image, "/music/window", BEST_EFFORT)
        joints = node.create_publisher(JointState, "/joint_states", 10)
        chunks = node.create_publisher(JointTrajectory, "/dance/trajectory", BEST_EFFORT)
        self.last_s = 0.0
        self._ended = threading.Event()

        def talk():
            while not self._ended.wait(0.02):
                self.last_s = time.monotonic()
                windows.publish(window_to_image(Window(WINDOW, self.last_s, 60.0)))
                joints.publish(joint_state(np.zeros(6), None, self.last_s))
                chunk = Chunk(np.zeros((30, 6)), self.last_s + 1 / 60, 1 / 60)
                chunks.publish(chunk_to_trajectory(chunk))

        self._thread = threading.Thread(target=talk, daemon=True)
        self._thread.start()

    def close(self):
        self._ended.set()
        self._thread.join()
        self.context.try_shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_when_ended_expect_all_but_the_last_second(tmp_path, end):
    settings = own_settings(tmp_path)
    talker = Talker(settings["ROS_DOMAIN_ID"])
    path = tmp_path / "a.mcap"
    command = [sys.executable, "-m", "ur3_dancer.cli.main", "record", "--out", str(path)]
    process = subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
    )
    try:
        heard_s = None
        for line in process.stdout:
            if "on 3 topics" in line:
                if heard_s is not None and time.monotonic() > heard_s + 2.0:
                    break
                heard_s = heard_s or time.monotonic()
        ended_s = talker.last_s
        process.send_signal(end)
        process.communicate(timeout=20)
    finally:
        process.kill()
        talker.close()
    performance = read_performance(path)
    assert len(performance.windows) > 20
    assert ended_s - performance.windows[-1][0] < 1.5  # half a second, and a busy machine's
    assert bool(performance.cut) == (end == signal.SIGKILL)
    if end == signal.SIGINT:
        assert_rosbags_reads_all_of(path)


def assert_rosbags_reads_all_of(path):
    """rosbags is strict: a byte too many in a message is an error to it."""
    rosbags = pytest.importorskip("rosbags.highlevel", reason="rosbags is not installed")
    with rosbags.AnyReader([path]) as reader:
        kinds = {c.topic for c, _, data in reader.messages() if reader.deserialize(data, c.msgtype)}
    assert kinds == {"/music/window", "/joint_states", "/dance/trajectory"}
