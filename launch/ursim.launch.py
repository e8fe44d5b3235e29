"""The whole chain with Universal Robots' simulator, URSim, which Docker runs.

ros2 launch ur3_dancer ursim.launch.py audio:=demo model:=groove

This is live.launch.py with `robot_ip:=ursim`: every argument of that one may be given here, too.
The driver uses the container of config/ursim/compose.yaml, or starts it; the pendant's screen is at
http://127.0.0.1:6080/vnc.html.
"""

from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription, SetLaunchConfiguration
from launch.launch_description_sources import PythonLaunchDescriptionSource

from ur3_dancer.resources import find


def generate_launch_description() -> LaunchDescription:
    """Include live.launch.py for the simulator."""
    live = PythonLaunchDescriptionSource(str(find("launch/live.launch.py")))
    return LaunchDescription(
        [SetLaunchConfiguration("robot_ip", "ursim"), IncludeLaunchDescription(live)]
    )
