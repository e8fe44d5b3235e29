"""The microphone node as a process that hears a real sound server."""

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import soundfile

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image
from std_msgs.msg import Float64MultiArray, String
from support.live import own_settings
from support.pulse import null_sink, pulse_missing

from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.synth import generate_song

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
SPEC = SPECS["mdlt60"]
FRAMES = 12

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(pulse_missing()), reason=pulse_missing() or "present"),
]


class Ears:
    """Another node of the same domain, which keeps what the microphone node says."""

    def __init__(self, domain_id: int):
        self.states, self.windows, self.beats, self.figures = [], [], [], {}
        self.context = rclpy.Context()
        rclpy.init(
            args=[],
            context=self.context,
            domain_id=domain_id,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        node = rclpy.create_node("ears", context=self.context)
        node.create_subscription(
            String, "/microphone/state", lambda m: self.states.append(m.data), LATCHED
        )
        node.create_subscription(Image, "/music/window", self.windows.append, BEST_EFFORT)
        node.create_subscription(Float64MultiArray, "/music/beat", self.beats.append, BEST_EFFORT)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._diagnose, 10)
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def wait_until(self, condition, what: str, timeout_s: float = 40.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline_s, f"no {what}: {self.states} {self.figures}"
            time.sleep(0.02)

    def close(self) -> None:
        rclpy.try_shutdown(context=self.context)
        self._thread.join(5.0)

    def _diagnose(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self.figures = {value.key: value.value for value in status.values}

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except ExternalShutdownException:
            return


def test_when_a_stage_is_played_to_expect_windows_diagnostics_recovery_and_a_recording(tmp_path):
    song = generate_song(11, 8.0, style="rock")
    soundfile.write(tmp_path / "song.wav", song.samples[: 8 * 48_000], 48_000)
    own = own_settings(tmp_path)
    given = {
        "audio": "mic",
        "device": "pulse",
        "window_frames": FRAMES,
        "gain_db": 6.0,
        "record": tmp_path / "heard.wav",
    }
    command = [sys.executable, "-m", "ur3_dancer.nodes.microphone", "--ros-args"]
    for name, value in given.items():
        command += ["-p", f"{name}:={value}"]
    ears = Ears(int(own["ROS_DOMAIN_ID"]))
    with null_sink() as sink, (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=sink.env | own, stdout=log, stderr=log)
        try:
            ears.wait_until(lambda: ears.windows, "window")
            player = sink.play(tmp_path / "song.wav")
            ears.wait_until(lambda: float(ears.figures.get("level_db", -120)) > -40, "level")
            sent = ears.figures
            ears.wait_until(lambda: ears.figures is not sent, "news")
            heard_well(ears)
            player.wait(20)
            sink.unplug()
            ears.wait_until(lambda: ears.states[-1].startswith("lost: pulse"), "loss")
            assert ears.figures["source_state"] == "lost"
            sink.plug_in()
            ears.wait_until(lambda: ears.states[-1].startswith("active: pulse"), "recovery")
            before = len(ears.windows)
            ears.wait_until(lambda: len(ears.windows) > before, "window after the recovery")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0, (tmp_path / "log").read_text()
        finally:
            process.kill()
            process.wait()
            ears.close()
    recorded, rate_hz = soundfile.read(tmp_path / "heard.wav", dtype="float32")
    assert rate_hz == 48_000 and len(recorded) > 8 * 48_000
    assert np.abs(recorded).max() > 0.2
    replayed_frames_were_heard(ears, recorded)


def heard_well(ears: Ears) -> None:
    figures = ears.figures
    assert {"clipped", "drift_ppm", "cost_ms", "latency_ms", "recording"} <= set(figures)
    assert figures["source"] == "pulse" and figures["source_state"] == "listening"
    assert figures["recording"].endswith("heard.wav") and figures["recording_lost"] == "0"
    assert int(figures["windows_sent"]) > 0 and float(figures["cost_ms"]) > 0.0
    assert float(figures["peak_db"]) >= float(figures["level_db"])
    image = ears.windows[-1]
    assert (image.height, image.width, image.encoding) == (FRAMES, SPEC.count, "32FC1")
    assert len(ears.beats[-1].data) == 4 and np.isfinite(ears.beats[-1].data).all()


def replayed_frames_were_heard(ears: Ears, recorded: np.ndarray) -> None:
    """The recording before the loss, replayed, holds windows that were published, bit for bit."""
    frames = FeatureStream(SPEC).process(Resampler(48_000, SPEC.sample_rate_hz).process(recorded))
    replayed = {frame.tobytes() for frame in frames}
    published = [
        np.frombuffer(bytes(image.data), np.float32).reshape(FRAMES, -1)[-1].tobytes()
        for image in ears.windows[30:200]
    ]
    assert len(published) > 100
    assert sum(frame in replayed for frame in published) == len(published)
