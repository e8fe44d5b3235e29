"""Rehearsal: a policy dances to a song as it would live, and what the arm would do is kept.

One window a frame goes to the policy, its chunks through the same playout as the driver's. There
is no clock: the song's own time is all there is, so a rehearsal runs as fast as the machine can and
gives the same figures every time. The policy is fed with its own poses and nothing else.

`rehearse` reads the plan once a frame and is for measuring policies. `rehearse_in_full` goes on as
the servo loop does, at the arm's control rate and through limiter and workspace check: what it
returns is what would be sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import Policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.limiter import Limiter
from ur3_dancer.motion.playout import Playout
from ur3_dancer.motion.workspace import WorkspaceGuard
from ur3_dancer.music.window import Window

LATENCY_S = 0.06
"""From the newest sample of a window to the pose that the arm plays then, as in live use."""

_LONGEST_REST_S = 5.0


@dataclass(frozen=True)
class Motion:
    """What the arm did.

    Attributes:
        times_s: (T,) seconds from the song's start.
        q: (T, 6) rad.
    """

    times_s: np.ndarray
    q: np.ndarray


@dataclass(frozen=True)
class FullMotion(Motion):
    """What the arm would be sent, and what made it so.

    A set-point of time t is sent the arm's delay before t, so that the joints are there at t.

    Attributes:
        rate_hz: of the set-points.
        amplitude: (T, 6) scale of the motion about home.
        held: for each set-point, what the workspace check held it back for; mostly empty.
        chunk_times_s: (C,) when each chunk became the plan.
        speed_demand, acceleration_demand: (C, 6) what each chunk asked for, as a share of what the
            playout allows; above 1 it was shrunk.
        tool_demand: (C,) the same of the tool's speed.
    """

    rate_hz: float
    amplitude: np.ndarray
    held: tuple[str, ...]
    chunk_times_s: np.ndarray
    speed_demand: np.ndarray
    acceleration_demand: np.ndarray
    tool_demand: np.ndarray


def rehearse(
    policy: Policy, arm: ArmConfig, frames: np.ndarray, latency_s: float = LATENCY_S
) -> Motion:
    """Let a policy dance to the (T, F) raw frames of a song, from its start."""
    playout = Playout(arm)
    times_s, q = [], []
    for chunk, time_s in _answers(policy, _windows(policy, frames), latency_s):
        playout.merge(chunk, time_s)
        times_s.append(time_s)
        q.append(playout.sample(time_s)[0].copy())
    return Motion(np.array(times_s), np.array(q))


def rehearse_in_full(
    policy: Policy,
    arm: ArmConfig,
    windows: Iterable[Window],
    *,
    amplitude: float = 1.0,
    latency_s: float = LATENCY_S,
    rate_hz: float | None = None,
) -> FullMotion:
    """Let a policy dance to a song's windows and return every set-point, until the arm is at rest.

    Args:
        policy: what dances, warmed up.
        arm: limits, workspace, home, and the arm's delay.
        windows: one a frame, their times in seconds from the song's start.
        amplitude: size of the motion about home, 0 to 1, as the driver's.
        latency_s: from the newest sample of a window to the first set-point that is due to it.
        rate_hz: of the set-points; the arm's own if None.

    Raises:
        ConfigError: the amplitude is out of range, or the song is shorter than one frame.
    """
    if not 0.0 <= amplitude <= 1.0:
        raise ConfigError(f"amplitude is {amplitude:g}: must be from 0 to 1")
    servo = _Servo(arm, rate_hz or arm.nominal_rate_hz, amplitude)
    for chunk, arrival_s in _answers(policy, windows, latency_s):
        servo.play_until(arrival_s)
        servo.take(chunk)
    if not servo.chunks:
        frame_s = 1.0 / policy.spec.rate_hz
        raise ConfigError(
            f"the song ends within its first frame, {frame_s:.2f} s: give a longer one"
        )
    servo.play_to_rest()
    return servo.motion()


def _windows(policy: Policy, frames: np.ndarray) -> Iterator[Window]:
    K, rate_hz = policy.spec.window_frames, policy.spec.rate_hz
    for newest in range(K - 1, len(frames)):
        yield Window(frames[newest + 1 - K : newest + 1], (newest + 1) / rate_hz, rate_hz)


def _answers(
    policy: Policy, windows: Iterable[Window], latency_s: float
) -> Iterator[tuple[Chunk, float]]:
    """Yield each chunk with the time at which it can first be played."""
    policy.reset()
    for window in windows:
        yield policy.predict(window), window.time_s + latency_s


class _Servo:
    """The part of the servo loop that plays, on a simulated arm that stands at home at time 0."""

    def __init__(self, arm: ArmConfig, rate_hz: float, amplitude: float):
        self._rate_hz = rate_hz
        self._delay_s = arm.servo.arm_delay_s
        self._playout = Playout(arm)
        self._playout.limit_amplitude(amplitude)
        guard = WorkspaceGuard(arm.model, arm.workspace)
        self._limiter = Limiter(arm.limits, 1.0 / rate_hz, guard)
        self._limiter.seed(arm.home_rad.tolist())
        self._waiting: Chunk | None = None
        self._commands: list[list[float]] = []
        self._amplitudes: list[np.ndarray] = []
        self._held: list[str] = []
        self.chunks: list[tuple[float, np.ndarray, np.ndarray, float]] = []

    def take(self, chunk: Chunk) -> None:
        """Hand over a chunk for the next period; the newest counts."""
        self._waiting = chunk

    def play_until(self, arrival_s: float) -> None:
        """Play every period whose set-point leaves before `arrival_s`."""
        while self._due_s < arrival_s:
            self._period()

    def play_to_rest(self) -> None:
        """Play on until the plan has run out and the arm stands."""
        self._period()
        last_s = self._playout.end_s + _LONGEST_REST_S
        while self._due_s < last_s:
            self._period()
            if self._limiter.at_rest and self._playout.is_exhausted(self._cursor_s):
                return

    @property
    def _cursor_s(self) -> float:
        """When the next set-point's joints are due to be there."""
        return len(self._commands) / self._rate_hz

    @property
    def _due_s(self) -> float:
        return self._cursor_s - self._delay_s

    def _period(self) -> None:
        """Do as `ServoLoop` does while it dances: merge, sample, limit."""
        cursor_s, playout, limiter = self._cursor_s, self._playout, self._limiter
        if self._waiting is not None and playout.merge(self._waiting, cursor_s):
            demands = playout.speed_demand, playout.acceleration_demand, playout.tool_demand
            self.chunks.append((cursor_s, *demands))
        self._waiting = None
        q, dq = playout.sample(cursor_s)
        held = limiter.held
        self._commands.append(limiter.step(q.tolist(), dq.tolist()))
        self._amplitudes.append(playout.amplitude)
        self._held.append(limiter.held_why if limiter.held > held else "")

    def motion(self) -> FullMotion:
        """Return everything that was played."""
        times_s, speed, acceleration, tool = zip(*self.chunks, strict=True)
        return FullMotion(
            times_s=np.arange(len(self._commands)) / self._rate_hz,
            q=np.array(self._commands),
            rate_hz=self._rate_hz,
            amplitude=np.array(self._amplitudes),
            held=tuple(self._held),
            chunk_times_s=np.array(times_s),
            speed_demand=np.array(speed),
            acceleration_demand=np.array(acceleration),
            tool_demand=np.array(tool),
        )
