"""A show with real nodes: interrupted in its second song, it goes on with that one."""

import json
import signal
import subprocess
import sys

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

from support.live import environment, free_host

SHOW = """
defaults: {model: groove, audio: demo}
songs:
  - {title: One, cue: none, duration_s: 2}
  - {title: Two, cue: key, duration_s: 2}
"""


class Performance:
    """One run of `ur3-dancer show`, with a person at its terminal."""

    def __init__(self, folder, *arguments):
        command = [sys.executable, "-m", "ur3_dancer.cli.main", "show", str(folder / "show.yaml")]
        command += ["--controller-host", free_host(), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(folder),
        )
        self.output = ""

    def wait_for(self, text):
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        raise AssertionError(f"{text!r} never came:\n{self.output}")

    def end(self, typed=""):
        rest, _ = self.process.communicate(typed, timeout=90)
        self.output += rest
        return self.process.returncode


@pytest.mark.slow
def test_when_a_show_is_interrupted_expect_the_same_song_next_time(tmp_path):
    (tmp_path / "show.yaml").write_text(SHOW)
    first = Performance(tmp_path)
    first.wait_for("One: over after")
    first.wait_for("Two: waiting for Enter")
    first.process.send_signal(signal.SIGINT)
    assert first.end() == 130, first.output
    assert "Traceback" not in first.output
    second = Performance(tmp_path, "--report", str(tmp_path / "r.json"))
    second.wait_for("going on with song 2")
    second.wait_for("Two: waiting for Enter")
    assert second.end("\n") == 0, second.output
    assert "the show is over" in second.output
    played = json.loads((tmp_path / "r.json").read_text())["played"]
    assert [song["title"] for song in played] == ["Two"]
    assert played[0]["lasted_s"] >= 2.0


def test_when_a_show_file_is_wrong_expect_every_line_of_it_and_nothing_started(tmp_path):
    (tmp_path / "show.yaml").write_text("songs:\n  - {audio: none.ogg}\n  - {cue: shout}\n")
    wrong = Performance(tmp_path)
    assert wrong.end() == 2
    assert "there is no file" in wrong.output and "cue is 'shout'" in wrong.output
    assert "Traceback" not in wrong.output


def test_when_a_show_file_is_right_expect_the_check_to_say_so(tmp_path):
    (tmp_path / "show.yaml").write_text(SHOW)
    assert Performance(tmp_path, "--check").end() == 0
    outside = Performance(tmp_path, "--from", "3")
    assert outside.end() == 2
    assert "--from is 3: the show has songs 1 to 2" in outside.output


def test_when_calibration_has_nothing_to_measure_or_nowhere_to_keep_it_expect_it_said(tmp_path):
    command = [sys.executable, "-m", "ur3_dancer.cli.main", "calibrate", "latency"]
    for arguments, text in (
        (["--no-arm", "--no-audio"], "leave nothing to measure"),
        (["--seconds", "1"], "--seconds is 1"),
        (["--show", str(tmp_path / "none" / "show.yaml")], "cannot be written"),
        (["--no-audio", "--robot-ip", "10.0.0.1"], "10.0.0.1 is a real robot"),
    ):
        done = subprocess.run([*command, *arguments], capture_output=True, text=True)
        assert done.returncode == 2
        assert text in done.stderr
        assert "Traceback" not in done.stderr
