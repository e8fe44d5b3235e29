"""Where the arm is: `robot_ip` means the embedded controller, URSim, or the robot at an address.

All three are reached through the same RTDE client. There is no fall-back from one to another.
"""

import logging
import re
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError, RobotError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.robot.embedded import EmbeddedController
from ur3_dancer.robot.mounting import check_mounting
from ur3_dancer.robot.ursim import UrSim

if TYPE_CHECKING:
    from ur3_dancer.robot.rtde_arm import RtdeArm

EMBEDDED, URSIM, ADDRESS = "embedded", "ursim", "address"
_log = logging.getLogger(__name__)
_ADDRESS = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")


class Place:
    """An arm's controller, started if it is a simulated one; a context manager.

    Attributes:
        kind: `embedded`, `ursim` or `address`.
        host: its address.
    """

    def __init__(
        self,
        robot_ip: str,
        arm_config: ArmConfig,
        clock: Clock,
        *,
        allow_motion: bool = False,
        dry_run: bool = False,
        simulated_host: str = "127.0.0.1",
        report_path: str | Path | None = None,
    ):
        """Decide where the arm is; `start` makes it ready.

        Args:
            robot_ip: empty or `embedded`, `ursim`, or the address of a robot.
            arm_config: its model chooses what is simulated, its limits are the referee's.
            clock: for time-outs.
            allow_motion: needed for an address: somebody has cleared the space around the arm.
            dry_run: do everything but send.
            simulated_host: loopback address of a simulated controller.
            report_path: where the embedded controller's referee writes its counts.

        Raises:
            ConfigError: an address without `allow_motion` or `dry_run`, or no address at all.
        """
        self._config = arm_config
        self._clock = clock
        self._dry_run = dry_run
        self._simulator: EmbeddedController | UrSim | None = None
        wish = robot_ip.strip()
        if wish.lower() in ("", EMBEDDED):
            self.kind, self.host = EMBEDDED, simulated_host
            limits = arm_config.limits
            self._simulator = EmbeddedController(
                arm_config.model,
                host=simulated_host,
                report_path=report_path,
                limits={
                    "velocity": limits.velocity_rad_s.tolist(),
                    "acceleration": limits.acceleration_rad_s2.tolist(),
                    "jerk": limits.jerk_rad_s3.tolist(),
                },
            )
        elif wish.lower() == URSIM:
            self.kind, self.host = URSIM, simulated_host
            self._simulator = UrSim(arm_config.model, clock, host=simulated_host)
        else:
            _check_address(wish, allow_motion or dry_run)
            self.kind, self.host = ADDRESS, wish

    def start(self) -> None:
        """Start the simulated controller, if it is one, and wait until it answers.

        Raises:
            RobotError: it does not start; the text names what failed.
        """
        if self._simulator is not None:
            self._simulator.start()

    @property
    def alive(self) -> bool:
        """Return whether the embedded controller's process runs; True for the other places."""
        return self.kind != EMBEDDED or self._simulator.alive

    def arm(self) -> "RtdeArm":
        """Return the client for this place, not yet connected.

        Raises:
            RobotError: ur-rtde is not installed.
        """
        try:
            from ur3_dancer.robot.rtde_arm import RtdeArm
        except ImportError as error:
            raise RobotError(
                f"the RTDE client is missing ({error}): pip install ur_rtde (Python 3.10 to 3.12 "
                "on x86-64 Linux)"
            ) from error
        return RtdeArm(
            self.host,
            self._config.servo,
            dry_run=self._dry_run,
            clock=self._clock,
            check_mounted=self._check_mounted if self.kind == ADDRESS else None,
        )

    def _check_mounted(self, name: str, host: str) -> None:
        try:
            check_mounting(name, host, self._config.tool)
        except RobotError as error:
            if not self._dry_run:
                raise
            _log.warning("%s (a dry run goes on)", error)

    def stop(self) -> None:
        """End the simulated controller, if this place started one. Safe to call twice."""
        if self._simulator is not None:
            self._simulator.stop()

    def __enter__(self) -> "Place":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _check_address(address: str, allowed: bool) -> None:
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"robot_ip {address!r} is no address: give an IP address or host name, ursim, or "
            "embedded"
        )
    if not allowed:
        raise ConfigError(
            f"robot_ip {address} is a real robot and allow_motion is not set: clear the space, "
            "take the emergency stop in hand, lower the speed slider, then set allow_motion to "
            "true; or set dry_run to true to send nothing"
        )
