"""Whether a controller is ready for our client, and what to say when it is not."""

import socket

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.dashboard import Identity

RTDE_PORT = 30004
PORTS = {
    29999: "dashboard",
    30003: "script",
    RTDE_PORT: "RTDE",
}
_SAFETY_BITS = (
    (7, "emergency stop"),
    (2, "protective stop"),
    (4, "safeguard stop"),
    (9, "safety fault"),
    (8, "safety violation"),
    (3, "recovery mode"),
)


def safety_text(bits: int) -> str:
    """Return what RTDE's `safety_status_bits` say stops the arm; empty when nothing does."""
    return next((text for bit, text in _SAFETY_BITS if bits >> bit & 1), "")


def try_ports(name: str, host: str, timeout_s: float) -> None:
    """Connect to each port once: the error then names the one that is closed.

    Raises:
        RobotError: a port does not answer.
    """
    for port, purpose in PORTS.items():
        try:
            socket.create_connection((host, port), timeout_s).close()
        except OSError as error:
            raise RobotError(
                f"{name}: port {port} ({purpose}) does not answer ({error}): check the address, "
                "the network cable and any firewall, and that the controller is on"
            ) from error


def check_ready(name: str, host: str, identity: Identity, safety: str, dry_run: bool) -> None:
    """Refuse an arm that may not move now.

    Raises:
        RobotError: power, brakes, remote control or a safety stop; the text says which.
    """
    if identity.robot_mode != "RUNNING":
        raise RobotError(
            f"{name} is in mode {identity.robot_mode}: power it on and release its brakes"
        )
    local = host in ("localhost", "127.0.0.1")  # a simulator needs no remote control
    if identity.remote_control is False and not (dry_run or local):
        raise RobotError(f"{name} is in local control: switch it to remote control at the pendant")
    if safety:
        raise RobotError(f"{name}: {safety}: make the place safe and release it at the robot")


def refusal_text(name: str, identity: Identity, error: str) -> str:
    """Return what a refused connection means to a person."""
    text = f"{name} ({identity.software}) refused the connection: {error}"
    if "in use" in error.lower() or "IN_USE" in error:
        return text + ": another client (a second driver, a fieldbus) holds its registers: end it"
    return f"{text}: check remote control, and that no other program controls it"
