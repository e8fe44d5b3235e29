"""What the operating system can do for a thread that must wake in time."""

import ctypes
import logging
import os
import sys

_PR_SET_TIMERSLACK = 29
_SWITCH_INTERVAL_S = 0.0005

_log = logging.getLogger(__name__)


def prefer_this_thread(priority: int = 0) -> None:
    """Let the calling thread wake promptly.

    Linux rounds sleeps up by 50 µs and other Python threads may keep the interpreter for 5 ms:
    both are lowered, the second for the whole process. With `priority` 1 to 99 the thread asks for
    real-time scheduling, and a refusal is logged with the way out, not raised: the loop works
    without.
    """
    sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_S))
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    if priority:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        except (PermissionError, ValueError) as error:
            _log.warning(
                "real-time priority %d was refused (%s): the servo loop runs without it; allow it "
                "with a line '@realtime - rtprio 99' in /etc/security/limits.d and the group",
                priority,
                error,
            )
