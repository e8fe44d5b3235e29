"""Listens to the nodes' diagnostics, for whoever shows a performance to a person."""

import threading

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions


class Monitor:
    """The latest diagnostics of each node, gathered on a thread of its own."""

    def __init__(self, namespace: str = "/"):
        """Join the ROS graph; signals stay with the caller."""
        self._prefix = namespace.rstrip("/") + "/"
        self._latest: dict[str, dict[str, str]] = {}
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        self._node = rclpy.create_node("live_monitor", namespace=namespace)
        self._node.create_subscription(DiagnosticArray, "/diagnostics", self._take, 10)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._spin, name="monitor", daemon=True)
        self._thread.start()

    def figures(self, node: str) -> dict[str, str]:
        """Return a node's latest figures, with its state under `state`; empty before the first."""
        return self._latest.get(node, {})

    def forget(self) -> None:
        """Forget what was heard: other nodes of the same names come now."""
        self._latest.clear()

    def close(self) -> None:
        """Leave the ROS graph."""
        rclpy.try_shutdown()
        self._thread.join(timeout=2.0)

    def _take(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.startswith(self._prefix):
                figures = {value.key: value.value for value in status.values}
                self._latest[status.name[len(self._prefix) :]] = {
                    **figures,
                    "state": status.message,
                }

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except ExternalShutdownException:
            return  # close() shut the context down
