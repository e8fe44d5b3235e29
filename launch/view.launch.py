"""RViz beside a running performance: the arm as it stands, and the music as it is heard.

ros2 launch ur3_dancer view.launch.py                        the arm of live.launch.py
ros2 launch ur3_dancer view.launch.py arm:=ur3e namespace:=stage description:=ur_description
"""

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import Command, LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.urdf import urdf
from ur3_dancer.resources import find

ARGUMENTS = {
    "arm": ("ur3", "Arm configuration: ur3, ur3e or a YAML file; its model is shown."),
    "namespace": ("", "ROS namespace of the performance."),
    "description": (
        "auto",
        "Shapes of the arm: ur_description (Universal Robots' meshes), own (cylinders made from "
        "the published parameters), or auto (the first where it is installed).",
    ),
    "rviz": ("true", "Whether to open RViz; false publishes the description and the frames only."),
}
TOPICS = ("robot_description", "joint_states", "music/window")


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments; then start robot_state_publisher and RViz."""
    arguments = [
        DeclareLaunchArgument(name, default_value=value, description=description)
        for name, (value, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes)])


def _nodes(context) -> list:
    values = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    model = load_arm_config(values["arm"]).model
    description = _description(model, values["description"])
    publisher = Node(
        package="robot_state_publisher",
        executable="robot_state_publisher",
        namespace=values["namespace"],
        parameters=[{"robot_description": ParameterValue(description, value_type=str)}],
    )
    rviz = Node(
        package="rviz2",
        executable="rviz2",
        namespace=values["namespace"],
        arguments=["-d", str(find("config/view/dance.rviz"))],
        # The layout names topics from the root; here they belong to the namespace.
        remappings=[(f"/{topic}", topic) for topic in TOPICS],
        # Whoever shows the dance comes after whoever dances.
        prefix="nice -n 10",
    )
    return [publisher, rviz] if values["rviz"] == "true" else [publisher]


def _description(model: str, wanted: str):
    if wanted == "own":
        return urdf(model)
    try:
        share = Path(get_package_share_directory("ur_description"))
    except PackageNotFoundError:
        if wanted == "ur_description":
            raise
        return urdf(model)
    return Command(
        ["xacro ", str(share / "urdf/ur.urdf.xacro"), f" name:={model} ur_type:={model}"]
    )
