"""A clock that tests move by hand."""


class FakeClock:
    """Satisfies `ur3_dancer.clock.Clock`; sleeping moves time at once.

    `lateness_s` is added to each sleep that waits, to play a slow machine.
    """

    def __init__(self, start_s: float = 100.0):
        self.time_s = start_s
        self.lateness_s = 0.0

    def now_s(self) -> float:
        return self.time_s

    def advance_s(self, step_s: float) -> None:
        self.time_s += step_s

    def sleep_until_s(self, deadline_s: float) -> None:
        if deadline_s > self.time_s:
            self.time_s = deadline_s + self.lateness_s
