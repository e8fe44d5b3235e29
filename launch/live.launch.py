"""Microphone, inference and driver: the whole chain from sound to a dancing arm.

ros2 launch ur3_dancer live.launch.py audio:=demo robot_ip:=embedded
ros2 launch ur3_dancer live.launch.py --show-args      lists every argument
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, EmitEvent, OpaqueFunction, RegisterEventHandler
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode

from ur3_dancer.nodes.parameters import NODES
from ur3_dancer.nodes.settings import compose

# Launch argument: the parameters that it sets. Empty leaves what the parameter file says.
ARGUMENTS = {
    "audio": ("microphone.audio",),
    "device": ("microphone.device",),
    "model": ("inference.model",),
    "arm": ("inference.arm", "driver.arm"),
    "robot_ip": ("driver.robot_ip",),
    "allow_motion": ("driver.allow_motion",),
    "start": ("driver.start",),
    "amplitude": ("driver.amplitude",),
    "rate": ("driver.joint_state_rate_hz",),
}
# The driver brings the arm to rest before it ends; only then may it be killed.
REST_TIMEOUT_S = "15"


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, each with its parameter's own description; then start the nodes."""
    arguments = [
        DeclareLaunchArgument(
            "config", default_value="", description="Parameter file instead of config/live.yaml."
        ),
        DeclareLaunchArgument("namespace", default_value="", description="ROS namespace."),
    ]
    for argument, (setting, *_) in ARGUMENTS.items():
        node, _, name = setting.partition(".")
        parameter = next(p for p in NODES[node] if p.name == name)
        arguments.append(
            DeclareLaunchArgument(argument, default_value="", description=parameter.description)
        )
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes)])


def _nodes(context) -> list:
    values = {
        name: LaunchConfiguration(name).perform(context)
        for name in ("config", "namespace", *ARGUMENTS)
    }
    given = [
        f"{setting}={values[argument]}"
        for argument, settings in ARGUMENTS.items()
        for setting in settings
        if values[argument]
    ]
    config = Path(values["config"]) if values["config"] else None
    path, settings = compose(config, given, lambda line: print(f"warning: {line}"))
    actions = []
    for name, parameters in settings.items():
        node = LifecycleNode(
            package="ur3_dancer",
            executable=f"{name}_node",
            name=name,
            namespace=values["namespace"],
            parameters=[str(path), parameters],
            output="screen",
            sigterm_timeout=REST_TIMEOUT_S,
        )
        # One that ends, by itself or by a fault, ends the performance.
        over = EmitEvent(event=Shutdown(reason=f"{name} ended"))
        actions += [node, RegisterEventHandler(OnProcessExit(target_action=node, on_exit=[over]))]
    return actions
