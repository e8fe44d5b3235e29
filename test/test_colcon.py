"""colcon builds the package, and its executables run from the install space."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.sources import copy_of_sources

pytest.importorskip("colcon_ros", reason="colcon is not installed: pip install .[test]")
pytest.importorskip("rclpy", reason="ROS 2 is not installed")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--symlink-install",)], ids=["plain", "symlink"])
def test_when_built_by_colcon_expect_nodes_that_find_their_files(tmp_path, options):
    copy_of_sources(tmp_path / "src/ur3_dancer")
    command = [sys.executable, "-m", "colcon", "build"]
    environment = {**os.environ, "COLCON_HOME": str(tmp_path), "COLCON_LOG_LEVEL": "error"}
    subprocess.run([*command, *options], cwd=tmp_path, env=environment, check=True)
    prefix = tmp_path / "install/ur3_dancer"
    assert (prefix / "share/ament_index/resource_index/packages/ur3_dancer").is_file()
    assert (prefix / "share/ur3_dancer/launch/live.launch.py").is_file()
    for node in ("microphone", "inference", "driver"):
        assert os.access(prefix / f"lib/ur3_dancer/{node}_node", os.X_OK)
    code = "from ur3_dancer.resources import find; print(find('config/live.yaml'))"
    installed = _run_sourced(tmp_path, sys.executable, "-c", code)
    assert Path(installed.stdout.strip()).is_relative_to(tmp_path), installed.stderr
    parameters = ("--ros-args", "-p", "audio:=/no/such/song.ogg")
    refused = _run_sourced(tmp_path, prefix / "lib/ur3_dancer/microphone_node", *parameters)
    assert refused.returncode == 2
    assert "/no/such/song.ogg" in refused.stdout + refused.stderr


def _run_sourced(workspace: Path, *command) -> subprocess.CompletedProcess:
    """Run as a person does after `source install/local_setup.sh`."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment = {**inherited, "ROS_LOG_DIR": str(workspace), "ROS_DOMAIN_ID": "99"}
    return subprocess.run(
        ["sh", "-c", '. ./local_setup.sh && exec "$@"', "sh", *map(str, command)],
        cwd=workspace / "install",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
