"""What a view makes of the lines it is fed."""

import base64
import json

import numpy as np
import pytest
from support.clock import FakeClock

from ur3_dancer.stage.view.performance import Answer, Beat, Performance

Q = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def performance(clock):
    return Performance(clock)


def take(performance, **said):
    performance.take(json.dumps(said))


def test_when_joints_come_expect_them_live_for_a_second(performance, clock):
    assert not performance.seen().is_live(clock.now_s())
    take(performance, joints={"q": Q, "dq": [0.0] * 6, "time_s": 3.0})
    seen = performance.seen()
    np.testing.assert_allclose(seen.q_rad, Q)
    assert seen.is_live(clock.now_s() + 0.9)
    assert not seen.is_live(clock.now_s() + 1.1)


def test_when_other_news_come_without_joints_expect_the_driver_not_live(performance, clock):
    take(performance, joints={"q": Q, "dq": Q, "time_s": 3.0})
    clock.sleep_until_s(clock.now_s() + 2.0)
    take(performance, beat=[1.0, 120.0, 0.5, 0.9])
    assert not performance.seen().is_live(clock.now_s())


def test_when_only_one_thing_is_news_expect_the_rest_kept(performance):
    take(performance, states={"driver": "READY", "inference": "active"})
    take(performance, states={"driver": "STOPPED: ~/stop was called; reset, then start"})
    take(performance, figures={"driver": {"rate_hz": "125.0", "ear_to_arm_ms": ""}})
    seen = performance.seen()
    assert seen.state() == ("STOPPED", "~/stop was called; reset, then start")
    assert seen.state("inference") == ("active", "")
    assert seen.state("microphone") == ("", "")
    assert seen.figure("driver", "rate_hz") == 125.0
    assert seen.figure("driver", "ear_to_arm_ms") is None
    assert seen.figure("driver", "amplitude") is None


def test_when_frames_come_expect_each_once_in_order(performance):
    for i in range(3):
        data = base64.b64encode(np.full(438, i, "<f4").tobytes()).decode()
        take(performance, frame={"features": data, "time_s": float(i)})
    assert [frame.features[0] for frame in performance.new_frames()] == [0, 1, 2]
    assert performance.new_frames() == []


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1, 2]",
        '{"joints": {"q": [1, 2], "dq": [0, 0, 0, 0, 0, 0]}}',
        '{"joints": {"q": [NaN, 0, 0, 0, 0, 0], "dq": [0, 0, 0, 0, 0, 0]}}',
        '{"chunk": {"q": [], "start_s": 1, "step_s": 1}}',
        '{"frame": {"features": "***", "time_s": 1}}',
        '{"beat": [1, 2, 3]}',
        '{"answer": {"word": "stop"}}',
        '{"states": "DANCING"}',
    ],
)
def test_when_a_line_is_malformed_expect_it_counted_and_nothing_changed(performance, line):
    take(performance, joints={"q": Q, "dq": Q, "time_s": 1.0})
    performance.take(line)
    assert performance.malformed == 1
    np.testing.assert_allclose(performance.seen().q_rad, Q)
    assert performance.new_answers() == [] and performance.new_frames() == []


def test_when_a_stop_stays_unanswered_expect_that_said_soon(performance, clock):
    performance.expect("stop")
    performance.expect("start")
    clock.sleep_until_s(clock.now_s() + 1.9)
    assert performance.new_answers() == []
    clock.sleep_until_s(clock.now_s() + 0.2)
    (answer,) = performance.new_answers()
    assert (answer.word, answer.success) == ("stop", False)
    assert "emergency stop" in answer.text
    take(performance, answer={"word": "start", "success": True, "text": "going home"})
    assert performance.new_answers() == [Answer("start", True, "going home")]
    clock.sleep_until_s(clock.now_s() + 100.0)
    assert performance.new_answers() == [], "what was answered is not asked for again"


def test_when_time_goes_on_expect_the_phase_to_go_on_with_the_tempo():
    beat = Beat(10.0, 120.0, 0.25, 0.9)
    assert beat.phase_at(10.25) == pytest.approx(0.75)
    assert beat.phase_at(10.5) == pytest.approx(0.25)
