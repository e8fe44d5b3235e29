"""The view in a real browser, fed by a test: what a person sees and what the buttons say."""

import io
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from support.view import (
    HOME_RAD,
    FakeFeed,
    RunningViewer,
    browser,
    open_page,
    picture_of_stage,
    wait_until,
)

TURNED_RAD = [1.5, *HOME_RAD[1:]]


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def shown(chromium):
    """A feed, its viewer, and a page that has been open all the time."""
    feed = FakeFeed()
    feed.dance()
    viewer = RunningViewer(feed)
    page = open_page(chromium, viewer.url)
    yield feed, viewer, page
    page.close()
    viewer.close()
    feed.close()


def test_when_the_page_loads_expect_nothing_from_beyond_this_machine(chromium, shown):
    _, viewer, _ = shown
    context = chromium.new_context()
    page = context.new_page()
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(viewer.url)
    page.get_by_role("button", name="STOP").wait_for(timeout=60_000)
    hosts = {
        urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")
    }
    assert hosts == {"127.0.0.1"}, asked
    assert not failed
    context.close()


def test_when_joints_move_expect_the_stage_to_change(shown):
    feed, _, page = shown
    feed.dance(HOME_RAD)
    page.get_by_text("DANCING", exact=True).wait_for()
    before = wait_until(lambda: settled(page), "a still picture")
    feed.dance(TURNED_RAD)
    wait_until(lambda: changed_share(picture_of_stage(page), before) > 0.02, "another picture")
    moved = changed_share(wait_until(lambda: settled(page), "a still picture"), before)
    feed.dance(HOME_RAD)
    wait_until(
        lambda: changed_share(picture_of_stage(page), before) < moved / 4,
        "the first picture again, but for what is left of the trail",
    )


def changed_share(picture: bytes, before: bytes) -> float:
    """Return the share of pixels that are not as they were."""
    one, other = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int) for png in (picture, before)
    )
    return float((np.abs(one - other).max(axis=2) > 24).mean())


def settled(page) -> bytes | None:
    """Return the picture if it stands still; the trail of a move fades for some seconds."""
    picture = picture_of_stage(page)
    page.wait_for_timeout(300)
    return picture if picture_of_stage(page) == picture else None


@pytest.mark.parametrize("word", ["start", "stop", "home", "reset"])
def test_when_a_button_is_pressed_expect_its_word_and_the_answer_shown(shown, word):
    feed, _, page = shown
    feed.dance()
    page.get_by_role("button", name=word, exact=False).click()
    wait_until(lambda: {"say": word} in feed.requests, f"the word {word}")
    feed.send({"answer": {"word": word, "success": word != "home", "text": f"<{word}> it is"}})
    page.get_by_text(f"{word}: <{word}> it is").wait_for()


def test_when_amplitude_is_dragged_expect_it_set_and_news_of_others_shown(shown):
    feed, _, page = shown
    feed.dance(figures={"driver": {"amplitude": "1.0"}, "inference": {"energy": ""}})
    thumbs = page.locator("[role=slider]")
    amplitude, energy = thumbs.nth(0), thumbs.nth(1)
    wait_until(lambda: amplitude.get_attribute("aria-disabled") == "false", "the slider")
    assert energy.get_attribute("aria-disabled") == "true", "this model has no energy"
    amplitude.focus()
    page.keyboard.press("ArrowLeft")
    wanted = {"set": {"node": "driver", "name": "amplitude", "value": 0.95}}
    wait_until(lambda: wanted in feed.requests, "the amplitude")
    feed.dance(figures={"driver": {"amplitude": "0.4"}, "inference": {"energy": ""}})
    wait_until(lambda: amplitude.get_attribute("aria-valuenow") == "0.4", "another's amplitude")


def test_when_the_driver_falls_silent_expect_it_said_until_it_speaks(shown):
    feed, _, page = shown
    feed.dance()
    page.get_by_text("DANCING", exact=True).wait_for()
    feed.now = None
    page.get_by_text("NO DRIVER", exact=True).wait_for()
    page.get_by_text("what is drawn is old").wait_for()
    feed.dance(state="STOPPED: ~/stop was called; reset, then start")
    page.get_by_text("STOPPED", exact=True).wait_for()
    page.get_by_text("~/stop was called; reset, then start").wait_for()


def test_when_the_viewer_restarts_expect_the_page_to_say_so_and_to_come_back(chromium):
    feed = FakeFeed()
    feed.dance()
    first = RunningViewer(feed)
    page = open_page(chromium, first.url)
    page.get_by_text("DANCING", exact=True).wait_for()
    assert not page.get_by_text("DISCONNECTED").is_visible()
    first.close()
    page.get_by_text("DISCONNECTED").wait_for()
    assert not page.get_by_text("DANCING", exact=True).is_visible()
    feed.dance(state="READY")
    second = RunningViewer(feed, port=first.port)
    page.get_by_text("READY", exact=True).wait_for()
    page.get_by_text("DISCONNECTED").wait_for(state="hidden")
    page.get_by_role("button", name="STOP").click()
    wait_until(lambda: {"say": "stop"} in feed.requests, "the word stop")
    page.close()
    second.close()
    feed.close()


def test_when_the_view_is_on_the_network_expect_its_token_to_be_asked(chromium):
    feed = FakeFeed()
    feed.dance()
    viewer = RunningViewer(feed, host="127.0.0.1")
    bare, _, token = viewer.url.partition("?token=")
    context = chromium.new_context()
    page = context.new_page()
    refused = page.goto(bare)
    assert refused.status == 403
    assert "token" in page.content()
    assert page.goto(f"{bare}?token={token[:-1]}x").status == 403
    page.goto(viewer.url)
    page.get_by_role("button", name="STOP").wait_for(timeout=60_000)
    assert urlsplit(page.url).query == "", "the token does not stay in the address bar"
    page.get_by_text("DANCING", exact=True).wait_for(timeout=60_000)
    context.close()
    viewer.close()
    feed.close()
