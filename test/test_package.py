"""What makes it one package: equal versions, and packaged files found however it was installed."""

import ast
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from support.sources import copy_of_sources

import ur3_dancer
from ur3_dancer import resources
from ur3_dancer.errors import ConfigError

ROOT = Path(__file__).parents[1]
FILES = ("config/live.yaml", "config/arm/ur3.yaml", "resource/checkpoints/mdlt-t/model.safetensors")
# Imported module: the rosdep key that package.xml must name. The README's pip line has the rest.
ROSDEP = {
    "PIL": "python3-pil",
    "matplotlib": "python3-matplotlib",
    "numba": "python3-numba",
    "numpy": "python3-numpy",
    "rich": "python3-rich",
    "scipy": "python3-scipy",
    "sounddevice": "python3-sounddevice-pip",
    "soundfile": "python3-soundfile",
    "torch": "python3-torch",
    "tqdm": "python3-tqdm",
    "yaml": "python3-yaml",
}
PIP_ONLY = {
    "librosa": "librosa",
    "ruckig": "ruckig",
    "rtde_control": "ur-rtde",
    "rtde_receive": "ur-rtde",
    "dashboard_client": "ur-rtde",
    "safetensors": "safetensors",
    "mir_eval": "mir_eval",
    "accelerate": "accelerate",
    "transformers": "transformers",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "mamba_ssm": "mamba-ssm",
    "mcap": "mcap",
    "mcap_ros2": "mcap-ros2-support",
    "viser": "viser",
}


def third_party_imports() -> set[str]:
    found = set()
    for folder in ("ur3_dancer", "launch"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found.update(alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"ur3_dancer"}


def test_when_versions_are_read_expect_them_equal():
    package_xml = ElementTree.parse(ROOT / "package.xml").getroot()
    changelog = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert package_xml.findtext("version") == ur3_dancer.__version__ == changelog[1]
    assert "__version__" in (ROOT / "setup.py").read_text(), "setup.py reads the package's version"


def test_when_a_module_is_imported_expect_a_dependency_declared():
    declared = {e.text for e in ElementTree.parse(ROOT / "package.xml").iter("exec_depend")}
    setup, readme = (ROOT / "setup.py").read_text(), (ROOT / "README.md").read_text()
    for module in third_party_imports():
        if module in PIP_ONLY:
            assert PIP_ONLY[module] in setup
            assert PIP_ONLY[module] in readme or module == "mir_eval"
        else:
            assert ROSDEP.get(module, module) in declared, f"package.xml lacks {module}"


def test_when_run_from_the_source_tree_expect_its_files_found():
    for name in FILES:
        assert resources.find(name) == ROOT / name


def test_when_a_file_is_missing_expect_error_with_way_out():
    with pytest.raises(ConfigError, match=r"config/none\.yaml was not found .*make setup"):
        resources.find("config/none.yaml")


@pytest.mark.slow
def test_when_installed_by_plain_pip_expect_files_in_its_prefix(tmp_path):
    python = _virtual_environment(tmp_path / "venv")
    _install(python, copy_of_sources(tmp_path / "clone"))
    for name in FILES:
        found = _find_with(python, name, tmp_path)
        assert found == tmp_path / "venv/share/ur3_dancer" / name


@pytest.mark.slow
def test_when_installed_editable_expect_files_in_the_source_tree(tmp_path):
    python = _virtual_environment(tmp_path / "venv")
    _install(python, "-e", copy_of_sources(tmp_path / "clone"))
    for name in FILES:
        assert _find_with(python, name, tmp_path) == tmp_path / "clone" / name


@pytest.mark.slow
def test_when_in_an_ament_prefix_expect_files_there(tmp_path):
    """The layout that colcon makes: lib/pythonX.Y/site-packages and share under one prefix."""
    prefix = tmp_path / "install/ur3_dancer"
    _install(Path(sys.executable), "--prefix", prefix, copy_of_sources(tmp_path / "clone"))
    site = next(prefix.rglob("ur3_dancer/__init__.py")).parents[1]
    environment = {"AMENT_PREFIX_PATH": str(prefix), "PYTHONPATH": str(site)}
    for name in FILES:
        found = _find_with(Path(sys.executable), name, tmp_path, environment)
        assert found == prefix / "share/ur3_dancer" / name
    assert (prefix / "share/ament_index/resource_index/packages/ur3_dancer").is_file()
    assert (prefix / "share/ur3_dancer/launch/live.launch.py").is_file()


def _virtual_environment(path: Path) -> Path:
    """A virtual environment that sees this one's libraries, so that nothing is downloaded."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    site = next(path.rglob("site-packages"))
    outer = next(p for p in sys.path if p.endswith("site-packages"))
    # Added by hand: a .pth file of the outer folder would be read too, its editable install first.
    (site / "outer.pth").write_text(f"import sys; sys.path.append({outer!r})\n")
    return path / "bin/python"


def _install(python: Path, *what) -> None:
    command = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    command += ["--ignore-installed", "--no-warn-script-location", *what]
    subprocess.run(command, check=True)


def _find_with(python: Path, name: str, cwd: Path, environment: dict | None = None) -> Path:
    code = f"from ur3_dancer.resources import find; print(find({name!r}))"
    found = subprocess.run(
        [python, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )
    return Path(found.stdout.strip())
