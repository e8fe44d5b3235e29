"""The whole chain in separate processes against the embedded controller, as a person starts it."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.live import Live, environment, own_settings
from support.pulse import null_sink, pulse_missing
from support.rig import assert_clean

pytest.importorskip("rclpy", reason="ROS 2 is not installed")

SONG = Path(__file__).parents[3] / "shared/data/audio/vibe_ace.ogg"


def alive(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, what: str, timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not come within {timeout_s:g} s"
        time.sleep(0.05)


def assert_kept_limits(referee: dict) -> None:
    assert referee == {
        "position": 0,
        "velocity": 0,
        "acceleration": 0,
        "jerk": 0,
        "stream_gaps": referee["stream_gaps"],  # a shared machine may stall; counted, not judged
        "protective_stops": 0,
    }


@pytest.mark.slow
def test_when_it_dances_to_the_built_in_track_expect_a_whole_report_and_no_orphan(tmp_path):
    live = Live(tmp_path, "--audio", "demo", "--duration", "15")
    live.wait_for("windows")
    children = live.descendants()
    assert live.end() == 0, live.output
    report = live.report()
    assert report["errors"] == []
    assert report["duration_s"] >= 15
    assert report["audio"]["source"] == "demo"
    assert report["windows"]["sent"] > 0.7 * 60 * 14
    # How many are lost tells of the machine's other work: reported, not judged here.
    assert report["windows"]["used"] > 0.5 * report["windows"]["sent"]
    assert report["motion"]["energy_rad_s"] > 0.1
    assert report["motion"]["beat_lag_ms"]["beats"] > 5
    assert report["servo"]["rate_hz"] == pytest.approx(125, rel=0.1)
    for stage in ("features", "inference", "ear_to_arm"):
        spread = report["latency_ms"][stage]
        assert 0 < spread["p50"] <= spread["p99"] <= spread["max"]
    assert_kept_limits(report["referee"])
    assert not [name for name, pid in children.items() if alive(pid)]


@pytest.mark.slow
def test_when_the_file_is_real_music_expect_a_dance_until_ctrl_c(tmp_path):
    if not SONG.is_file():
        pytest.skip(f"{SONG} is not here")
    live = Live(tmp_path, "--audio", str(SONG), "--model", "groove")
    live.wait_for("DANCING")
    for _ in range(4):
        live.wait_for("windows")
    live.interrupt()
    assert live.end() == 0, live.output
    report = live.report()
    assert report["errors"] == []
    assert report["motion"]["beat_lag_ms"] is None
    assert_kept_limits(report["referee"])


@pytest.mark.slow
def test_when_a_microphone_hears_music_expect_a_dance(tmp_path):
    if pulse_missing():
        pytest.skip(pulse_missing())
    if not SONG.is_file():
        pytest.skip(f"{SONG} is not here")
    with null_sink() as sink:
        env = {**sink.env, **own_settings(tmp_path)}
        live = Live(tmp_path, "--audio", "mic", "--model", "groove", "--duration", "12", env=env)
        live.wait_for("DANCING")
        player = sink.play(SONG)
        assert live.end() == 0, live.output
        player.kill()
        player.wait()
    report = live.report()
    assert report["errors"] == []
    assert report["audio"]["source"] != "demo"
    assert report["windows"]["sent"] > 0.7 * 60 * 11
    assert report["motion"]["energy_rad_s"] > 0.05
    assert_kept_limits(report["referee"])


@pytest.mark.slow
def test_when_the_music_is_silent_expect_it_said_and_an_arm_at_rest(tmp_path):
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(48_000 * 12, np.float32), 48_000)
    live = Live(tmp_path, "--audio", str(silence), "--duration", "9")
    line = live.wait_for("silent for 5 s")
    assert "microphone.gain_db" in line
    assert live.end() == 0, live.output
    assert live.report()["motion"]["energy_rad_s"] < 0.01


@pytest.mark.slow
def test_when_there_is_no_input_device_expect_the_built_in_track_by_default(tmp_path):
    env = {**environment(tmp_path), "PULSE_SERVER": "unix:/nonexistent", "HOME": str(tmp_path)}
    live = Live(tmp_path, "--model", "groove", "--duration", "3", env=env)
    assert live.end() == 0, live.output
    assert live.report()["audio"]["source"] == "demo"


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["inference", "microphone", "driver"])
def test_when_a_node_is_killed_expect_rest_and_its_name(tmp_path, victim):
    live = Live(tmp_path, "--audio", "demo", "--model", "groove")
    live.wait_for("DANCING")
    children = live.descendants()
    os.kill(live.node_pid(victim), signal.SIGKILL)
    assert live.end() == 2, live.output
    assert f"{victim} ended by itself with signal 9" in " ".join(live.report()["errors"])
    assert not [name for name, pid in children.items() if alive(pid)]
    referee = json.loads(next(tmp_path.glob("ur3_dancer-live-*/referee.json")).read_text())
    assert_clean(referee)


@pytest.mark.slow
def test_when_the_supervisor_is_killed_expect_every_node_to_end_at_rest(tmp_path):
    live = Live(tmp_path, "--audio", "demo", "--model", "groove")
    live.wait_for("DANCING")
    children = live.descendants()
    assert len(children) >= 4, "three nodes and the controller"
    live.process.kill()
    live.end()
    wait_until(lambda: not any(map(alive, children.values())), "the end of every node")
    driver = json.loads(next(tmp_path.glob("ur3_dancer-live-*/driver.json")).read_text())
    assert driver["state"] not in ("DANCING", "HOMING")


@pytest.mark.slow
def test_when_a_second_performance_starts_expect_it_refused_and_the_first_unharmed(tmp_path):
    env = environment(tmp_path)
    first = Live(tmp_path, "--audio", "demo", "--model", "groove", env=env)
    first.wait_for("DANCING")
    (tmp_path / "second").mkdir()
    second = Live(tmp_path / "second", "--audio", "demo", "--model", "groove", env=env)
    assert second.end() == 2
    assert "already runs in ROS domain" in second.output
    first.interrupt()
    assert first.end() == 0, first.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--audio", "/no/such/song.ogg"], "/no/such/song.ogg"),
        (["--model", "waltz"], "unknown model 'waltz'"),
        (["--set", "driver.amplitude=3"], "amplitude is 3.0, out of range"),
        (["--set", "driver.volume=3"], "driver has no parameter 'volume'"),
        (["--duration", "-1"], "--duration is -1"),
        (["--config", "/no/such.yaml"], "/no/such.yaml cannot be read"),
    ],
)
def test_when_an_argument_is_wrong_expect_one_line_and_a_non_zero_exit(tmp_path, arguments, text):
    live = Live(tmp_path, "--duration", "5", *arguments)
    assert live.end() == 2
    assert text in live.output
    assert "Traceback" not in live.output


@pytest.mark.slow
def test_when_a_file_is_no_sound_expect_its_name_and_a_non_zero_exit(tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"this is not sound" * 100)
    live = Live(tmp_path, "--audio", str(broken), "--duration", "5")
    assert live.end() == 2
    assert str(broken) in live.output
    assert "Traceback" not in live.output


@pytest.mark.slow
def test_when_the_robots_address_does_not_answer_expect_host_and_port(tmp_path):
    arguments = ["--robot-ip", "127.0.9.9", "--set", "driver.allow_motion=true"]
    live = Live(tmp_path, "--audio", "demo", "--model", "groove", "--duration", "5", *arguments)
    assert live.end() == 2
    assert "127.0.9.9" in live.output
    assert "Traceback" not in live.output


@pytest.mark.slow
def test_when_motion_is_not_allowed_on_an_address_expect_a_refusal(tmp_path):
    arguments = ["--audio", "demo", "--model", "groove", "--robot-ip", "127.0.9.9"]
    live = Live(tmp_path, "--duration", "5", *arguments)
    assert live.end() == 2
    assert "allow_motion" in live.output
