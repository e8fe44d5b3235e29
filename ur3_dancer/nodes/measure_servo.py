"""How well the driver node keeps its control rate, alone and beside live inference.

The real driver node and its embedded controller run as they do in a performance. Beside inference,
the real inference node answers 60 windows a second and the driver dances to its chunks; alone, this
process sends it 60 chunks a second that were made before.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.window import Window
from ur3_dancer.nodes.messages import chunk_to_trajectory, window_to_image
from ur3_dancer.nodes.runtime import BEST_EFFORT, LATCHED
from ur3_dancer.robot.embedded import free_loopback_host

_FEED_HZ = 60.0
_START_S = 60.0
_END_S = 20.0
_SWING_RAD, _SWING_HZ, _SWING_POINTS = 0.12, 1.0, 30


def measure_servo(
    arm_model: str,
    seconds_s: float,
    *,
    windows: list[Window] | None = None,
    policy: str = "",
    driver_parameters: dict[str, object] | None = None,
) -> dict:
    """Let the driver dance for a while and return how its loop kept time.

    Args:
        arm_model: `ur3` (125 Hz) or `ur3e` (500 Hz).
        seconds_s: how long to dance.
        windows: what the inference node hears, over and over; None for no inference.
        policy: the inference node's model.
        driver_parameters: of the driver node, beside the needed ones.

    Returns:
        `period_error_ms` (p50, p99, max), `missed_share`, `cpu_driver` (node and servo process),
        `cpu_controller` (shares of one core, while dancing) and `rate_hz`.

    Raises:
        RobotError: a node did not start or did not dance; the text has its last words.
    """
    if not Path("/proc/self/stat").exists():
        raise ConfigError("the servo bench reads /proc: run it on Linux")
    with tempfile.TemporaryDirectory(prefix="ur3_dancer-bench-") as folder:
        bench = _Bench(Path(folder), arm_model, windows)
        try:
            if windows is not None:
                bench.start("inference", model=policy, arm=arm_model)
                bench.wait_until(lambda: bench.chunks_heard > 10, "answers of the inference node")
            return bench.dance(seconds_s, driver_parameters or {})
        finally:
            bench.close()


class _Bench:
    """Child processes, and a feeder of windows or chunks."""

    def __init__(self, folder: Path, arm_model: str, windows: list[Window] | None):
        self._folder = folder
        self._namespace = f"/bench_{os.getpid()}"
        self._arm_model = arm_model
        self._clock = SystemClock()
        self._children: dict[str, subprocess.Popen] = {}
        self.chunks_heard = 0
        self._state = ""
        self._context = Context()
        no_handlers = SignalHandlerOptions.NO
        rclpy.init(args=[], context=self._context, signal_handler_options=no_handlers)
        node = rclpy.create_node("feeder", namespace=self._namespace, context=self._context)
        self._node = node
        node.create_subscription(String, "driver/state", self._hear_state, LATCHED)
        if windows is None:
            publisher = node.create_publisher(JointTrajectory, "dance/trajectory", BEST_EFFORT)
            feed = _ChunkFeed(arm_model)
        else:
            publisher = node.create_publisher(Image, "music/window", BEST_EFFORT)
            feed = _WindowFeed(windows)
            self._heard = node.create_subscription(
                JointTrajectory, "dance/trajectory", self._hear_chunk, BEST_EFFORT
            )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(node)
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._spin, daemon=True),
            threading.Thread(target=self._feed, args=(publisher, feed), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def start(self, name: str, **parameters: object) -> subprocess.Popen:
        """Start a node of ours."""
        command = [sys.executable, "-m", f"ur3_dancer.nodes.{name}", "--ros-args"]
        command += ["-r", f"__ns:={self._namespace}"]
        for key, value in parameters.items():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            command += ["-p", f"{key}:={text}"]
        with (self._folder / f"{name}.log").open("wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._children[name] = child
        return child

    def dance(self, seconds_s: float, parameters: dict[str, object]) -> dict:
        """Start the driver, let it dance, end it, and return its figures."""
        report_path = self._folder / "driver.json"
        driver = self.start(
            "driver",
            arm=self._arm_model,
            start="auto",
            controller_host=free_loopback_host(),
            report_file=report_path,
            **parameters,
        )
        self.wait_until(lambda: self._state.startswith("DANCING"), "the dance")
        drivers = [driver.pid, _child_of(driver.pid, "servo_process")]
        controller = [_child_of(driver.pid, "controller")]
        began_s, driver_s, controller_s = self._times(drivers, controller)
        self._clock.sleep_until_s(self._clock.now_s() + seconds_s)
        ended_s, driver_end_s, controller_end_s = self._times(drivers, controller)
        if not self._state.startswith("DANCING"):
            raise RobotError(f"the dance ended early: {self._state}")
        driver.send_signal(signal.SIGINT)
        driver.wait(_END_S)
        servo = json.loads(report_path.read_text())["servo"]
        duration_s = ended_s - began_s
        return {
            "period_error_ms": servo["period_error_ms"],
            "missed_share": servo["missed"] / max(1, servo["missed"] + servo["ticks"]),
            "cpu_driver": (driver_end_s - driver_s) / duration_s,
            "cpu_controller": (controller_end_s - controller_s) / duration_s,
            "rate_hz": servo["rate_hz"],
        }

    def wait_until(self, condition, what: str) -> None:
        """Wait for something of the nodes; raise RobotError when it does not come."""
        deadline_s = self._clock.now_s() + _START_S
        while not condition():
            ended = [name for name, child in self._children.items() if child.poll() is not None]
            if ended or self._clock.now_s() > deadline_s:
                name = ended[0] if ended else next(reversed(self._children))
                said = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()
                raise RobotError(
                    f"{what} did not come; the {name} node says: {' / '.join(said[-3:])}"
                )
            self._clock.sleep_until_s(self._clock.now_s() + 0.02)

    def close(self) -> None:
        """End every process and leave the ROS graph."""
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
        for child in self._children.values():
            try:
                child.wait(_END_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._executor.shutdown()
        self._context.try_shutdown()

    def _times(self, drivers: list[int], controllers: list[int]) -> tuple[float, float, float]:
        return self._clock.now_s(), sum(map(_cpu_s, drivers)), sum(map(_cpu_s, controllers))

    def _hear_state(self, message: String) -> None:
        self._state = message.data

    def _hear_chunk(self, message: JointTrajectory) -> None:
        # Known to answer: from here on listening would only cost time.
        self.chunks_heard += 1
        if self.chunks_heard > 10:
            self._node.destroy_subscription(self._heard)

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(0.1)

    def _feed(self, publisher, feed) -> None:
        due_s = self._clock.now_s()
        while not self._ended.is_set():
            publisher.publish(feed(self._clock.now_s()))
            due_s = max(due_s + 1.0 / _FEED_HZ, self._clock.now_s())
            self._clock.sleep_until_s(due_s)


class _ChunkFeed:
    """A swing of every joint, once a second."""

    def __init__(self, arm_model: str):
        self._home = load_arm_config(arm_model).home_rad

    def __call__(self, now_s: float) -> JointTrajectory:
        import numpy as np

        start_s, step_s = now_s - 0.03, 1.0 / _FEED_HZ
        turns = 2 * np.pi * _SWING_HZ * (start_s + step_s * np.arange(_SWING_POINTS))
        targets = self._home + _SWING_RAD * np.sin(turns[:, None] + np.arange(6))
        return chunk_to_trajectory(Chunk(targets, start_s, step_s))


class _WindowFeed:
    """Windows heard before, one after the other, with new stamps."""

    def __init__(self, windows: list[Window]):
        self._windows = windows
        self._next = 0

    def __call__(self, now_s: float) -> Image:
        window = self._windows[self._next % len(self._windows)]
        self._next += 1
        return window_to_image(Window(window.frames, now_s, window.rate_hz))


def _cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _child_of(pid: int, module: str) -> int:
    """Return the process that `pid` started with a module of the room `robot`."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile
        if int(fields[1]) == pid and f"ur3_dancer.robot.{module}".encode() in command:
            return int(path.parent.name)
    raise RobotError(f"process {pid} has no child ur3_dancer.robot.{module}")
