"""Build the ur3_dancer package: an ament_python package that plain pip installs too."""

import re
from pathlib import Path

from setuptools import find_packages, setup

NAME = "ur3_dancer"
HERE = Path(__file__).resolve().parent  # colcon links this file into its build folder
VERSION = re.search(r'__version__ = "(.+)"', (HERE / NAME / "__init__.py").read_text())[1]


def data_files() -> list[tuple[str, list[str]]]:
    """Return the files that go under share/, in the folders of the source tree."""
    share = Path("share") / NAME
    files = {
        "share/ament_index/resource_index/packages": [f"resource/{NAME}"],
        str(share): ["package.xml"],
    }
    for folder in ("launch", "config", "resource/checkpoints"):
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                files.setdefault(str(share / path.parent), []).append(str(path))
    return list(files.items())


setup(
    name=NAME,
    version=VERSION,
    description="Lets a Universal Robots UR3 dance to the music it hears, live",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    maintainer="ur3_dancer maintainers",
    maintainer_email="maintainers@ur3-dancer.example",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    data_files=data_files(),
    python_requires=">=3.10,<3.13",
    # No ros-* names here: in a workspace ROS comes from apt, elsewhere from the extra `ros`.
    install_requires=[
        "setuptools",
        "librosa>=0.10.2,<0.12",
        "numba>=0.60",
        "numpy>=1.26",
        "pyyaml>=6",
        "ruckig>=0.14,<1",
        "safetensors>=0.4",
        "scipy>=1.11",
        "sounddevice>=0.4.6",
        "soundfile>=0.12",
        "torch>=2.3",
        "tqdm>=4.66",
        "ur-rtde>=1.6,<1.7",
    ],
    extras_require={
        "ros": [
            "ros-jazzy-rclpy[fastrtps]",
            "ros-rclpy==7.1.6",
            "ros-diagnostic-msgs==5.3.6",
            "ros-lifecycle-msgs==2.0.3",
            "ros-sensor-msgs==5.3.6",
            "ros-std-msgs==5.3.6",
            "ros-std-srvs==5.3.6",
            "ros-trajectory-msgs==5.3.6",
        ],
        "cuda": ["mamba-ssm>=2.2", "causal-conv1d>=1.4"],
        "lyrics": ["transformers>=4.50"],
        "train": ["accelerate>=1.2", "rich>=13.7", "tensorboard>=2.17"],
        "stage": [
            "imageio-ffmpeg>=0.6",
            "matplotlib>=3.8",
            "mcap>=1.6",
            "mcap-ros2-support>=0.5",
            "pillow>=10",
            "rich>=13.7",
            "viser>=1.0",
        ],
        "test": [
            "colcon-library-path",
            "colcon-recursive-crawl",
            "colcon-ros",
            "hypothesis>=6.100",
            "mir_eval>=0.7",
            "playwright>=1.49",
            "pytest>=8,<8.4",
            "pytest-rerunfailures>=14",
            "rosbags>=0.10",
            "ruff>=0.14",
        ],
    },
    entry_points={
        "console_scripts": [
            "ur3-dancer = ur3_dancer.cli.main:main",
            "microphone_node = ur3_dancer.nodes.microphone:main",
            "inference_node = ur3_dancer.nodes.inference:main",
            "driver_node = ur3_dancer.nodes.driver:main",
        ],
    },
    zip_safe=True,
)
