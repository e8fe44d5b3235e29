"""What all tests share: an end to what they leave, and tries for those that run in real time.

Whole performances, servo loops and sound servers run against the clock here. A machine that stalls
for a tenth of a second fails them, and rightly: the driver then stops the arm. A stall is gone the
next time; a defect is not. Everything else has one try.
"""

import pytest
from support.live import Live

REAL_TIME = ("test/cli/", "test/nodes/", "test/robot/", "test/stage/view/")
TRIES = 3


def pytest_collection_modifyitems(items):
    """Give real-time tests and slow ones three tries."""
    for item in items:
        if item.nodeid.startswith(REAL_TIME) or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=TRIES - 1, reruns_delay=1))


@pytest.fixture(autouse=True)
def nothing_left_dancing():
    """End the performances that a failed test has left; they would slow down all that follow."""
    yield
    Live.end_all()
