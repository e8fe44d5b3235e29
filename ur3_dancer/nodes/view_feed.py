"""Hears a running performance for a view, and passes a person's words back to the driver.

    python -m ur3_dancer.nodes.view_feed --namespace /

Lines of JSON go to standard output (their form is stated in `stage/view/performance.py`), and come
from standard input: `{"say": "stop"}`, `{"set": {"node": "driver", "name": "amplitude", "value":
0.5}}`. The process ends when its input does. It is no part of the chain: it takes the newest
message of each topic thirty times a second and drops the rest, and nobody waits for it.
"""

import argparse
import base64
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.nodes.chunk_reader import read_chunk
from ur3_dancer.nodes.messages import from_stamp
from ur3_dancer.nodes.parameters import NODES
from ur3_dancer.nodes.runtime import BEST_EFFORT, LATCHED

RATE_HZ = 30.0
WORDS = ("start", "stop", "reset", "home")
_TOPICS = 5 + len(NODES)


class ViewFeed:
    """Subscriptions whose newest messages are gathered into one line."""

    def __init__(self, node, emit: Callable[[dict], None]):
        """Listen.

        Args:
            node: of rclpy, in the performance's namespace.
            emit: receives each line as a dictionary.
        """
        self._node = node
        self._emit = emit
        self._news: dict = {}
        self._prefix = node.get_namespace().rstrip("/") + "/"
        node.create_subscription(JointState, "joint_states", self._hear_joints, BEST_EFFORT)
        node.create_subscription(
            JointTrajectory, "dance/trajectory", self._hear_chunk, BEST_EFFORT, raw=True
        )
        node.create_subscription(Image, "music/window", self._hear_window, BEST_EFFORT)
        node.create_subscription(Float64MultiArray, "music/beat", self._hear_beat, BEST_EFFORT)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._hear_figures, 10)
        for name in NODES:
            hear = partial(self._hear_state, name)
            node.create_subscription(String, f"{name}/state", hear, LATCHED)
        self._words = {word: node.create_client(Trigger, f"driver/{word}") for word in WORDS}
        self._settings = {
            name: node.create_client(SetParameters, f"{name}/set_parameters") for name in NODES
        }

    def flush(self) -> None:
        """Emit what has been heard since the last time."""
        news, self._news = self._news, {}
        if news:
            self._emit(news)

    def request(self, request: dict) -> None:
        """Pass on what a person asked for; the answer is emitted when it comes."""
        if "say" in request:
            word = request["say"]
            self._call(word, self._words[word], Trigger.Request(), _trigger_answer)
            return
        wanted = request["set"]
        value = ParameterValue(
            type=ParameterType.PARAMETER_DOUBLE, double_value=float(wanted["value"])
        )
        self._call(
            f"{wanted['node']}.{wanted['name']}",
            self._settings[wanted["node"]],
            SetParameters.Request(parameters=[Parameter(name=wanted["name"], value=value)]),
            _parameter_answer,
        )

    def _call(self, what: str, client, request, read: Callable) -> None:
        def done(future) -> None:
            success, text = read(future.result())
            self._answer(what, success, text)

        if client.service_is_ready():
            client.call_async(request).add_done_callback(done)
        else:
            self._answer(what, False, f"no node offers {client.srv_name}: is the driver running?")

    def _answer(self, word: str, success: bool, text: str) -> None:
        self._emit({"answer": {"word": word, "success": success, "text": text}})

    # What is heard --------------------------------------------------------------------------

    def _hear_joints(self, message: JointState) -> None:
        angles = dict(zip(message.name, message.position, strict=False))
        speeds = dict(zip(message.name, message.velocity, strict=False))
        if set(JOINTS) <= set(angles):
            self._news["joints"] = {
                "q": [angles[name] for name in JOINTS],
                "dq": [speeds.get(name, 0.0) for name in JOINTS],
                "time_s": from_stamp(message.header.stamp),
            }

    def _hear_chunk(self, message: bytes) -> None:
        try:
            chunk = read_chunk(message)
        except ConfigError as error:
            # The driver refuses it and says so where people look; here it is only not drawn.
            self._node.get_logger().debug(f"chunk not shown: {error}")
            return
        self._news["chunk"] = {
            "q": chunk.targets_rad.round(4).tolist(),
            "start_s": chunk.start_s,
            "step_s": chunk.step_s,
        }

    def _hear_window(self, image: Image) -> None:
        newest = image.data[-4 * image.width :]
        if image.encoding == "32FC1" and image.width and len(newest) == 4 * image.width:
            self._news["frame"] = {
                "features": base64.b64encode(newest).decode(),
                "time_s": from_stamp(image.header.stamp),
            }

    def _hear_beat(self, message: Float64MultiArray) -> None:
        self._news["beat"] = list(message.data)

    def _hear_state(self, node: str, message: String) -> None:
        self._news.setdefault("states", {})[node] = message.data

    def _hear_figures(self, message: DiagnosticArray) -> None:
        for status in message.status:
            node = status.name.removeprefix(self._prefix)
            if status.name.startswith(self._prefix) and node in NODES:
                figures = {value.key: value.value for value in status.values}
                self._news.setdefault("figures", {})[node] = figures
                # A listener that came late has missed no state: it is said here once a second.
                self._news.setdefault("states", {}).setdefault(node, status.message)


def _trigger_answer(response: Trigger.Response) -> tuple[bool, str]:
    return response.success, response.message


def _parameter_answer(response: SetParameters.Response) -> tuple[bool, str]:
    (result,) = response.results
    return result.successful, result.reason


def _read_requests(requests: queue.SimpleQueue) -> None:
    """Queue each line of standard input; None at its end."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    requests.put(None)


def _emit(news: dict) -> None:
    sys.stdout.write(json.dumps(news, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _hear(feed: ViewFeed, executor: SingleThreadedExecutor, requests: queue.SimpleQueue) -> None:
    """Until standard input ends: hear, pass on, say."""
    clock = SystemClock()
    due_s = clock.now_s()
    while True:
        due_s = max(due_s + 1.0 / RATE_HZ, clock.now_s())
        clock.sleep_until_s(due_s)
        while not requests.empty():
            request = requests.get()
            if request is None:
                return
            feed.request(request)
        # One turn serves one message: those of each topic, and the answers to a few words.
        for _ in range(_TOPICS + len(WORDS)):
            executor.spin_once(timeout_sec=0.0)
        feed.flush()


def main(args: list[str] | None = None) -> int:
    """Feed a view until it leaves."""
    parser = argparse.ArgumentParser(description="Feed a view with what a performance says.")
    parser.add_argument("--namespace", default="/", help="ROS namespace of the nodes")
    namespace = parser.parse_args(args).namespace
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a view that ends closes standard input
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node(f"view_feed_{os.getpid()}", namespace=namespace)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    requests: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    try:
        _hear(ViewFeed(node, _emit), executor, requests)
    except (BrokenPipeError, ExternalShutdownException):
        # Whoever read this is gone: there is nobody left to tell.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - lives until exit, which flushes
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
