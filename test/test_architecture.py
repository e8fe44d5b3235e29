"""The house's import rules, read from the source: which room may know what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "ur3_dancer"
ROOMS = ("music", "dance", "motion", "robot")
MESSAGES = {
    "builtin_interfaces",
    "diagnostic_msgs",
    "lifecycle_msgs",
    "rcl_interfaces",
    "sensor_msgs",
    "std_msgs",
    "std_srvs",
    "trajectory_msgs",
}
FORBIDDEN = {  # room or layer: what it must not import
    "music": {"torch", "rclpy", *MESSAGES},
    "dance": {"rclpy", *MESSAGES},
    "motion": {"torch", "rclpy", *MESSAGES},
    "robot": {"torch", "rclpy", *MESSAGES},
    "learning": {"rclpy", *MESSAGES},
    "stage": {"rclpy", *MESSAGES},
    "cli": {"rclpy", *MESSAGES},
}
HOMES = {  # library: the only file that may import it
    "numba": "music/compiling.py",
    "sounddevice": "music/portaudio.py",
    "rtde_control": "robot/rtde_arm.py",
    "rtde_receive": "robot/rtde_arm.py",
}
SIDE_BY_SIDE = ("nodes", "learning", "stage")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports anywhere, functions included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def layers_imported(path: Path) -> set[str]:
    dotted = (name.split(".") for name in imports(path))
    return {parts[1] for parts in dotted if parts[0] == "ur3_dancer" and len(parts) > 1}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_when_module_is_read_expect_only_allowed_imports(path):
    top = {name.split(".")[0] for name in imports(path)}
    assert not top & FORBIDDEN.get(layer(path), set())
    for library, home in HOMES.items():
        assert library not in top or str(path.relative_to(PACKAGE)) == home
    if layer(path) in ROOMS:
        ahead = {*ROOMS[ROOMS.index(layer(path)) + 1 :], *SIDE_BY_SIDE, "cli"}
        assert not layers_imported(path) & ahead, "arrows look back only"
    if layer(path) in SIDE_BY_SIDE:
        beside = set(SIDE_BY_SIDE) - {layer(path)}
        assert not layers_imported(path) & (beside | {"cli"})


def test_when_time_is_needed_expect_the_injected_clock():
    for path in modules():
        if layer(path) in ROOMS:
            assert "time" not in imports(path), f"{path}: ask the Clock"
        assert "time.time()" not in path.read_text(), f"{path}: wall-clock time"


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("ur3_dancer.nodes.driver", {"torch", "librosa", "numba"}),
        ("ur3_dancer.nodes.microphone", {"torch", "rtde_control"}),
        ("ur3_dancer.nodes.inference", {"librosa", "numba", "rtde_control", "sounddevice"}),
        ("ur3_dancer.cli.main", {"numpy", "torch", "rclpy", "librosa", "scipy", "numba"}),
    ],
)
def test_when_a_process_starts_expect_it_loads_only_its_own_libraries(module, forbidden):
    code = f"import sys, {module} as m; getattr(m, 'build_parser', int)(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not forbidden & set(loaded)
