"""The view beside a performance: one line for a person, whatever becomes of it."""

import os
import signal
import socket

import pytest
from support.view import wait_until

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError
from ur3_dancer.stage.view.process import ViewProcess, parse_port

ARGUMENTS = ["--no-browser", "--namespace", "/nobody_here"]


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("8080", 8080), ("off", None)])
def test_when_a_port_is_given_expect_it(text, port):
    assert parse_port(text) == port


@pytest.mark.parametrize("text", ["on", "-1", "65536", "8080x", "", "٣"])
def test_when_it_is_no_port_expect_what_may_be_given(text):
    with pytest.raises(ConfigError, match="give a port, 0 for any that is free, or off"):
        parse_port(text)


@pytest.fixture
def watched(tmp_path):
    """Makes views whose lines are kept, and ends them."""
    views = []

    def make(port=0, arguments=ARGUMENTS, **more):
        lines = []
        view = ViewProcess(arguments, port, tmp_path / "log", SystemClock(), lines.append, **more)
        views.append(view)
        return view, lines

    yield make
    for view in views:
        view.stop()


def test_when_it_is_killed_expect_it_back_on_the_same_port(watched):
    pytest.importorskip("viser", reason="viser is not installed: pip install viser")
    view, lines = watched()
    view.start()
    wait_until(lambda: lines, "its URL")
    assert lines[0].startswith("view: http://127.0.0.1:")
    os.kill(view.process.pid, signal.SIGKILL)
    wait_until(lambda: view.watch() or view.starts == 2, "a second start")
    assert "starting it again; the show goes on" in lines[-1]
    port = int(lines[0].rsplit(":", 1)[1].strip("/"))
    wait_until(lambda: reachable(port), "the page")
    view.stop()
    assert not reachable(port)


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_when_the_port_is_taken_expect_one_clear_line_and_no_second_start(watched):
    pytest.importorskip("viser", reason="viser is not installed: pip install viser")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        view, lines = watched(port)
        view.start()
        wait_until(lambda: view.watch() or view.process is None, "its end")
    assert len(lines) == 2
    assert f"port {port}" in lines[0] and "choose another port" in lines[0]
    assert "no view (status 2): the show goes on" in lines[1]
    assert view.starts == 1


def test_when_viser_is_missing_expect_one_clear_line(watched, tmp_path, monkeypatch):
    (tmp_path / "viser.py").write_text("raise ImportError('no viser here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    view, lines = watched()
    view.start()
    wait_until(lambda: view.watch() or view.process is None, "its end")
    assert "the view needs viser (no viser here): pip install viser" in lines[0]
    assert "no view" in lines[1] and len(lines) == 2
