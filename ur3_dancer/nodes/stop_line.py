"""A line of its own for `~/stop`: nothing else that a node does can delay it.

A node's callbacks wait for each other: a stop would wait behind a start, which hands the arm over
and may take seconds. So the service belongs to a small node beside it, with an executor and a
thread of its own. Rejected: a multi-threaded executor, which costs the 60 chunks a second a third
more processor time for the sake of one service.
"""

import threading
from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from std_srvs.srv import Trigger

_LOOK_S = 0.25
"""How often it looks whether it was closed; a call wakes it at once."""

Serve = Callable[[Trigger.Request, Trigger.Response], Trigger.Response]


class StopLine:
    """Answers a node's `~/stop` from its making until `close`."""

    def __init__(self, owner: Node, serve: Serve):
        """Open the line.

        Args:
            owner: the node whose `~/stop` this is; the helper is called `<owner>_stop`.
            serve: fills the answer; called on the line's thread, so it must not wait.
        """
        # Without the process's arguments: a renamed owner would rename its helper to the same name.
        self._node = rclpy.create_node(
            f"{owner.get_name()}_stop",
            context=owner.context,
            namespace=owner.get_namespace(),
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._node.create_service(Trigger, f"{owner.get_fully_qualified_name()}/stop", serve)
        self._executor = SingleThreadedExecutor(context=owner.context)
        self._executor.add_node(self._node)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._spin, name="stop", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the line; safe to call twice."""
        # The thread ends before anything that it waits on is destroyed.
        self._closed.set()
        self._thread.join()
        self._executor.shutdown()
        self._node.destroy_node()

    def _spin(self) -> None:
        try:
            while not self._closed.is_set():
                self._executor.spin_once(_LOOK_S)
        except ExternalShutdownException:
            return  # the context is gone, and the process with it
