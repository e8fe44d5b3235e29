"""Faults on request, to see how a driver takes them: lines `fault ...` on the dashboard port.

| line | what happens |
|---|---|
| `fault protective_stop` | a protective stop |
| `fault emergency_stop` / `fault emergency_release` | the red button is pressed / pulled out |
| `fault slider 0.1` | somebody moves the speed slider to 10 % |
| `fault remote_control off` / `on` | somebody switches the pendant to local control and back |
| `fault register_in_use input_int_register_0` | a field bus claims an input |
| `fault link drop` | all connections but the dashboard's end |
| `fault link silent` | connections stay up and carry nothing, in both directions |
| `fault link delay 0.05` | everything takes 50 ms longer, each way |
| `fault link jitter 0.2` | everything takes 0 to 200 ms longer, each way, in order |
| `fault model UR10` | the dashboard says that it is another robot |
| `fault unlock_wait 0` | a protective stop can be released after so many seconds |
| `fault clear` | link, slider, remote control, registers, model, waiting time are as at the start |
"""

import dataclasses
import logging
import math
from collections.abc import Callable, Iterable

from ur3_dancer.robot.controller import rtde, script_port
from ur3_dancer.robot.controller.controller import UNLOCK_WAIT_S, Controller
from ur3_dancer.robot.controller.link import Link
from ur3_dancer.robot.controller.rtde_fields import INPUTS

_LOG = logging.getLogger(__name__)

_FIELD_BUS = "field bus"

FAULTY_PORTS = frozenset(
    (
        rtde.PORT,
        script_port.PRIMARY_PORT,
        script_port.SECONDARY_PORT,
        script_port.REALTIME_PORT,
    )
)
"""Ports that the link's faults touch; the dashboard stays, to take the next fault."""


class Faults:
    """Injects faults.

    Attributes:
        drop: ends all connections of some ports; set once the ports are open.
    """

    def __init__(self, controller: Controller, server: rtde.RtdeServer, link: Link):
        self._controller = controller
        self._server = server
        self._link = link
        self._model = controller.robot.model
        self.drop: Callable[[Iterable[int]], None] = lambda ports: None

    def inject(self, line: str) -> str:
        """Inject the fault that `line` names; return the answer for the dashboard."""
        name, _, rest = line.strip().partition(" ")
        handler = self._FAULTS.get(name)
        if handler is None:
            return f"unknown fault {name!r}: use {', '.join(self._FAULTS)}"
        try:
            handler(self, rest.split())
        except (ValueError, IndexError) as error:
            return f"fault {name} cannot take {rest!r}: {error}"
        _LOG.warning("fault injected: %s", line)
        return f"fault {line}: done"

    def _protective_stop(self, words: list[str]) -> None:
        self._controller.protective_stop("injected")

    def _emergency_stop(self, words: list[str]) -> None:
        self._controller.emergency_stop()

    def _emergency_release(self, words: list[str]) -> None:
        self._controller.release_emergency_stop()

    def _slider(self, words: list[str]) -> None:
        share = float(words[0])
        if not 0.0 <= share <= 1.0:
            raise ValueError("the slider goes from 0 to 1")
        self._controller.robot.arm.slider = share

    def _remote_control(self, words: list[str]) -> None:
        self._controller.robot.remote_control = {"on": True, "off": False}.get(words[0], True)

    def _register_in_use(self, words: list[str]) -> None:
        if words[0] not in INPUTS:
            raise ValueError("there is no such input")
        self._server.claimed[words[0]] = _FIELD_BUS

    def _set_model(self, words: list[str]) -> None:
        self._controller.robot.model = dataclasses.replace(self._model, name=words[0])

    def _unlock_wait(self, words: list[str]) -> None:
        self._controller.unlock_wait_s = float(words[0])

    def _set_link(self, words: list[str]) -> None:
        if words[0] == "drop":
            self.drop(FAULTY_PORTS)
        elif words[0] == "silent":
            self._link.silent = True
        elif words[0] in ("delay", "jitter"):
            seconds = float(words[1])
            if not 0.0 <= seconds <= 10.0 or not math.isfinite(seconds):
                raise ValueError("0 to 10 seconds")
            self._link.hold_up(seconds, varying=words[0] == "jitter")
        else:
            raise ValueError("use drop, silent, delay SECONDS or jitter SECONDS")

    def _clear(self, words: list[str]) -> None:
        controller = self._controller
        self._link.clear()
        controller.robot.arm.slider = 1.0
        controller.robot.remote_control = True
        controller.robot.model = self._model
        controller.unlock_wait_s = UNLOCK_WAIT_S
        claimed = self._server.claimed
        for name in [n for n, owner in claimed.items() if owner == _FIELD_BUS]:
            del claimed[name]

    _FAULTS = {  # noqa: RUF012 - a table that nobody changes
        "protective_stop": _protective_stop,
        "emergency_stop": _emergency_stop,
        "emergency_release": _emergency_release,
        "slider": _slider,
        "remote_control": _remote_control,
        "register_in_use": _register_in_use,
        "link": _set_link,
        "model": _set_model,
        "unlock_wait": _unlock_wait,
        "clear": _clear,
    }
