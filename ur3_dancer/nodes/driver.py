"""The driver node: chunks in, an arm that moves; stops are latched."""

import logging
import re
import sys
from collections.abc import Callable
from functools import partial

from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from ur3_dancer.errors import ConfigError, DancerError, RobotError
from ur3_dancer.nodes.chunk_reader import read_chunk
from ur3_dancer.nodes.messages import joint_state
from ur3_dancer.nodes.runtime import BEST_EFFORT, DancerNode, run
from ur3_dancer.nodes.stop_line import StopLine
from ur3_dancer.robot.driver_process import DriverProcess, DriverSetup
from ur3_dancer.robot.driver_settings import DriverSettings
from ur3_dancer.robot.driver_state import State
from ur3_dancer.robot.places import Place

_WATCH_PERIOD_S = 0.05
_FLOOD_PERIOD_S = 0.003


class _ToRos(logging.Handler):
    """Passes on what the rooms log, so that it is seen where a node's words are seen."""

    def __init__(self, logger):
        super().__init__(logging.INFO)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Say it at the same severity."""
        # One call a line: rclpy ties a severity to the place in the source that logs.
        text = self.format(record)
        if record.levelno >= logging.ERROR:
            self._logger.error(text)
        elif record.levelno >= logging.WARNING:
            self._logger.warning(text)
        else:
            self._logger.info(text)


class DriverNode(DancerNode):
    """Thin: the driver is a process of its own; this node passes on what it is told."""

    def __init__(self):
        super().__init__("driver")
        rooms = logging.getLogger("ur3_dancer")
        rooms.setLevel(logging.INFO)
        rooms.addHandler(_ToRos(self.get_logger()))
        self._place: Place | None = None
        self._driver: DriverProcess | None = None
        self._subscription = None
        self._dancing_since_s: float | None = None
        self._refused_text = ""
        self._played_s = 0.0
        self._joints = self.create_publisher(JointState, "joint_states", 10)
        self._commands = self.create_publisher(JointState, "~/command", 10)
        acts = {"start": self._start, "reset": self._reset, "home": self._home}
        for name, act in acts.items():
            self.create_service(Trigger, f"~/{name}", partial(self._serve, act))
        self._stop_line = StopLine(self, partial(self._serve, self._stop))
        self.create_timer(1.0 / self.value("joint_state_rate_hz"), self._publish_joints)
        self.create_timer(_WATCH_PERIOD_S, self._watch_driver)

    def setup(self) -> None:
        """Find the arm (or start the embedded one) and connect; nothing moves."""
        arm_delay_s = self.value("arm_delay_s")
        setup = DriverSetup(
            arm=self.value("arm"),
            robot_ip=self.value("robot_ip"),
            simulated_host=self.value("controller_host"),
            allow_motion=self.value("allow_motion"),
            dry_run=self.value("dry_run"),
            settings=DriverSettings(
                amplitude=self.value("amplitude"),
                arm_delay_s=arm_delay_s if arm_delay_s >= 0.0 else None,
                realtime_priority=self.value("realtime_priority"),
                lock_memory=self.value("lock_memory"),
            ),
        )
        self._place = setup.place(self.clock, self.value("referee_file") or None)
        self._place.start()
        driver = DriverProcess(setup, self.clock)
        driver.connect()
        self._driver = driver
        self.get_logger().info(f"connected to {driver.name}")
        # A simulated arm takes no harm from a late set-point: then it is a note, not a warning.
        for refusal in self._driver.refused:
            if self._place.kind == "address":
                self.get_logger().warning(refusal)
            else:
                self.get_logger().info(refusal)

    def begin(self) -> None:
        """Take chunks; go home and dance at once where that is allowed."""
        self._subscription = self.create_subscription(
            JointTrajectory, "dance/trajectory", self._play, BEST_EFFORT, raw=True
        )
        if self.value("start") == "auto" and self._place.kind != "address":
            self._driver.start()
        else:
            self.get_logger().warning("standing still until ~/start is called")

    def halt(self) -> None:
        """Bring the arm to rest: a latched stop, whatever it was doing."""
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None
        if self._driver is not None and self._driver.glance().streaming:
            self._driver.stop("the node was halted")
            self._driver.wait_at_rest(self._driver.stop_time_s + 1.0)

    def teardown(self) -> None:
        """Let go of the arm; end the embedded controller, which writes the referee's counts."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._place is not None:
            self._place.stop()
            self._place = None

    def change(self, name: str, value: float) -> None:
        """Set the amplitude of the dance that goes on; `setup` reads it where none does."""
        if name == "amplitude" and self._driver is not None:
            self._driver.set_amplitude(value)
            self.get_logger().info(f"amplitude {value:g}")

    def diagnose(self) -> dict[str, object]:
        """Return rate, missed periods, ear-to-arm latency and amplitude."""
        if self._driver is None or not self._driver.alive:
            return {}
        report = self._driver.report()
        latency_ms = report["latency_ms"]["ear_to_arm"]["p50"]
        return {
            "rate_hz": round(report["servo"]["rate_hz"], 1),
            "missed": report["servo"]["missed"],
            "ear_to_arm_ms": "" if latency_ms is None else round(latency_ms, 1),
            "chunks_received": report["chunks"]["received"],
            "chunks_refused": report["chunks"]["refused"],
            "amplitude": self._driver.amplitude,
        }

    def report(self) -> dict:
        """Return the driver's figures, and save the trajectory where that is asked."""
        if self._driver is None or not self._driver.alive:
            return {}
        path = self.value("trajectory_file")
        if path:
            try:
                self._driver.save_trajectory(path)
            except OSError as error:
                self.errors.append(f"trajectory {path} could not be written: {error}")
        figures = self._driver.report()
        self.errors.extend(figures.pop("errors"))
        return {**figures, "dancing_since_s": self._dancing_since_s}

    # What people say ------------------------------------------------------------------------

    def _start(self) -> str:
        self._driver.start()
        return "going home, then dancing"

    def _stop(self) -> str:
        self._driver.stop("~/stop was called")
        return "stopping; latched until ~/reset"

    def _reset(self) -> str:
        self._driver.reset()
        return "ready for ~/start or ~/home"

    def _home(self) -> str:
        self._driver.home()
        return "going home"

    def destroy_node(self) -> None:
        """Close the stop's own line last: until then it is answered."""
        self._stop_line.close()
        super().destroy_node()

    def _serve(self, act: Callable[[], str], _, response: Trigger.Response) -> Trigger.Response:
        if self._driver is None:
            response.message = "the node is not configured: configure and activate it first"
            return response
        try:
            response.message = act()
            response.success = True
        except DancerError as error:
            response.message = str(error)
        self.get_logger().info(response.message)
        return response

    # What arrives and what leaves -----------------------------------------------------------

    def _play(self, message: bytes) -> None:
        # A flood is taken slowly, its newest first: the driver's process has other work.
        now_s = self.clock.now_s()
        if now_s - self._played_s < _FLOOD_PERIOD_S:
            self.clock.sleep_until_s(now_s + _FLOOD_PERIOD_S)
        self._played_s = now_s
        try:
            self._driver.submit(read_chunk(message))
            self._refused_text = ""
        except RobotError:
            return  # its process is gone: `_watch_driver` says so, once
        except ConfigError as error:
            # Chunks come 60 times a second: each kind of refusal is said once, not each number.
            kind = re.sub(r"[-+.e\d]+", "#", str(error))
            if kind != self._refused_text:
                self._refused_text = kind
                self.get_logger().warning(f"chunk refused: {error}")

    def _publish_joints(self) -> None:
        if self._driver is None:
            return
        # Nothing is asked that nobody hears.
        wanted = self._joints.get_subscription_count(), self._commands.get_subscription_count()
        if not any(wanted):
            return
        now_s, glance = self.clock.now_s(), self._driver.glance()
        if glance.measured is not None and wanted[0]:
            self._joints.publish(joint_state(glance.measured.q, glance.measured.dq, now_s))
        if glance.sent is not None and glance.streaming and wanted[1]:
            self._commands.publish(joint_state(glance.sent, None, now_s))

    def _watch_driver(self) -> None:
        if self._driver is None:
            return
        status = self._driver.glance().status
        if not self._driver.alive:
            self.fail(status.reason)
            return
        detail = "; ".join(filter(None, (status.reason, status.recovery)))
        if self.say_state(status.state.value, detail) and status.state is State.FAULT:
            self.get_logger().error(detail)
        if status.state is State.DANCING and self._dancing_since_s is None:
            self._dancing_since_s = self.clock.now_s()


def main(args: list[str] | None = None) -> int:
    """Run the driver node."""
    return run(DriverNode, args)


if __name__ == "__main__":
    sys.exit(main())
