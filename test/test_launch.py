"""live.launch.py with ROS's own launch, from a colcon workspace."""

import os
import signal
import subprocess
import sys

import pytest
import yaml
from support.live import environment, free_host
from support.sources import ROOT, copy_of_sources

for _module in ("launch", "launch_ros", "colcon_ros", "rclpy"):
    pytest.importorskip(_module, reason=f"{_module} is not installed here (ROS 2 has it by apt)")

_LAUNCH = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

arguments = [tuple(argument.split(":=")) for argument in sys.argv[2:]]
source = PythonLaunchDescriptionSource(sys.argv[1])
service = LaunchService()
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(source, launch_arguments=arguments)])
)
sys.exit(service.run())
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    copy_of_sources(folder / "src/ur3_dancer")
    subprocess.run([sys.executable, "-m", "colcon", "build"], cwd=folder, check=True)
    return folder


def launch(workspace, folder, *arguments: str) -> subprocess.Popen:
    script = folder / "launch_it.py"
    script.write_text(_LAUNCH)
    launch_file = workspace / "install/ur3_dancer/share/ur3_dancer/launch/live.launch.py"
    command = [sys.executable, script, launch_file, *arguments]
    return subprocess.Popen(
        ["sh", "-c", '. ./local_setup.sh && exec "$@"', "sh", *map(str, command)],
        cwd=workspace / "install",
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_when_launched_expect_a_dance_in_the_namespace_and_rest_on_ctrl_c(workspace, tmp_path):
    config = yaml.safe_load((ROOT / "config/live.yaml").read_text())
    config["/**/driver"]["ros__parameters"]["controller_host"] = free_host()
    path = tmp_path / "live.yaml"
    path.write_text(yaml.safe_dump(config))
    arguments = (f"config:={path}", "audio:=demo", "model:=groove", "namespace:=stage")
    performance = launch(workspace, tmp_path, *arguments)
    output = ""
    for line in performance.stdout:
        output += line
        if "DANCING" in line:
            assert "[stage.driver]" in line
            break
    os.kill(performance.pid, signal.SIGINT)
    rest, _ = performance.communicate(timeout=40)
    output += rest
    assert "DANCING" in output, output
    for node in ("microphone", "inference", "driver"):
        assert f"[{node}_node-" in output
        assert "process has died" not in output
        assert "process has finished cleanly" in output


@pytest.mark.slow
def test_when_an_argument_is_wrong_expect_its_error_and_no_node(workspace, tmp_path):
    performance = launch(workspace, tmp_path, "amplitude:=7")
    output, _ = performance.communicate(timeout=40)
    assert performance.returncode != 0
    assert "amplitude is 7.0, out of range" in output
    assert "process started" not in output
