"""An arm in memory, for the driver's pure logic; whatever needs a controller is tested with one."""

from ur3_dancer.errors import RobotError
from ur3_dancer.robot.arm import ArmState


class MemoryArm:
    """Follows each set-point at once. Satisfies `ur3_dancer.robot.arm.Arm`.

    Set `safety`, `silent`, `refuses`, `unreachable` or `speed_scaling` to play a fault.
    """

    def __init__(self, clock, q, model="ur3", rate_hz=125.0):
        self.clock = clock
        self.model = model
        self.rate_hz = rate_hz
        self.name = "memory arm"
        self.q = [float(value) for value in q]
        self.dq = [0.0] * 6
        self.commands = []
        self.times_s = []
        self.calls = []
        self.safety = ""
        self.speed_scaling = 1.0
        self.silent_since_s = None
        self.refuses = False
        self.unreachable = False

    def connect(self):
        self.calls.append("connect")
        if self.unreachable:
            raise RobotError("memory arm does not answer: set unreachable to False")

    @property
    def connected(self):
        return self.calls.count("connect") > self.calls.count("disconnect")

    def read(self):
        now_s = self.clock.now_s() if self.silent_since_s is None else self.silent_since_s
        return ArmState(
            q=list(self.q),
            dq=list(self.dq),
            timestamp_s=now_s,
            speed_scaling=self.speed_scaling,
            safety=self.safety,
        )

    def prepare(self):
        self.calls.append("prepare")

    def servo(self, q):
        if self.refuses:
            raise RobotError("memory arm refused a set-point: set refuses to False")
        self.dq = [(new - old) * self.rate_hz for new, old in zip(q, self.q, strict=True)]
        self.q = list(q)
        self.commands.append(list(q))
        self.times_s.append(self.clock.now_s())
        return list(q)

    def stop(self):
        self.calls.append("stop")
        self.dq = [0.0] * 6

    def disconnect(self):
        self.calls.append("disconnect")
