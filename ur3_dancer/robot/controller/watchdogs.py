# ruff: noqa: D102 - the words are Universal Robots', and its script manual describes them
"""Watchdogs on RTDE inputs: a client that falls silent stops or pauses the program."""

from ur3_dancer.robot.controller.robot import Robot
from ur3_dancer.robot.controller.urscript.values import ScriptError

_ACTIONS = ("ignore", "pause", "stop")


class Watchdogs:
    """The watchdogs of the running program; `rtde_set_watchdog` is a word of URScript."""

    def __init__(self, robot: Robot):
        self._robot = robot
        self._rules: dict[str, tuple[float, str]] = {}
        self._last_s: dict[str, float] = {}

    def rtde_set_watchdog(
        self, variable_name: str, min_frequency: float, action: str = "pause"
    ) -> None:
        action = action.lower()
        if action not in _ACTIONS:
            raise ScriptError(f"watchdog action {action!r}: use {', '.join(_ACTIONS)}")
        if min_frequency > 0.0:
            self._rules[str(variable_name)] = (1.0 / min_frequency, action)
            self._last_s[str(variable_name)] = self._robot.time_s
        else:
            self._rules.pop(str(variable_name), None)

    def touched(self, names: tuple[str, ...]) -> None:
        """Inputs were set."""
        for name in self._rules:
            if name in names:
                self._last_s[name] = self._robot.time_s

    def expired(self) -> tuple[str, str] | None:
        """Return variable and action of a watchdog that ran out, once; None if all is well."""
        for name, (timeout_s, action) in self._rules.items():
            if self._robot.time_s - self._last_s[name] > timeout_s and action != "ignore":
                del self._rules[name]
                return name, action
        return None

    def restart(self) -> None:
        """Count from now on: the program was paused."""
        self._last_s = dict.fromkeys(self._rules, self._robot.time_s)

    def clear(self) -> None:
        """Forget all: the program ended."""
        self._rules.clear()
