"""The driver's states as a table: what may follow what, and nothing else.

Only DANCING and HOMING set the arm in motion. STOPPED and FAULT are entered at once and may
only let it come to rest. STOPPED and FAULT are latched: `reset`, by a person, leaves them.
"""

from dataclasses import dataclass
from enum import Enum
from threading import RLock

from ur3_dancer.errors import RobotError


class State(str, Enum):
    """Where the driver stands."""

    DISCONNECTED = "DISCONNECTED"
    IDLE = "IDLE"
    HOMING = "HOMING"
    READY = "READY"
    DANCING = "DANCING"
    HOLDING = "HOLDING"
    STOPPED = "STOPPED"
    FAULT = "FAULT"


class Event(str, Enum):
    """What can happen to the driver; values read well in a sentence."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    START = "start"
    HOME = "go home"
    HOMED = "be home"
    PLAY = "play"
    HELD = "hold"
    STOP = "stop"
    RESET = "reset"
    FAULT = "fail"


_S, _E = State, Event

TABLE: dict[tuple[State, Event], State] = {
    (_S.DISCONNECTED, _E.CONNECT): _S.IDLE,
    (_S.DISCONNECTED, _E.DISCONNECT): _S.DISCONNECTED,
    (_S.DISCONNECTED, _E.STOP): _S.DISCONNECTED,
    (_S.IDLE, _E.START): _S.HOMING,
    (_S.IDLE, _E.HOME): _S.HOMING,
    (_S.IDLE, _E.RESET): _S.IDLE,
    (_S.HOMING, _E.START): _S.HOMING,
    (_S.HOMING, _E.HOME): _S.HOMING,
    (_S.HOMING, _E.HOMED): _S.READY,
    (_S.READY, _E.START): _S.READY,
    (_S.READY, _E.HOME): _S.HOMING,
    (_S.READY, _E.PLAY): _S.DANCING,
    (_S.DANCING, _E.HOME): _S.HOMING,
    (_S.DANCING, _E.HELD): _S.HOLDING,
    (_S.HOLDING, _E.HOME): _S.HOMING,
    (_S.HOLDING, _E.PLAY): _S.DANCING,
    (_S.STOPPED, _E.RESET): _S.IDLE,
    (_S.FAULT, _E.RESET): _S.IDLE,
    (_S.FAULT, _E.FAULT): _S.FAULT,
    (_S.FAULT, _E.STOP): _S.FAULT,
    (_S.STOPPED, _E.FAULT): _S.FAULT,
}
"""Everything that is allowed; STOP, FAULT and DISCONNECT follow below for the states they suit."""

for _state in (_S.IDLE, _S.HOMING, _S.READY, _S.DANCING, _S.HOLDING):
    TABLE[_state, _E.STOP] = _S.STOPPED
    TABLE[_state, _E.FAULT] = _S.FAULT
TABLE[_S.STOPPED, _E.STOP] = _S.STOPPED
for _state in (_S.IDLE, _S.STOPPED, _S.FAULT):
    TABLE[_state, _E.DISCONNECT] = _S.DISCONNECTED

_WAY_OUT = {
    _S.DISCONNECTED: "connect first",
    _S.IDLE: "start or go home first",
    _S.STOPPED: "reset first",
    _S.FAULT: "mend the cause, then reset",
}


@dataclass(frozen=True)
class Status:
    """The driver's state for people.

    Attributes:
        state: name of the state.
        reason: why it is in that state; empty where that needs no words.
        recovery: what a person does to go on; empty when nothing is needed.
    """

    state: State
    reason: str = ""
    recovery: str = ""

    def __str__(self) -> str:
        text = self.state.value
        if self.reason:
            text += f": {self.reason}"
        return f"{text}; {self.recovery}" if self.recovery else text


class DriverState:
    """The state machine. Pure: no clock, no arm; its lock lets `stop` come from any thread.

    Attributes:
        status: state, reason and recovery.
        wants_dance: whether a person has asked for the dance (START) and not for anything else
            since; chunks are played only then.
    """

    def __init__(self):
        self.status = Status(State.DISCONNECTED)
        self.wants_dance = False
        self._lock = RLock()

    @property
    def state(self) -> State:
        """Return the present state."""
        return self.status.state

    def allows(self, event: Event) -> bool:
        """Return whether `event` may happen now."""
        if event is Event.PLAY and not self.wants_dance:
            return False
        if event is Event.START and self.wants_dance:
            return False
        return (self.state, event) in TABLE

    def require(self, event: Event) -> None:
        """Raise RobotError, saying what to do first, when `event` is not allowed now."""
        if not self.allows(event):
            raise RobotError(self._refusal(event))

    def try_on(self, event: Event, reason: str = "", recovery: str = "") -> bool:
        """Take `event` if it is allowed now; return whether it was.

        For what the loop finds out: a person's stop may have come in between.
        """
        with self._lock:
            allowed = self.allows(event)
            if allowed:
                self.on(event, reason, recovery)
        return allowed

    def on(self, event: Event, reason: str = "", recovery: str = "") -> State:
        """Take `event` and return the new state.

        Raises:
            RobotError: the event is not allowed now; the text says what to do first.
        """
        with self._lock:
            self.require(event)
            before, after = self.state, TABLE[self.state, event]
            if event in (Event.START, Event.HOME):
                self.wants_dance = event is Event.START
            elif event in (Event.STOP, Event.FAULT, Event.RESET, Event.DISCONNECT):
                self.wants_dance = False
            latched = before is after and after in (State.STOPPED, State.FAULT)
            if not latched:  # the first cause is the one worth knowing
                self.status = Status(after, reason, recovery)
            return after

    def _refusal(self, event: Event) -> str:
        if event is Event.START and self.wants_dance:
            return f"cannot start: the dance has been started already (state {self.state.value})"
        way_out = _WAY_OUT.get(self.state)
        text = f"cannot {event.value} in state {self.state.value}"
        if self.status.reason:
            text += f" ({self.status.reason})"
        return f"{text}: {way_out}" if way_out else text
