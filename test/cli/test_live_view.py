"""A performance and its view, as a person uses both: real nodes, embedded controller, Chromium."""

import os
import signal

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from support.live import Live
from support.view import browser, open_page, picture_of_stage, wait_until


def press(page, button: str) -> None:
    page.get_by_role("button", name=button).click()


def banner(page, state: str) -> None:
    page.get_by_text(state, exact=True).wait_for()


def start_dancing(page) -> None:
    """Do what a person does: press on until it dances. A busy machine may stall the controller."""

    def dances() -> bool:
        for button, state in (("Reset", "FAULT"), ("Reset", "STOPPED"), ("Start", "IDLE")):
            if page.get_by_text(state, exact=True).is_visible():
                press(page, button)
        page.wait_for_timeout(300)
        return page.get_by_text("DANCING", exact=True).is_visible()

    wait_until(dances, "a dance", timeout_s=120.0)


@pytest.mark.slow
def test_when_a_performance_is_watched_expect_it_seen_and_obeyed_and_unharmed_by_its_end(tmp_path):
    with browser(is_patient=True) as chromium:
        live = Live(tmp_path, "--audio", "demo", "--model", "groove", "--view", "0")
        page = open_page(chromium, live.wait_for("view: ").split()[-1])
        start_dancing(page)
        first = picture_of_stage(page)
        wait_until(lambda: picture_of_stage(page) != first, "an arm that moves")

        press(page, "STOP")
        banner(page, "STOPPED")
        page.get_by_text("latched until ~/reset").wait_for()
        live.wait_for("STOPPED", are_faults_mended=True)
        press(page, "Start")
        page.get_by_text("reset first").wait_for()
        start_dancing(page)

        os.kill(live.descendants()["ur3_dancer.nodes.view_feed"], signal.SIGKILL)
        banner(page, "NO DRIVER")
        page.get_by_text("NO DRIVER").wait_for(state="hidden")
        os.kill(live.descendants()["ur3_dancer.cli.main"], signal.SIGKILL)
        page.get_by_text("DISCONNECTED").wait_for()
        again = live.wait_for("starting it again", are_faults_mended=True)
        assert "the show goes on" in again
        page.get_by_text("DISCONNECTED").wait_for(state="hidden")
        start_dancing(page)
        page.close()
    children = live.descendants()
    live.interrupt()
    live.end()
    wait_until(lambda: not any(alive(pid) for pid in children.values()), "the end of every process")
    report = live.report()
    others = [text for text in report["errors"] if text != "driver ended with status 2"]
    assert all("sends no new state" in text for text in others), "stalls are the machine's"
    broken = {kind: report["referee"][kind] for kind in ("position", "velocity", "acceleration")}
    assert broken == {"position": 0, "velocity": 0, "acceleration": 0}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--view", "sideways"], "--view is 'sideways': give a port"),
        (["--view", "99999"], "give a port"),
    ],
)
def test_when_the_views_port_is_wrong_expect_one_line_before_anything_starts(
    tmp_path, arguments, text
):
    live = Live(tmp_path, "--duration", "5", *arguments)
    assert live.end() == 2
    assert text in live.output
    assert "starting" not in live.output and "Traceback" not in live.output


@pytest.mark.slow
def test_when_the_views_port_is_taken_expect_the_show_to_go_on(tmp_path):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        live = Live(tmp_path, "--audio", "demo", "--model", "groove", "--view", port)
        assert port in live.wait_for("error: the view cannot listen")
        live.wait_for("the show goes on")
        live.wait_for("DANCING")
        live.interrupt()
    assert live.end() == 0, live.output
    assert live.report()["errors"] == []
