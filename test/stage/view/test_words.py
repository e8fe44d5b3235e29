"""The panel's texts."""

import numpy as np
import pytest

from ur3_dancer.robot.driver_state import State
from ur3_dancer.stage.view import words
from ur3_dancer.stage.view.margins import JointMargin
from ur3_dancer.stage.view.performance import Answer, Beat, Seen


def live(state: str, **more) -> Seen:
    q_rad = np.zeros(6)
    return Seen(q_rad=q_rad, dq_rad=q_rad, joints_at_s=10.0, states={"driver": state}, **more)


@pytest.mark.parametrize("state", [state.value for state in State])
def test_when_the_driver_is_live_expect_its_state_and_reason(state):
    html = words.state_html(live(f"{state}: a <reason>; do this"), 10.5)
    assert f"<b>{state}</b>" in html
    assert "a &lt;reason&gt;; do this" in html


def test_when_latched_or_dancing_expect_colours_that_cannot_be_mistaken():
    stopped, fault, dancing = (
        words.state_html(live(state), 10.0).split("background:")[1][:7]
        for state in ("STOPPED", "FAULT", "DANCING")
    )
    assert stopped == fault != dancing


def test_when_the_driver_is_silent_expect_its_last_state_not_shown_as_present():
    html = words.state_html(live("DANCING"), 15.0)
    assert "NO DRIVER" in html and "DANCING" not in html
    assert "no word for 5 s" in html
    assert "nothing heard yet" in words.state_html(Seen(), 15.0)


def test_when_the_beat_is_old_expect_no_tempo():
    beat = Beat(10.0, 123.4, 0.0, 0.9)
    assert "123" in words.beat_html(beat, 10.5, 0.5)
    assert "123" not in words.beat_html(beat, 13.0, 0.5)
    assert "no music" in words.beat_html(None, 10.0, None)


def test_when_figures_are_missing_expect_dashes_and_no_failure():
    assert "–" in words.figures_html(Seen())
    figures = {
        "driver": {"ear_to_arm_ms": "31.24", "rate_hz": "125.0", "missed": "3"},
        "inference": {"latency_ms": "6.1", "model": "<mine>"},
    }
    html = words.figures_html(live("DANCING", figures=figures))
    for text in ("31.2 ms", "125.0 Hz", ">3<", "6.1 ms", "&lt;mine&gt;"):
        assert text in html


def test_when_a_joint_nears_its_limit_expect_another_colour():
    calm, fast = (
        words.margins_html([JointMargin("elbow", 0.5, speed)], 0.1, 1.4) for speed in (0.3, 0.99)
    )
    assert calm != fast.replace("99%", "30%")


def test_when_the_driver_refused_expect_its_own_words():
    assert words.answer_html(None) == ""
    html = words.answer_html(Answer("start", False, "cannot start in state STOPPED: reset first"))
    assert "<b>start</b>: cannot start in state STOPPED: reset first" in html
