"""What the operating system and the interpreter can do for a thread that must wake in time."""

import ctypes
import gc
import logging
import os
import sys
import threading
from pathlib import Path

_PR_SET_TIMERSLACK = 29
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_SWITCH_INTERVAL_S = 0.0001

_log = logging.getLogger(__name__)


def prefer_this_thread(priority: int = 0, lock_memory: bool = False) -> None:
    """Let the calling thread wake promptly.

    Linux rounds sleeps up by 50 µs, other Python threads may keep the interpreter for 5 ms, and a
    collection of garbage stops them all: these are lowered, the last two for the whole process.
    What the system refuses is logged with the way out, not raised: the loop works without.

    Args:
        priority: 1 to 99 asks for real-time scheduling (SCHED_FIFO); 0 does not. The process's
            other threads get one less: one of them, put aside by the system while it has the
            interpreter, would make this thread wait all the same.
        lock_memory: keep the process's memory from being swapped out.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_S))
    gc.collect()
    gc.freeze()  # what is there now stays: later collections need not look at it
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    if priority:
        _ask_for_priority(priority)
    if lock_memory:
        _lock_memory()


def _ask_for_priority(priority: int) -> None:
    try:
        # Not for the threads that this one starts: ur-rtde's two poll thousands of times a second.
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except (PermissionError, ValueError) as error:
        _log.warning(
            "real-time priority %d was refused (%s): the servo loop runs without it; allow it "
            "with a line '@realtime - rtprio 99' in /etc/security/limits.d and the group",
            priority,
            error,
        )
        return
    this = str(threading.get_native_id())
    for task in Path("/proc/self/task").iterdir():
        if task.name != this:
            try:
                lower = os.sched_param(max(1, priority - 1))
                os.sched_setscheduler(int(task.name), os.SCHED_FIFO, lower)
            except ProcessLookupError:
                continue  # that thread has ended
    _log.info("the driver has real-time priority %d", priority)


def _lock_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) != 0:
        _log.warning(
            "locking memory was refused (%s): the servo loop runs without it; allow it with a line "
            "'@realtime - memlock unlimited' in /etc/security/limits.d and the group",
            os.strerror(ctypes.get_errno()),
        )
