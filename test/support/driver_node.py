"""The driver node as a process, and a ROS side to speak with it."""

import json
import signal
import subprocess
import sys
import threading
import time

import rclpy
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue, SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from support.live import environment, free_host
from support.rig import STEP_S, chunk_of, swing
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.nodes.messages import chunk_to_trajectory

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


class DriverNode:
    """`python -m ur3_dancer.nodes.driver` in a ROS domain and on an address of its own."""

    def __init__(self, folder, **parameters):
        self.folder = folder
        self.env = {**environment(folder), "RCUTILS_CONSOLE_OUTPUT_FORMAT": "{severity}|{message}"}
        self.host = parameters.pop("controller_host", None) or free_host()
        self.log_path, self.referee_path = folder / "log", folder / "referee.json"
        self.report_path = folder / "report.json"
        given = {
            "controller_host": self.host,
            "referee_file": self.referee_path,
            "report_file": self.report_path,
            **parameters,
        }
        command = [sys.executable, "-m", "ur3_dancer.nodes.driver", "--ros-args"]
        for name, value in given.items():
            text = str(value).lower() if isinstance(value, bool) else value
            command += ["-p", f"{name}:={text}"]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def end(self, timeout_s: float = 30.0) -> int:
        """Ctrl-C, and the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout_s)

    def referee(self) -> dict:
        return json.loads(self.referee_path.read_text())


class Stage:
    """Another node of the same domain: hears what the driver says, sends chunks, calls services."""

    def __init__(self, driver: DriverNode):
        self.config = load_arm_config("ur3")
        self.poses = swing(self.config)
        self.states, self.joints, self.commands = [], [], []
        self.context = rclpy.Context()
        rclpy.init(
            args=[],
            context=self.context,
            domain_id=int(driver.env["ROS_DOMAIN_ID"]),
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = rclpy.create_node("stage", context=self.context)
        node = self.node
        node.create_subscription(
            String, "/driver/state", lambda m: self.states.append(m.data), LATCHED
        )
        node.create_subscription(JointState, "/joint_states", self.joints.append, 10)
        node.create_subscription(JointState, "/driver/command", self.commands.append, 10)
        self.chunks = node.create_publisher(JointTrajectory, "/dance/trajectory", BEST_EFFORT)
        self._clients = {
            word: node.create_client(Trigger, f"/driver/{word}")
            for word in ("start", "stop", "reset", "home")
        }
        self._settings = node.create_client(SetParameters, "/driver/set_parameters")
        self._executor = SingleThreadedExecutor(context=self.context)
        self._executor.add_node(node)
        self._ended = threading.Event()
        self.feeding = threading.Event()
        self._threads = [
            threading.Thread(target=self._spin, daemon=True),
            threading.Thread(target=self._feed, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def say(self, word: str) -> Trigger.Response:
        assert self._clients[word].wait_for_service(20.0), word
        answer = self._clients[word].call_async(Trigger.Request())
        self.wait_until(answer.done, f"the answer to {word}")
        return answer.result()

    def reset(self) -> None:
        """Reset as soon as the arm is at rest; before that the driver refuses."""
        self.wait_until(lambda: self.say("reset").success, "leave to reset")

    def set_parameter(self, name: str, value: float) -> SetParametersResult:
        assert self._settings.wait_for_service(20.0)
        given = ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=value)
        request = SetParameters.Request(parameters=[Parameter(name=name, value=given)])
        answer = self._settings.call_async(request)
        self.wait_until(answer.done, f"the answer to {name}")
        return answer.result().results[0]

    def wait_for_state(self, text: str) -> str:
        self.wait_until(lambda: self.states and text in self.states[-1], f"state {text}")
        return self.states[-1]

    def wait_until(self, condition, what: str, timeout_s: float = 25.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline_s, f"{what} never came; states {self.states}"
            time.sleep(0.01)

    def message(self, start_s: float | None = None) -> JointTrajectory:
        """Return a good chunk."""
        start_s = time.monotonic() - 0.03 if start_s is None else start_s
        return chunk_to_trajectory(chunk_of(self.poses, start_s))

    def motion_rad(self, seconds: float = 0.4) -> float:
        """Return how far joints move at most within the next `seconds`."""
        first = len(self.joints)
        time.sleep(seconds)
        poses = [message.position for message in self.joints[first:]]
        assert len(poses) > 5, "joint_states is silent"
        return max(max(column) - min(column) for column in zip(*poses, strict=True))

    def close(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._executor.shutdown()
        self.context.try_shutdown()

    def _spin(self) -> None:
        while not self._ended.is_set():
            self._executor.spin_once(0.05)

    def _feed(self) -> None:
        while not self._ended.wait(STEP_S):
            if self.feeding.is_set():
                self.chunks.publish(self.message())


def shell(env: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    """Run `ur3-dancer` with these words, as another terminal would."""
    return subprocess.run(
        [sys.executable, "-m", "ur3_dancer.cli.main", *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
