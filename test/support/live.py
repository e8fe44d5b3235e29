"""Runs `ur3-dancer live` as a person would, away from whatever else runs on this machine."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

_PORTS = (29999, 30001, 30002, 30003, 30004)
_domains = itertools.count(10 + os.getpid() % 80)


def free_host() -> str:
    """A loopback address on which the controller's fixed ports are free."""
    for last in range(20, 250):
        host = f"127.0.1.{last}"
        try:
            for port in _PORTS:
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((host, port))
        except OSError:
            continue
        return host
    raise RuntimeError("no loopback address with free controller ports")


def own_settings(folder: Path) -> dict[str, str]:
    """A ROS domain, log folder and lock files that nobody else has."""
    domain = str(next(_domains) % 100)
    return {"ROS_DOMAIN_ID": domain, "ROS_LOG_DIR": str(folder), "TMPDIR": str(folder)}


def environment(folder: Path) -> dict[str, str]:
    """This environment with settings of its own."""
    return {**os.environ, **own_settings(folder)}


class Live:
    """One performance as a child process.

    Attributes:
        begun: performances that nobody has ended yet; test/conftest.py ends them after each test.
    """

    begun: ClassVar[list["Live"]] = []

    def __init__(self, folder: Path, *arguments: str, env: dict[str, str] | None = None):
        self.report_path = folder / "r.json"
        self.env = env or environment(folder)
        command = [sys.executable, "-m", "ur3_dancer.cli.main", "live"]
        command += ["--report", str(self.report_path)]
        command += ["--set", f"driver.controller_host={free_host()}", *arguments]
        if "--view" not in arguments:
            command += ["--view", "off"]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.env,
            start_new_session=True,
        )
        self.output = ""
        Live.begun.append(self)

    def wait_for(self, text: str, are_faults_mended: bool = False) -> str:
        """Read until a line contains `text`; return that line.

        A fault ends the waiting, for it will not mend itself; say so where the test has mended it.
        """
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return line
            faulty = "  FAULT  " in line and not are_faults_mended
            assert not faulty, f"{text!r} will not come:\n{self.output}"
        raise AssertionError(f"{text!r} never came:\n{self.output}")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def end(self, timeout_s: float = 90.0) -> int:
        """Wait for the end; return the exit status."""
        rest, _ = self.process.communicate(timeout=timeout_s)
        self.output += rest
        return self.process.returncode

    @classmethod
    def end_all(cls) -> None:
        """End what a failed test has left dancing: its nodes end with it."""
        while cls.begun:
            process = cls.begun.pop().process
            if process.poll() is None:
                process.kill()
                process.wait()

    def report(self) -> dict:
        return json.loads(self.report_path.read_text())

    def node_pid(self, node: str) -> int:
        """Process id of a node of this performance."""
        found = self.descendants()
        module = f"ur3_dancer.nodes.{node}"
        assert module in found, f"{module} does not run, only {found}:\n{self.output}"
        return found[module]

    def descendants(self) -> dict[str, int]:
        """Module name of each living Python child and grandchild to its process id."""
        table = subprocess.run(
            ["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        rows = [line.split(maxsplit=3) for line in table]
        found, parents = {}, {str(self.process.pid)}
        while parents:  # a generation at a time: process ids wrap around, so they are no order
            children = [row for row in rows if row[1] in parents and not row[2].startswith("Z")]
            parents = {row[0] for row in children}
            for pid, _, _, command in children:
                if " -m " in command:
                    found[command.split(" -m ")[1].split()[0]] = int(pid)
        return found
