"""Says one word to a running driver: start, stop, reset or home, from any shell."""

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


def call_driver(
    word: str, namespace: str = "/", find_s: float = FIND_S, answer_s: float = ANSWER_S
) -> str:
    """Call the driver's service `word` and return its answer.

    Args:
        word: name of a std_srvs/Trigger service of the driver node.
        namespace: the driver's.
        find_s: how long to look for the driver.
        answer_s: how long to wait for its answer.

    Raises:
        ConfigError: the namespace is no ROS name.
        RobotError: no driver is there, it does not answer, or it refuses; the text says which.
    """
    service = "/".join(filter(None, ("", *namespace.split("/"), "driver", word)))
    service = f"/{service.lstrip('/')}"
    context = Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    executor = SingleThreadedExecutor(context=context)
    try:
        node = rclpy.create_node(f"say_{word}_{os.getpid()}", context=context)
        executor.add_node(node)
        return _call(node, executor, service, find_s, answer_s)
    except (InvalidServiceNameException, NameValidationException) as error:
        raise ConfigError(
            f"namespace {namespace!r} is no ROS name ({str(error).splitlines()[0]}): use letters, "
            "digits, underscores and slashes"
        ) from error
    finally:
        executor.shutdown()
        context.try_shutdown()


def _call(node, executor, service: str, find_s: float, answer_s: float) -> str:
    client = node.create_client(Trigger, service)
    clock = SystemClock()
    if not client.wait_for_service(find_s):
        domain = os.environ.get("ROS_DOMAIN_ID") or "0"
        raise RobotError(
            f"no driver at {service} within {find_s:g} s: is it running, in this namespace and in "
            f"ROS_DOMAIN_ID {domain}? If the arm moves, press its emergency stop"
        )
    answer = client.call_async(Trigger.Request())
    deadline_s = clock.now_s() + answer_s
    while not answer.done():
        if clock.now_s() >= deadline_s:
            raise RobotError(
                f"{service} gave no answer within {answer_s:g} s: if the arm moves, press its "
                "emergency stop; then end the driver and start it anew"
            )
        executor.spin_until_future_complete(answer, _SLICE_S)
    if not answer.result().success:
        raise RobotError(f"the driver refused: {answer.result().message}")
    return answer.result().message
