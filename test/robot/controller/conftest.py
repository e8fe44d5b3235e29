import itertools
import os
import time

import pytest
from support.clock import FakeClock

from ur3_dancer.robot.controller.controller import Controller
from ur3_dancer.robot.controller.model import model_named
from ur3_dancer.robot.controller.referee import Referee, RefereeLimits

_numbers = itertools.count(1)


@pytest.fixture
def loopback() -> str:
    """A loopback address of this test's own: ports are fixed, addresses are plenty."""
    process = os.getpid()
    return f"127.{64 + process // 250 % 60}.{process % 250}.{next(_numbers) % 250 + 1}"


class Bench:
    """A controller without sockets; time passes cycle by cycle."""

    def __init__(self, model: str):
        self.referee = Referee(RefereeLimits())
        self.controller = Controller(model_named(model), self.referee, FakeClock())
        self.robot = self.controller.robot
        self.arm = self.robot.arm

    def run(self, program: str) -> None:
        """Start a program; its first cycle is done."""
        self.controller.upload(program)
        while self.controller.compiling:
            time.sleep(0.001)
            self.cycles(1)

    def cycles(self, count: int) -> None:
        for _ in range(count):
            self.referee.now_s += self.arm.period_s
            self.controller.cycle()

    def seconds(self, duration_s: float) -> None:
        self.cycles(round(duration_s / self.arm.period_s))


@pytest.fixture(params=["ur3", "ur3e"])
def bench(request):
    bench = Bench(request.param)
    yield bench
    bench.controller.close()
