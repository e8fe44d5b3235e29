"""Watches what the arm says of itself: when the driver must give up, and how to recover."""

from dataclasses import dataclass

from ur3_dancer.robot.arm import ArmState


@dataclass(frozen=True)
class Fault:
    """Why the driver gives up.

    Attributes:
        cause: what happened, with the value.
        recovery: what a person does.
        link_lost: whether the connection must be made anew.
    """

    cause: str
    recovery: str
    link_lost: bool = False


class Watch:
    """Judges one arm state after the other."""

    def __init__(self, name: str, stale_s: float = 0.1):
        """Watch the arm called `name`; its time stamp may stand still for `stale_s`."""
        self._name = name
        self._stale_s = stale_s
        self._timestamp_s: float | None = None
        self._changed_s = 0.0

    def restart(self, now_s: float) -> None:
        """Begin anew, after a connection or a pause in watching."""
        self._timestamp_s = None
        self._changed_s = now_s

    def check(self, state: ArmState, now_s: float) -> Fault | None:
        """Return what is wrong at `now_s`, or None."""
        if self._timestamp_s is not None and state.timestamp_s < self._timestamp_s:
            return Fault(
                f"{self._name} has started anew: its time went back from {self._timestamp_s:.2f} "
                f"to {state.timestamp_s:.2f} s",
                "reset connects again",
                link_lost=True,
            )
        if state.timestamp_s != self._timestamp_s:
            self._timestamp_s = state.timestamp_s
            self._changed_s = now_s
        silent_s = now_s - self._changed_s
        if silent_s > self._stale_s:
            return Fault(
                f"{self._name} sends no new state ({silent_s * 1000.0:.0f} ms since the last)",
                "check the controller and its network, then reset connects again",
                link_lost=True,
            )
        if state.safety:
            return Fault(
                f"{self._name}: {state.safety}",
                "make the place safe, release the stop at the robot, then reset",
            )
        if not state.powered:
            return Fault(
                f"{self._name} is not powered on with brakes released",
                "switch it on at the robot, then reset",
            )
        return None
