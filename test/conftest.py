"""More than one try for tests that run in real time.

Whole performances, servo loops and sound servers run against the clock here. A machine that stalls
for a tenth of a second fails them, and rightly: the driver then stops the arm. A stall is gone the
next time; a defect is not. Everything else has one try.
"""

import pytest

REAL_TIME = ("test/cli/", "test/nodes/", "test/robot/")
TRIES = 3


def pytest_collection_modifyitems(items):
    """Give real-time tests and slow ones three tries."""
    for item in items:
        if item.nodeid.startswith(REAL_TIME) or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=TRIES - 1, reruns_delay=1))
