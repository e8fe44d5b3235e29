import pytest
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.driver_state import DriverState, Event, State

EXPECTED = """
              CONNECT DISCONNECT   START   HOME    HOMED  PLAY     HELD     STOP     RESET  FAULT
DISCONNECTED  IDLE    DISCONNECTED -       -       -      -        -        DISCONNECTED -  -
IDLE          -       DISCONNECTED HOMING  HOMING  -      -        -        STOPPED  IDLE   FAULT
HOMING        -       -            HOMING  HOMING  READY  -        -        STOPPED  -      FAULT
READY         -       -            READY   HOMING  -      DANCING  -        STOPPED  -      FAULT
DANCING       -       -            -       HOMING  -      -        HOLDING  STOPPED  -      FAULT
HOLDING       -       -            -       HOMING  -      DANCING  -        STOPPED  -      FAULT
STOPPED       -       DISCONNECTED -       -       -      -        -        STOPPED  IDLE   FAULT
FAULT         -       DISCONNECTED -       -       -      -        -        FAULT    IDLE   FAULT
"""
HEAD, *ROWS = [line.split() for line in EXPECTED.strip().splitlines()]
CASES = [(row[0], event, after) for row in ROWS for event, after in zip(HEAD, row[1:], strict=True)]


def machine_in(state, wants_dance):
    machine = DriverState()
    machine.status = type(machine.status)(State(state))
    machine.wants_dance = wants_dance
    return machine


@pytest.mark.parametrize(("before", "event", "after"), CASES)
def test_when_an_event_comes_expect_the_table(before, event, after):
    machine = machine_in(before, wants_dance=event == "PLAY")
    if after == "-":
        with pytest.raises(RobotError, match=before):
            machine.on(Event[event])
        assert machine.state is State(before)
    else:
        assert machine.on(Event[event], "why", "way out") is State(after)


@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_when_events_come_in_any_order_expect_motion_only_after_a_start_or_home(events):
    machine = DriverState()
    asked = False
    for event in events:
        before = machine.state
        happened = machine.try_on(event)
        if happened and event in (Event.START, Event.HOME):
            asked = True
        if happened and event in (Event.STOP, Event.FAULT, Event.RESET, Event.DISCONNECT):
            asked = False
        if machine.state in (State.HOMING, State.READY, State.DANCING, State.HOLDING):
            assert asked
        if machine.state is State.DANCING:
            assert machine.wants_dance
        if before in (State.STOPPED, State.FAULT) and event is not Event.RESET:
            assert machine.state in (State.STOPPED, State.FAULT, State.DISCONNECTED)


def test_when_only_home_was_asked_for_expect_no_dance():
    machine = DriverState()
    for event in (Event.CONNECT, Event.HOME, Event.HOMED):
        machine.on(event)
    assert not machine.try_on(Event.PLAY)
    machine.on(Event.START)
    assert machine.try_on(Event.PLAY)
    with pytest.raises(RobotError, match="started already"):
        machine.on(Event.START)


def test_when_more_goes_wrong_expect_the_first_cause_kept():
    machine = DriverState()
    machine.on(Event.CONNECT)
    machine.on(Event.FAULT, "protective stop", "release it")
    machine.on(Event.FAULT, "link lost", "connect")
    machine.on(Event.STOP, "pressed", "reset")
    assert str(machine.status) == "FAULT: protective stop; release it"
    with pytest.raises(RobotError, match=r"cannot start .*protective stop.*mend the cause"):
        machine.on(Event.START)
