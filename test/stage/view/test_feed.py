"""The process that feeds a view: it may die, and words must not get lost in silence."""

import sys

from support.clock import FakeClock
from support.view import FakeFeed, wait_until

from ur3_dancer.stage.view.feed import Feed
from ur3_dancer.stage.view.performance import Performance


def test_when_a_feed_speaks_expect_it_seen_and_words_delivered():
    source, clock = FakeFeed(), FakeClock()
    performance = Performance(clock)
    feed = Feed(source.command, performance, clock)
    source.dance(state="READY")
    feed.watch()
    wait_until(lambda: performance.seen().state()[0] == "READY", "the state")
    feed.say("stop")
    feed.set("driver", "amplitude", 0.5)
    amplitude = {"set": {"node": "driver", "name": "amplitude", "value": 0.5}}
    wait_until(lambda: source.requests == [{"say": "stop"}, amplitude], "both requests")
    assert performance.new_answers() == []
    feed.close()
    source.close()


def test_when_a_feed_dies_expect_it_started_again_a_second_later():
    clock = FakeClock()
    feed = Feed([sys.executable, "-c", "raise SystemExit(3)"], Performance(clock), clock)
    feed.watch()
    wait_until(lambda: feed.watch() or feed._process is None, "its end")
    feed.watch()
    assert feed.starts == 1, "not at once"
    clock.sleep_until_s(clock.now_s() + 1.1)
    feed.watch()
    assert feed.starts == 2
    feed.close()


def test_when_there_is_no_feed_expect_a_word_said_to_be_lost():
    clock = FakeClock()
    performance = Performance(clock)
    Feed([sys.executable], performance, clock).say("stop")
    (answer,) = performance.new_answers()
    assert not answer.success
    assert "did NOT reach the driver" in answer.text and "emergency stop" in answer.text
