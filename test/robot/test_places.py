import os
import stat
import sys

import pytest
import yaml
from support.clock import FakeClock

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.resources import find
from ur3_dancer.robot.dashboard import identify
from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.places import Place
from ur3_dancer.robot.ursim import UrSim

CONFIG = load_arm_config("ur3")

DOCKER = """#!{python}
import pathlib, sys
here = pathlib.Path({folder!r})
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + chr(10))
if (here / "refuse").exists():
    sys.exit("permission denied while trying to connect to the Docker daemon socket")
if sys.argv[1] == "ps" and (here / "running").exists():
    print((here / "running").read_text())
"""


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """A scripted `docker` on PATH: notes its calls; the files `running` and `refuse` steer it."""
    program = tmp_path / "docker"
    program.write_text(DOCKER.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.parametrize("robot_ip", ["", "embedded", " Embedded "])
def test_when_no_address_is_given_expect_the_embedded_controller(robot_ip):
    with Place(robot_ip, CONFIG, SystemClock(), simulated_host="127.0.0.71") as place:
        assert (place.kind, place.host, place.alive) == ("embedded", "127.0.0.71", True)
        arm = place.arm()
        arm.connect()
        assert arm.model == "ur3"
        arm.disconnect()
    assert not place.alive
    place.stop()


def test_when_an_address_is_given_without_leave_to_move_expect_a_refusal():
    with pytest.raises(ConfigError, match=r"192\.168\.1\.5 .*allow_motion"):
        Place("192.168.1.5", CONFIG, FakeClock())
    for leave in ({"allow_motion": True}, {"dry_run": True}):
        place = Place("192.168.1.5", CONFIG, FakeClock(), **leave)
        assert (place.kind, place.host) == ("address", "192.168.1.5")
        place.start()  # starts nothing: there is no fall-back


@pytest.mark.parametrize("robot_ip", ["192.168 .1.5", "http://robot", "-rm", "robot;ls"])
def test_when_the_address_is_none_expect_it_quoted(robot_ip):
    with pytest.raises(ConfigError, match="is no address"):
        Place(robot_ip, CONFIG, FakeClock(), allow_motion=True)


def test_when_there_is_no_docker_expect_the_way_out(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RobotError, match="no docker command: install Docker"):
        Place("ursim", CONFIG, FakeClock()).start()


def test_when_docker_refuses_expect_its_words(docker):
    (docker / "refuse").touch()
    with pytest.raises(RobotError, match=r"permission denied .*group docker"):
        UrSim("ur3", FakeClock()).start()


def test_when_ursim_is_started_expect_ports_published_power_on_and_brakes_released(docker):
    with EmbeddedController("ur3e", host="127.0.0.72"):
        from ur3_dancer.robot.dashboard import Dashboard

        with Dashboard("127.0.0.72") as dashboard:
            dashboard.ask("power off")
        simulator = UrSim("ur3e", SystemClock(), host="127.0.0.72")
        simulator.start(30.0)
        assert identify("127.0.0.72").robot_mode == "RUNNING"
        simulator.stop()
        simulator.stop()
    calls = (docker / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["ps", "run", "rm"]
    assert calls[1].endswith("universalrobots/ursim_e-series")
    assert "--publish 127.0.0.72:30004:30004" in calls[1]
    assert "ROBOT_MODEL=UR3" in calls[1]


def test_when_ursim_runs_already_expect_it_used_and_left_running(docker):
    (docker / "running").write_text("ur3_dancer_ursim_ur3")
    with EmbeddedController("ur3", host="127.0.0.73"):
        simulator = UrSim("ur3", SystemClock(), host="127.0.0.73")
        simulator.start(30.0)
        simulator.stop()
    assert [call.split()[0] for call in (docker / "calls").read_text().splitlines()] == ["ps"]


def test_when_a_port_never_answers_expect_it_named(docker):
    clock = FakeClock()
    with pytest.raises(RobotError, match=r"port 29999 of URSim at 127\.0\.0\.74.*docker logs"):
        UrSim("ur3", clock, host="127.0.0.74").start(5.0)
    assert clock.now_s() >= 105.0


def test_when_the_model_has_no_simulator_expect_the_known_ones():
    with pytest.raises(ConfigError, match="ur3, ur3e"):
        UrSim("ur10", FakeClock())


@pytest.mark.parametrize("model", ["ur3", "ur3e"])
def test_when_compose_starts_ursim_expect_what_the_driver_would_have_started(docker, model):
    compose = yaml.safe_load(find("config/ursim/compose.yaml").read_text())["services"][model]
    with EmbeddedController(model, host="127.0.0.75"):
        simulator = UrSim(model, SystemClock(), host="127.0.0.75")
        simulator.start(30.0)
    words = (docker / "calls").read_text().splitlines()[1].split()
    assert compose["image"] == words[-1]
    assert compose["container_name"] == simulator.container == words[words.index("--name") + 1]
    assert f"ROBOT_MODEL={compose['environment']['ROBOT_MODEL']}" in words
    ports = [word.removeprefix("127.0.0.75:") for word in words if word.startswith("127.0.0.75:")]
    default = "${URSIM_HOST:-127.0.0.1}:"
    assert sorted(port.removeprefix(default) for port in compose["ports"]) == sorted(ports)
