"""Each case in a process of its own: what is asked for holds for a whole process."""

import os
import subprocess
import sys

import pytest

ASK = """
import os, resource, sys, threading, gc
from ur3_dancer.robot.realtime import prefer_this_thread
if "refuse" in sys.argv:
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))
    if os.getuid() == 0:
        os.setuid(65534)  # nobody: root may always
end, tids = threading.Event(), []
def other():
    tids.append(threading.get_native_id())
    end.wait()
thread = threading.Thread(target=other)
thread.start()
print(*prefer_this_thread(int(sys.argv[1]), lock_memory=True), sep=chr(10))
policy = {os.SCHED_FIFO: "FIFO", os.SCHED_OTHER: "OTHER"}
for tid in (0, *tids):
    name = policy[os.sched_getscheduler(tid) & ~os.SCHED_RESET_ON_FORK]
    print(name, os.sched_getparam(tid).sched_priority)
print("interval", sys.getswitchinterval(), "frozen", gc.get_freeze_count() > 0)
end.set()
"""


def ask(*words):
    done = subprocess.run(
        [sys.executable, "-c", ASK, *words], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def may_ask() -> bool:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


def test_when_the_system_refuses_expect_a_line_with_the_way_out_and_no_error():
    said = ask("50", "refuse")
    assert "real-time priority 50 was refused" in said
    assert "rtprio 99" in said
    assert "locking memory was refused" in said
    assert "memlock unlimited" in said
    assert said.count("OTHER 0") == 2
    assert "frozen True" in said


@pytest.mark.skipif(not may_ask(), reason="this system grants no real-time priority")
def test_when_the_system_grants_it_expect_it_and_no_thread_beside_raised():
    said = ask("50").splitlines()
    assert "FIFO 50" in said
    assert "OTHER 0" in said


def test_when_none_is_asked_for_expect_ordinary_scheduling():
    assert ask("0").count("OTHER 0") == 2


SHARE = """
import os, threading
from ur3_dancer.robot.realtime import prefer_this_thread, share_niceness
os.nice(-5)
end, started, tids = threading.Event(), threading.Event(), []
def other():
    tids.append(threading.get_native_id())
    started.set()
    end.wait()
def loop():
    prefer_this_thread(20)
    threading.Thread(target=other).start()
    started.wait()
    print(os.getpriority(os.PRIO_PROCESS, tids[0]))
    share_niceness()
    print(os.getpriority(os.PRIO_PROCESS, tids[0]))
thread = threading.Thread(target=loop)
thread.start()
thread.join()
end.set()
"""


@pytest.mark.skipif(not may_ask(), reason="this system grants no real-time priority")
def test_when_a_real_time_thread_starts_others_expect_them_to_get_the_processs_niceness():
    done = subprocess.run(
        [sys.executable, "-c", SHARE], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["0", "-5"]
