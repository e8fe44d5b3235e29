"""How every node lives and ends: autostart, signals, a lost parent, and always a halt at the end.

rclpy's own signal handlers invalidate the context before a node can send its last word; a halt
published afterwards fails. So the handlers here only set a flag, and the order of shutting down
is: halt, destroy, shut down the context, and only then stop caring about signals.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from std_msgs.msg import String

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError, DancerError
from ur3_dancer.nodes.instance_lock import InstanceLock
from ur3_dancer.nodes.messages import to_stamp
from ur3_dancer.nodes.parameters import NODES, Parameter

BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LATENCIES_KEPT = 36_000
"""Ten minutes at 60 Hz shape the percentiles; the maximum is of all."""
_SPIN_S = 0.05
_DIAGNOSTICS_PERIOD_S = 1.0
EXIT_ERROR = 2


class DancerNode(LifecycleNode):
    """A life-cycle node whose work can be halted at any moment.

    A subclass implements `setup` (configure: may raise `DancerError`; ends in *inactive*),
    `begin` (activate; ends in *active*), `halt` (deactivate: back to *inactive*, at rest) and
    `teardown` (clean-up: *unconfigured*), and `diagnose`, `report`. A `DancerError` in setup or
    begin leaves the node in the state it came from, with the message on `~/state` and in the log.

    Attributes:
        finished: set when the node has nothing more to do; the process then ends.
        errors: what went wrong, in the words the user saw.
    """

    def __init__(self, name: str):
        super().__init__(name)
        self.clock = SystemClock()
        self.finished = False
        self.errors: list[str] = []
        self._working = False
        self._state_text = ""
        self._table = {parameter.name: parameter for parameter in NODES[name]}
        for parameter in self._table.values():
            self._declare(parameter)
        self.add_on_set_parameters_callback(self._set)
        self._lock = InstanceLock(self.get_fully_qualified_name())
        self._state_publisher = self.create_publisher(String, "~/state", LATCHED)
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self.publish_diagnostics)

    # What a node of this project provides ---------------------------------------------------

    def setup(self) -> None:
        """Take resources; nothing moves or sounds yet."""

    def begin(self) -> None:
        """Start working."""

    def halt(self) -> None:
        """Stop working and come to rest; harmless when already at rest."""

    def teardown(self) -> None:
        """Give resources back; harmless when there are none."""

    def change(self, name: str, value) -> None:
        """Take a settable parameter's new value, which is in range; `DancerError` refuses it."""

    def diagnose(self) -> dict[str, object]:
        """Return the figures of `/diagnostics`."""
        return {}

    def report(self) -> dict:
        """Return this node's part of the report."""
        return {}

    # Helpers for nodes ----------------------------------------------------------------------

    def value(self, name: str):
        """Return a parameter's value."""
        return self.get_parameter(name).value

    def say_state(self, state: str, reason: str = "") -> bool:
        """Publish `state: reason` on the latched `~/state`; return whether that is news."""
        text = f"{state}: {reason}" if reason else state
        if text == self._state_text:
            return False
        self._state_text = text
        self._state_publisher.publish(String(data=text))
        self.publish_diagnostics()
        self.get_logger().info(text)
        return True

    def fail(self, error: DancerError | str) -> None:
        """Say what went wrong, keep it for the report, and end the process with an error."""
        self.errors.append(str(error))
        self.get_logger().error(str(error))
        self.say_state("error", str(error))
        self.finished = True

    def publish_diagnostics(self) -> None:
        """Publish state and figures for `/diagnostics`."""
        level = DiagnosticStatus.ERROR if self.errors else DiagnosticStatus.OK
        figures = {"working": self._working, **self.diagnose()}
        values = [KeyValue(key=key, value=str(value)) for key, value in figures.items()]
        name = self.get_fully_qualified_name()
        array = DiagnosticArray()
        array.header.stamp = to_stamp(self.clock.now_s())
        array.status = [
            DiagnosticStatus(level=level, name=name, message=self._state_text, values=values)
        ]
        self._diagnostics.publish(array)

    # Life cycle -----------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Set up. Success leads to *inactive*, failure back to *unconfigured*."""
        return self._attempt(self.setup, "inactive")

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Begin. Success leads to *active*, failure back to *inactive*."""
        result = self._attempt(self.begin, "active")
        self._working = result is TransitionCallbackReturn.SUCCESS
        self.publish_diagnostics()
        return super().on_activate(state) if self._working else result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Come to rest. Leads to *inactive*."""
        self._working = False
        self._attempt(self.halt, "inactive")
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give resources back. Leads to *unconfigured*."""
        return self._attempt(self.teardown, "unconfigured")

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Come to rest from any state. Leads to *finalized*."""
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def close(self) -> None:
        """Halt, write the report and give resources back; called once at the end."""
        try:
            self.halt()
        finally:
            self._write_report()
            self.teardown()
            self._lock.release()

    def autostart(self) -> None:
        """Configure and activate, unless a life-cycle manager is to do it."""
        if not self.value("autostart"):
            self.say_state("unconfigured", "waiting for a life-cycle manager")
            return
        for trigger in (self.trigger_configure, self.trigger_activate):
            if trigger() is not TransitionCallbackReturn.SUCCESS:
                self.finished = True
                return

    def _attempt(self, action, state: str) -> TransitionCallbackReturn:
        try:
            action()
        except DancerError as error:
            self.errors.append(str(error))
            self.get_logger().error(str(error))
            self.say_state("error", str(error))
            return TransitionCallbackReturn.FAILURE
        self.say_state(state)
        return TransitionCallbackReturn.SUCCESS

    def _set(self, wanted: list) -> SetParametersResult:
        """Check and hand on settable parameters; the others ROS itself refuses to set."""
        table = self._table
        try:
            for parameter in wanted:
                if parameter.name in table:
                    value = table[parameter.name].check(parameter.value)
                    self.change(parameter.name, value)
        except DancerError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _declare(self, parameter: Parameter) -> None:
        """Declare with description and range; a value out of range is the user's error."""
        descriptor = ParameterDescriptor(
            description=parameter.description, read_only=not parameter.settable
        )
        bounds = {"from_value": parameter.lower, "to_value": parameter.upper}
        if type(parameter.default) is float and parameter.lower is not None:
            descriptor.floating_point_range = [FloatingPointRange(**bounds)]
        elif type(parameter.default) is int and parameter.lower is not None:
            bounds = {key: int(bound) for key, bound in bounds.items()}
            descriptor.integer_range = [IntegerRange(**bounds)]
        try:
            declared = self.declare_parameter(parameter.name, parameter.default, descriptor)
        except ParameterException as error:
            raise ConfigError(f"{self.get_name()}.{parameter.name}: {error}") from error
        try:
            parameter.check(declared.value)
        except ConfigError as error:
            raise ConfigError(f"{self.get_name()}.{error}") from error

    def _write_report(self) -> None:
        path = self.value("report_file")
        if not path:
            return
        part = Path(f"{path}.part")
        try:
            part.write_text(json.dumps({**self.report(), "errors": self.errors}))
            part.replace(path)
        except OSError as error:
            self.errors.append(f"report {path} could not be written: {error}: choose another file")
            self.get_logger().error(self.errors[-1])


