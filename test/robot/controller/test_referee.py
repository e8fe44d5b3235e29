import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.robot.controller.referee import (
    GAP_S,
    Referee,
    RefereeLimits,
    write_report,
)

PERIOD_S = 0.008
LIMITS = RefereeLimits.from_dict(
    {
        "lower": [-1.0] * 6,
        "upper": [1.0] * 6,
        "velocity": [2.0] * 6,
        "acceleration": [10.0] * 6,
        "jerk": [1000.0] * 6,
    }
)
KINDS = ("position", "velocity", "acceleration", "jerk")


class Match:
    """A referee and an arm that is where it was told to be."""

    def __init__(self, limits=LIMITS):
        self.referee = Referee(limits)
        self.q = [0.0] * 6
        self.wait(PERIOD_S)

    def wait(self, duration_s: float, servoing: bool = False) -> None:
        for _ in range(round(duration_s / 0.002)):
            self.referee.now_s += 0.002
            self.referee.cycle(servoing, self.q, [0.0] * 6)

    def send(self, angle: float, pause_s: float = PERIOD_S) -> None:
        self.referee.packet([angle, *self.q[1:]], PERIOD_S)
        self.wait(pause_s, servoing=True)

    def counts(self) -> dict:
        return {kind: self.referee.counts[kind] for kind in KINDS}


def swing(peak: float, hz: float, seconds: float = 2.0) -> np.ndarray:
    """A swing that starts at rest and without acceleration."""
    t = np.arange(0.0, seconds, PERIOD_S)
    ease = np.clip(t / 1.0, 0.0, 1.0) ** 3
    return peak * ease * np.sin(2.0 * np.pi * hz * t)


def test_when_a_stream_keeps_all_limits_expect_nothing_counted():
    match = Match()
    for angle in swing(0.3, 0.5):
        match.send(angle)
    assert match.counts() == dict.fromkeys(KINDS, 0)
    assert match.referee.counts["commands"] == 250
    assert match.referee.counts["stream_gaps"] == 0


def test_when_commands_arrive_in_twos_or_late_expect_no_acceleration_from_that():
    match = Match()
    for number, angle in enumerate(swing(0.3, 0.5)):
        match.send(angle, pause_s=0.0 if number % 2 else 2.0 * PERIOD_S)
    assert match.counts() == dict.fromkeys(KINDS, 0)


def test_when_a_jump_is_overwritten_before_a_cycle_reads_it_expect_it_counted():
    match = Match()
    for angle in (0.0, 0.0, 0.0):
        match.send(angle)
    match.send(0.5, pause_s=0.0)
    match.send(0.0)
    assert match.counts() == {"position": 0, "velocity": 2, "acceleration": 2, "jerk": 2}


def test_when_a_command_is_beyond_a_position_limit_expect_each_counted():
    match = Match()
    for angle in np.arange(0.0, 1.05, 0.001):
        match.send(angle)
    assert match.referee.counts["position"] == 49
    assert match.referee.counts["velocity"] == 0


def test_when_limits_are_just_reached_expect_nothing_counted():
    match = Match(RefereeLimits.from_dict({"velocity": [1.0] * 6, "acceleration": [10.0] * 6}))
    speed = np.minimum(np.arange(40) * 10.0 * PERIOD_S, 1.0)
    for angle in np.cumsum(speed * PERIOD_S):
        match.send(angle)
    assert match.referee.counts["velocity"] == match.referee.counts["acceleration"] == 0
    assert match.referee.report()["maxima"]["velocity_rad_s"][0] == pytest.approx(1.0)
    assert match.referee.report()["maxima"]["acceleration_rad_s2"][0] == pytest.approx(10.0)


def test_when_the_first_command_is_away_from_the_arm_expect_a_jump():
    match = Match()
    match.q = [0.1, 0.0, 0.0, 0.0, 0.0, 0.0]
    match.wait(PERIOD_S)
    match.send(0.0)
    assert match.referee.counts["velocity"] == 1
    assert match.referee.report()["maxima"]["first_command_jump_rad"] == pytest.approx(0.1)


