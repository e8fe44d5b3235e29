"""Say what is wrong with this machine, and the command that mends it."""

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ur3_dancer import __version__
from ur3_dancer.errors import DancerError

HELP = "check versions, ROS, PortAudio and devices, ports and threads; say what mends each fault"

_PORTS = {29999: "dashboard", 30001: "primary", 30002: "secondary", 30003: "script", 30004: "RTDE"}
_LIBRARIES = (
    "numpy",
    "scipy",
    "librosa",
    "torch",
    "safetensors",
    "ruckig",
    "ur_rtde",
    "sounddevice",
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        subject: what was looked at.
        fact: what was found.
        mend: the command or step that mends it; empty when nothing is wrong.
        fatal: nothing dances without it.
    """

    subject: str
    fact: str
    mend: str = ""
    fatal: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address of the embedded controller whose ports to try"
    )


def run(args: argparse.Namespace) -> int:
    """Print a line a finding; 1 when something without which nothing dances is missing."""
    findings = list(examine(args.host))
    for finding in findings:
        mark = "ok  " if not finding.mend else ("FAIL" if finding.fatal else "note")
        print(f"{mark}  {finding.subject:<14} {finding.fact}")
        if finding.mend:
            print(f"      {'':<14} mend: {finding.mend}")
    return int(any(finding.fatal and finding.mend for finding in findings))


def examine(host: str) -> Iterator[Finding]:
    """Look at everything that a performance needs."""
    yield Finding("ur3_dancer", __version__)
    yield _python()
    yield from map(_library, _LIBRARIES)
    yield _ros()
    yield _sound()
    yield from (_port(host, port, use) for port, use in _PORTS.items())
    yield _checkpoint()
    yield _processors()


def _python() -> Finding:
    version = platform.python_version()
    if (3, 10) <= sys.version_info[:2] <= (3, 12):
        return Finding("python", version)
    return Finding("python", version, "use Python 3.10 to 3.12: make PYTHON=python3.12", fatal=True)


def _library(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "missing", "make setup", fatal=True)


def _ros() -> Finding:
    found = importlib.util.find_spec("rclpy")
    if found is None:
        mend = "make setup, or source /opt/ros/$ROS_DISTRO/setup.bash"
        return Finding("ROS 2", "rclpy missing", mend, fatal=True)
    distro = os.environ.get("ROS_DISTRO")
    if distro and "/opt/ros/" not in found.origin:
        fact = f"{distro} is sourced over rclpy from {found.origin}"
        return Finding("ROS 2", fact, "use one of the two: open a shell without the source line")
    return Finding("ROS 2", f"rclpy from {found.origin}")


def _sound() -> Finding:
    from ur3_dancer.music.portaudio import list_devices

    try:
        devices = list_devices()
    except DancerError as error:
        return Finding("sound input", "PortAudio missing", str(error))
    if not devices:
        return Finding("sound input", "no device", "plug a microphone in, or use --audio demo")
    return Finding("sound input", f"{len(devices)} devices (ur3-dancer devices lists them)")


def _port(host: str, port: int, use: str) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            mend = f"end what listens there (ss -ltnp 'sport = :{port}'), or set " + (
                "driver.controller_host=127.0.0.2"
            )
            return Finding(f"port {port}", f"{use} on {host}: {error.strerror}", mend)
    return Finding(f"port {port}", f"free for the {use} on {host}")


def _checkpoint() -> Finding:
    from ur3_dancer.dance.catalog import policy_spec
    from ur3_dancer.dance.default import DEFAULT_MODEL

    try:
        spec = policy_spec(DEFAULT_MODEL)
    except DancerError as error:
        return Finding(DEFAULT_MODEL, "cannot be used", str(error))
    heard = f"K = {spec.window_frames}, H = {spec.horizon} at {spec.rate_hz:g} Hz"
    return Finding(DEFAULT_MODEL, heard)


def _processors() -> Finding:
    usable = len(os.sched_getaffinity(0))
    if usable < 2:
        mend = "give this machine or container two processors; the servo loop will miss periods"
        return Finding("processors", f"{usable} usable", mend)
    return Finding("processors", f"{usable} usable; each node takes one numeric thread")
