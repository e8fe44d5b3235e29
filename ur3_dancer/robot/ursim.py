"""URSim, Universal Robots' own simulator, in Docker: found or started, powered on, brakes released.

Written against Universal Robots' public images and dashboard manual, and tested with a scripted
`docker`; not compared with a running URSim.
"""

import shutil
import socket
import subprocess
from collections.abc import Callable

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.robot.dashboard import DASHBOARD_PORT, Dashboard

IMAGES = {
    "ur3": "universalrobots/ursim_cb3",
    "ur3e": "universalrobots/ursim_e-series",
}
ROBOT_PORTS = (29999, 30001, 30002, 30003, 30004)
SCREEN_PORTS = (5900, 6080)
"""VNC, and the same in a browser: http://HOST:6080/vnc.html shows the pendant."""

_DOCKER_TIMEOUT_S = 600.0  # the first run downloads the image
_STEP_TIMEOUT_S = 60.0
_POLL_S = 0.5


class UrSim:
    """One container for one model.

    Attributes:
        host: address that the container's ports are published on.
        container: its name.
    """

    def __init__(self, model: str, clock: Clock, host: str = "127.0.0.1", image: str | None = None):
        """Prepare; `start` finds or starts the container.

        Raises:
            ConfigError: no image is known for `model` and none is given.
        """
        if model not in IMAGES:
            raise ConfigError(f"no URSim for model {model!r}: use one of {', '.join(IMAGES)}")
        self.host = host
        self.container = f"ur3_dancer_ursim_{model}"
        self._image = image or IMAGES[model]
        self._clock = clock
        self._started = False

    def start(self, timeout_s: float = 180.0) -> None:
        """Have the simulator running, powered on, brakes released, all ports answering.

        Raises:
            RobotError: Docker is missing or refuses, a port does not answer in time, or the robot
                does not reach a state; the text names which.
        """
        if not self._running():
            self._run()
            self._started = True
        deadline_s = self._clock.now_s() + timeout_s
        for port in ROBOT_PORTS:
            self._await(
                lambda port=port: _answers(self.host, port),
                deadline_s,
                f"port {port} of URSim at {self.host} does not answer",
            )
        self._power_on(deadline_s)

    def stop(self) -> None:
        """Remove the container if `start` started it; one that was found is left running."""
        if self._started:
            self._started = False
            self._docker("rm", "--force", self.container)

    def _running(self) -> bool:
        said = self._docker("ps", "--filter", f"name=^/{self.container}$", "--format", "{{.Names}}")
        return self.container in said.split()

    def _run(self) -> None:
        command = ["run", "--rm", "--detach", "--name", self.container, "--env", "ROBOT_MODEL=UR3"]
        for port in (*ROBOT_PORTS, *SCREEN_PORTS):
            command += ["--publish", f"{self.host}:{port}:{port}"]
        self._docker(*command, self._image)

    def _docker(self, *arguments: str) -> str:
        docker = shutil.which("docker")
        if docker is None:
            raise RobotError(
                "robot_ip is ursim, but there is no docker command: install Docker, or use "
                "robot_ip embedded for the built-in controller"
            )
        try:
            done = subprocess.run(
                [docker, *arguments], capture_output=True, text=True, timeout=_DOCKER_TIMEOUT_S
            )
        except subprocess.TimeoutExpired as error:
            raise RobotError(
                f"docker {arguments[0]} did not end within {_DOCKER_TIMEOUT_S:g} s: is the network "
                f"slow? Try `docker pull {self._image}` first"
            ) from error
        if done.returncode != 0:
            raise RobotError(
                f"docker {arguments[0]} failed: {done.stderr.strip() or done.returncode}: is the "
                "Docker service running, and may you use it (group docker)?"
            )
        return done.stdout

    def _power_on(self, deadline_s: float) -> None:
        with Dashboard(self.host, port=DASHBOARD_PORT) as dashboard:

            def mode() -> str:
                return dashboard.ask("robotmode").partition(":")[2].strip()

            for wish, reached in (
                ("power on", ("IDLE", "RUNNING")),
                ("brake release", ("RUNNING",)),
            ):
                if mode() not in reached:
                    dashboard.ask(wish)
                self._await(
                    lambda reached=reached: mode() in reached,
                    min(deadline_s, self._clock.now_s() + _STEP_TIMEOUT_S),
                    f"URSim was told to {wish} and did not reach {' or '.join(reached)}",
                    mode,
                )

    def _await(
        self,
        condition: Callable[[], bool],
        deadline_s: float,
        complaint: str,
        state: Callable[[], str] | None = None,
    ) -> None:
        while not condition():
            if self._clock.now_s() >= deadline_s:
                now = f" (robot mode {state()})" if state else ""
                raise RobotError(
                    f"{complaint}{now}: look at http://{self.host}:6080/vnc.html and at "
                    f"`docker logs {self.container}`"
                )
            self._clock.sleep_until_s(self._clock.now_s() + _POLL_S)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1.0).close()
    except OSError:
        return False
    return True
