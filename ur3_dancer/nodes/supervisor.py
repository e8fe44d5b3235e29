"""Starts the three nodes as processes without ROS's launch, watches them, and ends them at rest.

Each node is a session of its own: Ctrl-C reaches the supervisor alone, which ends all three at the
same moment and gives the driver time to bring the arm to rest. A supervisor that dies is noticed
by the nodes themselves (`exit_with_parent`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import yaml

from ur3_dancer.nodes.settings import Settings

START_ORDER = ("driver", "inference", "microphone")
_SEVERITIES_SHOWN = ("WARN", "ERROR", "FATAL")
_LOG_FORMAT = "{severity}|{message}"
_REST_TIMEOUT_S = 12.0


class Supervisor:
    """Three child processes and their logs."""

    def __init__(
        self,
        config_file: Path,
        settings: Settings,
        log_dir: Path,
        namespace: str = "/",
        show: Callable[[str], None] = print,
    ):
        """Prepare.

        Args:
            config_file: ROS parameters of all nodes (config/live.yaml).
            settings: node name to parameters that override the file's.
            log_dir: an existing folder for one log a node.
            namespace: ROS namespace of the nodes.
            show: receives each warning or error of a node as a line for a person.
        """
        self._config_file = config_file
        self._settings = settings
        self._log_dir = log_dir
        self._namespace = namespace
        self._show = show
        self.processes: dict[str, subprocess.Popen] = {}
        self._readers: list[threading.Thread] = []

    def start(self) -> None:
        """Start every node; the microphone holds its music until inference listens."""
        for name in START_ORDER:
            overrides = self._log_dir / f"{name}.yaml"
            parameters = {"ros__parameters": self._settings.get(name, {})}
            overrides.write_text(yaml.safe_dump({"/**": parameters}))
            command = [sys.executable, "-m", f"ur3_dancer.nodes.{name}", "--ros-args"]
            command += ["-r", f"__ns:={self._namespace}"]
            command += ["--params-file", str(self._config_file), "--params-file", str(overrides)]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                env=self._environment(),
            )
            self.processes[name] = process
            reader = threading.Thread(target=self._read_log, args=(name, process), daemon=True)
            reader.start()
            self._readers.append(reader)

    def ended(self) -> dict[str, int]:
        """Return the exit status of each node that has ended."""
        status = {name: process.poll() for name, process in self.processes.items()}
        return {name: code for name, code in status.items() if code is not None}

    def stop(self) -> dict[str, int]:
        """End all nodes, the arm at rest; return each one's exit status."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for name, process in self.processes.items():
            try:
                process.wait(_REST_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._show(f"{name} did not end within {_REST_TIMEOUT_S:g} s: killing it")
                process.kill()
                process.wait()
        for reader in self._readers:
            reader.join(timeout=1.0)
        return self.ended()

    def log_path(self, name: str) -> Path:
        """Return the log file of a node."""
        return self._log_dir / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        """Keep discovery on this machine unless the user chose otherwise."""
        environment = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST", **os.environ}
        environment["RCUTILS_CONSOLE_OUTPUT_FORMAT"] = _LOG_FORMAT
        environment["PYTHONUNBUFFERED"] = "1"
        return environment

    def _read_log(self, name: str, process: subprocess.Popen) -> None:
        with self.log_path(name).open("w") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                severity, bar, message = line.rstrip("\n").partition("|")
                if bar and severity in _SEVERITIES_SHOWN:
                    self._show(f"{name}: {message}")
                elif line.startswith("error: "):
                    self._show(f"{name}: {line.strip()}")