def run(node_type: type[DancerNode], args: list[str] | None = None) -> int:
    """Run one node until a signal, its own end, or its parent's death; return the exit status."""
    stop: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: stop.append(received))
    parent = os.getppid()
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = node_type()
    except DancerError as error:
        print(f"error: {error}", file=sys.stderr)
        rclpy.try_shutdown()
        return EXIT_ERROR
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        node.autostart()
        watch_parent = node.value("exit_with_parent")
        while rclpy.ok() and not stop and not node.finished:
            executor.spin_once(timeout_sec=_SPIN_S)
            if watch_parent and os.getppid() != parent:
                node.get_logger().warning("the process that started this node is gone: ending")
                break
    except ExternalShutdownException:
        node.get_logger().info("the ROS context was shut down: ending")
    except Exception:
        # A defect of ours: it goes to the log in full, and the arm still gets its halt below.
        node.errors.append(traceback.format_exc(limit=1).strip().splitlines()[-1])
        node.get_logger().error(traceback.format_exc())
    finally:
        node.close()
        node.publish_diagnostics()
        executor.shutdown()
        failed = bool(node.errors)
        node.destroy_node()
        rclpy.try_shutdown()
        # A second Ctrl-C from here on has nothing left to stop.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    return EXIT_ERROR if failed else 0
