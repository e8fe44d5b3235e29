"""A stop is answered while everything else waits."""

import threading

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger
from support.live import own_settings

from ur3_dancer.nodes.stop_line import StopLine

LONG_S = 30.0


@pytest.fixture
def context(tmp_path):
    context = rclpy.Context()
    rclpy.init(
        args=["--ros-args", "-r", "__node:=renamed"],
        context=context,
        domain_id=int(own_settings(tmp_path)["ROS_DOMAIN_ID"]),
        signal_handler_options=SignalHandlerOptions.NO,
    )
    yield context
    context.try_shutdown()


def test_when_the_node_is_busy_with_a_start_expect_the_stop_answered_all_the_same(context):
    begun, released = threading.Event(), threading.Event()
    owner = rclpy.create_node("driver", context=context, namespace="/stage")

    def start(_, response):
        begun.set()
        released.wait(LONG_S)
        response.success = True
        return response

    def stop(_, response):
        response.success, response.message = not released.is_set(), "while the start waits"
        return response

    owner.create_service(Trigger, "~/start", start)
    line = StopLine(owner, stop)
    busy = SingleThreadedExecutor(context=context)
    busy.add_node(owner)
    spinning = threading.Thread(target=busy.spin, daemon=True)
    spinning.start()
    person = rclpy.create_node("person", context=context, use_global_arguments=False)
    calls = SingleThreadedExecutor(context=context)
    calls.add_node(person)
    try:
        assert owner.get_fully_qualified_name() == "/stage/renamed"
        starting = _call(person, "/stage/renamed/start")
        while not begun.is_set():
            calls.spin_once(0.05)
        stopping = _call(person, "/stage/renamed/stop")
        calls.spin_until_future_complete(stopping, LONG_S)
        assert stopping.result().success, "answered only after the start had ended"
        assert not starting.done()
    finally:
        released.set()
        line.close()
        line.close()
        busy.shutdown()
        spinning.join()


def _call(node, service):
    client = node.create_client(Trigger, service)
    assert client.wait_for_service(LONG_S), service
    return client.call_async(Trigger.Request())
