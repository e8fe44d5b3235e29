"""A view without ROS: a feed that says what a test wants, a browser, and its page."""

import contextlib
import json
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from ur3_dancer.clock import SystemClock
from ur3_dancer.motion.arm_config import load_arm_config

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOME_RAD = load_arm_config("ur3").home_rad.tolist()
_PERIOD_S = 0.05

# Between the view's pipes and the test: what comes on the one side leaves on the other.
_RELAY = """
import socket, sys, threading
line = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw")
def out():
    for text in line:
        sys.stdout.write(text)
        sys.stdout.flush()
threading.Thread(target=out, daemon=True).start()
for text in sys.stdin:
    line.write(text)
    line.flush()
"""


class FakeFeed:
    """Says the same thing twenty times a second until told to say another; notes requests.

    Attributes:
        command: what a view starts as its feed.
        requests: what a view has asked for.
        now: what is being said; None for silence.
    """

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = str(self._listener.getsockname()[1])
        self.command = [sys.executable, "-c", _RELAY, port]
        self.requests: list[dict] = []
        self.now: dict | None = None
        self._lines: list = []
        self._ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        threading.Thread(target=self._repeat, daemon=True).start()

    def dance(self, q_rad=None, state="DANCING", **more) -> None:
        """Say that the arm stands at these angles in this state."""
        joints = {"q": list(q_rad or HOME_RAD), "dq": [0.0] * 6, "time_s": time.monotonic()}
        self.now = {"joints": joints, "states": {"driver": state}, **more}

    def send(self, message: dict) -> None:
        """Say something once."""
        for line in list(self._lines):
            with contextlib.suppress(OSError, ValueError):  # that view has left
                line.write(json.dumps(message) + "\n")
                line.flush()

    def close(self) -> None:
        self._ended.set()
        self._listener.close()
        for line in self._lines:
            with contextlib.suppress(OSError, ValueError):
                line.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            line = connection.makefile("rw")
            self._lines.append(line)
            threading.Thread(target=self._listen, args=(line,), daemon=True).start()

    def _listen(self, line) -> None:
        with contextlib.suppress(OSError, ValueError):
            for text in line:
                self.requests.append(json.loads(text))

    def _repeat(self) -> None:
        while not self._ended.wait(_PERIOD_S):
            if self.now is not None:
                self.send(self.now)


class RunningViewer:
    """A viewer that turns in a thread of the test's process."""

    def __init__(self, feed: FakeFeed, port: int = 0, **arguments):
        from ur3_dancer.stage.view.viewer import Viewer

        config = load_arm_config("ur3")
        self.viewer = Viewer(feed.command, config, SystemClock(), port=port, **arguments)
        self.url = self.viewer.open()
        self.port = self.viewer.port
        self._ended = threading.Event()
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self.viewer.close()
        assert self.failure is None, self.failure

    def _turn(self) -> None:
        try:
            while not self._ended.is_set():
                self.viewer.turn()
        except BaseException as error:
            self.failure = error


def wait_until(condition, what: str, timeout_s: float = 60.0):
    """Return what `condition` returned once that is true."""
    deadline_s = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < deadline_s, f"{what} never came"
        time.sleep(0.05)
    return result


@contextlib.contextmanager
def browser(is_patient: bool = False):
    """A headless Chromium; the test is skipped, with the reason, where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    pytest.importorskip("viser", reason="viser is not installed: pip install viser")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    # It draws without a graphics card: where an arm dances, a patient one leaves it the cores.
    with tempfile.TemporaryDirectory() as folder, playwright.sync_playwright() as started:
        patient = Path(folder) / "chromium"
        patient.write_text(
            "#!/bin/sh\n[ -w /proc/self/autogroup ] && echo 8 >/proc/$$/autogroup\n"
            f'exec nice -n 8 {CHROMIUM} "$@"\n'
        )
        patient.chmod(0o755)
        chromium = started.chromium.launch(
            executable_path=patient if is_patient else CHROMIUM, args=["--no-sandbox"]
        )
        try:
            yield chromium
        finally:
            chromium.close()


def open_page(chromium, url: str):
    """Open the view and wait until its buttons are there."""
    page = chromium.new_page(viewport={"width": 1000, "height": 700})
    page.set_default_timeout(60_000)
    page.goto(url)
    page.get_by_role("button", name="STOP").wait_for()
    return page


def picture_of_stage(page) -> bytes:
    """Return a picture of the middle of the stage, where no panel lies."""
    return page.screenshot(clip={"x": 400, "y": 200, "width": 250, "height": 400}, timeout=60_000)
