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
    installed = _run_installed(
        prefix, tmp_path, "from ur3_dancer import resources as r; print(r.find('config/live.yaml'))"
    )
    assert Path(installed.stdout.strip()).is_relative_to(tmp_path)
    node = prefix / "lib/ur3_dancer/microphone_node"
    parameters = ["--ros-args", "-p", "audio:=/no/such/song.ogg"]
    refused = _run_installed(prefix, tmp_path, None, node, *parameters)
    assert refused.returncode == 2
    assert "/no/such/song.ogg" in refused.stdout + refused.stderr


def _run_installed(prefix: Path, folder: Path, code: str | None, *command):
    """Run with the environment that install/setup.bash gives, and nothing of the working tree."""
    site = next(prefix.glob("lib/python*/site-packages"))
    environment = {
        **os.environ,
        "AMENT_PREFIX_PATH": str(prefix),
        "PYTHONPATH": str(site),
        "ROS_LOG_DIR": str(folder),
        "ROS_DOMAIN_ID": "99",
    }
    return subprocess.run(
        [sys.executable, "-c", code] if code else [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