def test_when_servoing_starts_again_expect_the_pose_to_count_and_not_the_old_command():
    match = Match()
    match.send(0.0)
    match.q = [0.8, 0.0, 0.0, 0.0, 0.0, 0.0]
    match.wait(0.5, servoing=False)
    match.send(0.8)
    assert match.counts() == dict.fromkeys(KINDS, 0)


def test_when_commands_pause_expect_one_gap_however_long():
    match = Match()
    for _ in range(3):
        match.send(0.0)
    match.wait(GAP_S - 2.0 * PERIOD_S, servoing=True)
    assert match.referee.counts["stream_gaps"] == 0
    match.wait(1.0, servoing=True)
    assert match.referee.counts["stream_gaps"] == 1
    match.send(0.0)
    match.wait(1.0, servoing=True)
    assert match.referee.counts["stream_gaps"] == 2


def test_when_a_stream_is_slow_by_its_own_word_expect_five_of_its_periods_before_a_gap():
    match = Match()
    match.referee.packet([0.0] * 6, 1.0 / 30.0)
    match.wait(0.15, servoing=True)
    assert match.referee.counts["stream_gaps"] == 0
    match.wait(0.05, servoing=True)
    assert match.referee.counts["stream_gaps"] == 1


def test_when_servoing_ended_in_order_expect_no_gap():
    match = Match()
    match.send(0.0)
    match.wait(1.0, servoing=False)
    assert match.referee.counts["stream_gaps"] == 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300])
def test_when_a_command_is_no_angle_expect_a_position_violation_and_a_sound_report(bad):
    match = Match()
    match.send(0.0)
    match.send(bad)
    match.send(0.0)
    assert match.counts() == {"position": 1, "velocity": 0, "acceleration": 0, "jerk": 0}
    json.loads(json.dumps(match.referee.report(), allow_nan=False))


def test_when_packets_are_seen_expect_the_programs_words_not_to_count_twice():
    match = Match()
    match.send(0.0)
    match.referee.word([0.5] * 6, PERIOD_S)
    assert match.referee.counts["commands"] == 1
    match.referee.program_started()
    match.referee.word([0.0] * 6, PERIOD_S)
    assert match.referee.counts["commands"] == 2


def test_when_no_jerk_limit_is_set_expect_it_unjudged_but_measured():
    match = Match(RefereeLimits())
    match.send(0.0)
    match.send(0.01)
    report = match.referee.report()
    assert report["jerk"] is None
    assert report["maxima"]["jerk_rad_s3"][0] == pytest.approx(0.01 / PERIOD_S**3)


def test_when_the_arm_goes_on_after_the_last_command_expect_how_long():
    match = Match()
    match.send(0.0)
    for _ in range(50):
        match.referee.now_s += 0.002
        match.referee.cycle(True, match.q, [0.1] * 6)
    match.wait(0.5)
    rest_s = match.referee.report()["rest_after_last_command_s"]
    assert rest_s == pytest.approx(0.1 + PERIOD_S, abs=0.003)


def test_when_a_report_is_written_expect_it_whole_and_nothing_beside_it(tmp_path):
    path = tmp_path / "report.json"
    write_report(path, Match().referee.report())
    write_report(path, Match().referee.report())
    assert json.loads(path.read_text())["commands"] == 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"speed": [1] * 6}, "unknown key 'speed'"),
        ({"velocity": [1] * 5}, "limits.velocity"),
        ({"velocity": [1, 1, 1, 1, 1, 0]}, "above 0"),
        ({"acceleration": ["fast"] * 6}, "limits.acceleration"),
        ({"acceleration": 3}, "limits.acceleration"),
        ({"jerk": [float("nan")] * 6}, "limits.jerk"),
        ({"lower": [1] * 6, "upper": [0] * 6}, "joint 0: lower 1.0 is not below upper 0.0"),
        ([1, 2], "limits are list"),
    ],
)
def test_when_limits_are_wrong_expect_the_key_and_the_value_named(values, text, tmp_path):
    file = tmp_path / "limits.json"
    file.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match=text):
        RefereeLimits.from_file(file)


def test_when_the_limits_file_is_missing_or_no_json_expect_its_name(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        RefereeLimits.from_file(tmp_path / "nowhere.json")
    (tmp_path / "odd.json").write_text("{")
    with pytest.raises(ConfigError, match=r"odd\.json"):
        RefereeLimits.from_file(tmp_path / "odd.json")
