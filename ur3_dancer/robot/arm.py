"""What the driver needs of an arm: connect, read, prepare, servo, stop, disconnect."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class ArmState:
    """What the arm says of itself at one moment.

    Attributes:
        q: six measured joint angles, rad, UR order.
        dq: six measured joint velocities, rad/s.
        timestamp_s: the controller's own time; a stale one means that the link is dead.
        speed_scaling: share of full speed that the controller allows (speed slider), 0 to 1.
        powered: powered on with the brakes released.
        safety: empty when normal, else what stops the arm, in words.
    """

    q: Sequence[float]
    dq: Sequence[float]
    timestamp_s: float
    speed_scaling: float = 1.0
    powered: bool = True
    safety: str = ""


class Arm(Protocol):
    """One arm; not thread-safe: the driver's loop thread is its only user.

    Attributes:
        model: `ur3` or `ur3e`, known after `connect`.
        rate_hz: the controller's control rate, known after `connect`.
        name: how error texts call it, for instance `UR3 at 127.0.0.1`.
        connected: whether there is a link, as far as is known; once lost, only `connect` helps.
    """

    model: str
    rate_hz: float
    name: str

    @property
    def connected(self) -> bool:
        """Return whether there is a link."""
        ...

    def connect(self) -> None:
        """Reach the controller and learn what it is; nothing moves.

        Raises:
            RobotError: it does not answer, is another model, or is not ready; the text says which.
        """
        ...

    def read(self) -> ArmState:
        """Return the newest state without waiting.

        Raises:
            RobotError: the link was lost.
        """
        ...

    def prepare(self) -> None:
        """Make ready for set-points; arms the controller's watchdog, which wants them from now on.

        The arm holds where it stands. May take seconds.

        Raises:
            RobotError: the controller does not run our program.
        """
        ...

    def servo(self, q: Sequence[float]) -> list[float]:
        """Send one set-point and return what was really sent.

        Raises:
            RobotError: the set-point is not six finite numbers, or the controller refuses it.
        """
        ...

    def stop(self) -> None:
        """End the stream: the arm brakes to rest and our program ends. Safe to call twice."""
        ...

    def disconnect(self) -> None:
        """Stop, and let go of the controller. Safe to call twice."""
        ...
