"""Says one word to a running node, from any shell: to the driver, or the cue to the microphone."""

import os

import rclpy
from rclpy.context import Context
from rclpy.exceptions import InvalidServiceNameException, NameValidationException
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError, RobotError

FIND_S = 5.0
ANSWER_S = 40.0
"""A hand-over or a new connection may take the driver this long."""

_SLICE_S = 0.1  # Ctrl-C is noticed in between


def say(
    node_name: str,
    word: str,
    namespace: str = "/",
    find_s: float = FIND_S,
    answer_s: float = ANSWER_S,
) -> str:
    """Call a node's service `word` and return its answer.

    Args:
        node_name: for instance `driver`.
        word: name of a std_srvs/Trigger service of that node.
        namespace: the node's.
        find_s: how long to look for the node.
        answer_s: how long to wait for its answer.

    Raises:
        ConfigError: the namespace is no ROS name.
        RobotError: no such node is there, it does not answer, or it refuses; the text says which.
    """
    service = "/".join(filter(None, ("", *namespace.split("/"), node_name, word)))
    service = f"/{service.lstrip('/')}"
    context = Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor(context=context)
    try:
        node = rclpy.create_node(f"say_{word}_{os.getpid()}", context=context, enable_rosout=False)
        executor.add_node(node)
        return _call(node, executor, node_name, service, find_s, answer_s)
    except (InvalidServiceNameException, NameValidationException) as error:
        raise ConfigError(
            f"namespace {namespace!r} is no ROS name ({str(error).splitlines()[0]}): use letters, "
            "digits, underscores and slashes"
        ) from error
    finally:
        executor.shutdown()
        context.try_shutdown()


def _call(node, executor, node_name: str, service: str, find_s: float, answer_s: float) -> str:
    client = node.create_client(Trigger, service)
    clock = SystemClock()
    if not client.wait_for_service(find_s):
        domain = os.environ.get("ROS_DOMAIN_ID") or "0"
        raise RobotError(
            f"no {node_name} at {service} within {find_s:g} s: is it running, in this "
            f"namespace and in ROS_DOMAIN_ID {domain}? If the arm moves, press its emergency stop"
        )
    answer = client.call_async(Trigger.Request())
    deadline_s = clock.now_s() + answer_s
    while not answer.done():
        if clock.now_s() >= deadline_s:
            raise RobotError(
                f"{service} gave no answer within {answer_s:g} s: if the arm moves, press its "
                f"emergency stop; then end the {node_name} and start it anew"
            )
        executor.spin_until_future_complete(answer, _SLICE_S)
    if not answer.result().success:
        raise RobotError(f"the {node_name} refused: {answer.result().message}")
    return answer.result().message
