"""What the operating system and the interpreter can do for a thread that must wake in time."""

import contextlib
import ctypes
import gc
import os
import sys
import threading
from pathlib import Path

_PR_SET_TIMERSLACK = 29
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_SWITCH_INTERVAL_S = 0.0001


def prefer_this_thread(priority: int = 0, lock_memory: bool = False) -> list[str]:
    """Let the calling thread wake promptly.

    Linux rounds sleeps up by 50 µs, other Python threads may keep the interpreter for 5 ms, and a
    collection of garbage stops them all: these are lowered, the last two for the whole process.
    What the system refuses is no error: the loop works without.

    Args:
        priority: 1 to 99 asks for real-time scheduling (SCHED_FIFO); 0 does not. The process's
            main thread gets one less: put aside by the system while it has the interpreter, it
            would make this thread wait all the same. It must bound its work by itself.
        lock_memory: keep the process's memory from being swapped out.

    Returns:
        What was refused, each with the way to have it allowed.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_S))
    gc.collect()
    gc.freeze()  # what is there now stays: later collections need not look at it
    if not sys.platform.startswith("linux"):
        return []
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    refusals = [_ask_for_priority(priority) if priority else ""]
    refusals.append(_lock_memory() if lock_memory else "")
    return [refusal for refusal in refusals if refusal]


def share_niceness() -> None:
    """Give every thread of the process the niceness of its main thread.

    A thread that one with real-time priority starts begins without its niceness
    (SCHED_RESET_ON_FORK): ur-rtde's would wait behind all other work of the machine.
    """
    if not sys.platform.startswith("linux"):
        return
    niceness = os.getpriority(os.PRIO_PROCESS, os.getpid())
    for thread in Path("/proc/self/task").iterdir():
        # Ended meanwhile; or one that had itself put last, which only root may put forward again.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)


def _ask_for_priority(priority: int) -> str:
    try:
        # Not for the threads that this one starts: ur-rtde's two poll thousands of times a second.
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
        main_thread = os.getpid()
        if threading.get_native_id() != main_thread:
            os.sched_setscheduler(main_thread, policy, os.sched_param(max(1, priority - 1)))
    except (PermissionError, ValueError) as error:
        return (
            f"real-time priority {priority} was refused ({error}): the servo loop runs without it; "
            "allow it with a line '@realtime - rtprio 99' in /etc/security/limits.d and the group"
        )
    return ""


def _lock_memory() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) == 0:
        return ""
    return (
        f"locking memory was refused ({os.strerror(ctypes.get_errno())}): the servo loop runs "
        "without it; allow it with a line '@realtime - memlock unlimited' in "
        "/etc/security/limits.d and the group"
    )
