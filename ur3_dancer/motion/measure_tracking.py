"""How a 60 Hz dance looks as a 500 Hz stream: held, interpolated, and through the shipped chain."""

from collections.abc import Sequence

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.limiter import Limiter
from ur3_dancer.motion.playout import Playout
from ur3_dancer.motion.workspace import WorkspaceGuard

BUFFER_S = 0.05
"""What the cubic interpolation waits, so that the next pose has come when it is needed."""

_JITTER_S = 0.008
_SETTLE_S = 2.0  # amplitude grows from small at the start of a dance
_LONGEST_LAG_S = 0.2


def measure_tracking(chunks: Sequence[Chunk], arm: ArmConfig, rate_hz: float = 500.0) -> dict:
    """Compare three ways to play chunks that come 60 times a second, up to 8 ms late at random.

    Each way is judged against the dance: the poses due when each chunk was sent, interpolated
    with nothing late. Figures are the worst joint's.

    Args:
        chunks: a recorded dance, at least 4 s of it, in order of `start_s`.
        arm: limits and workspace of the shipped chain.
        rate_hz: of the stream.

    Returns:
        `hold`, `cubic` and `shipped`: each with `max_jerk_rad_s3`, `lag_ms`, `rms_rad`, and
        `rms_aligned_rad`, what of the error is left when the lag is taken out.
    """
    sent_s = np.array([chunk.start_s for chunk in chunks])
    poses = np.stack([np.asarray(chunk.targets_rad[0], float) for chunk in chunks])
    arrived_s = sent_s + np.random.default_rng(0).uniform(0.0, _JITTER_S, len(sent_s))
    arrived_s = np.maximum.accumulate(arrived_s)
    times_s = np.arange(sent_s[0] + 2 * BUFFER_S, sent_s[-1] - 2 * BUFFER_S, 1.0 / rate_hz)
    ways = {
        "hold": poses[np.searchsorted(arrived_s, times_s, side="right") - 1],
        "cubic": _cubic(poses, sent_s, times_s - BUFFER_S),
        "shipped": _shipped(chunks, arrived_s, times_s, arm),
    }
    settled = times_s > times_s[0] + _SETTLE_S
    return {
        name: _judge(way, poses, sent_s, times_s, settled, rate_hz) for name, way in ways.items()
    }


def _cubic(poses: np.ndarray, sent_s: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Return cubic Hermite interpolation (T, 6), slopes by central differences."""
    slopes = np.gradient(poses, sent_s, axis=0)
    i = np.clip(np.searchsorted(sent_s, times_s, side="right") - 1, 0, len(sent_s) - 2)
    h = (sent_s[i + 1] - sent_s[i])[:, None]
    f = (times_s - sent_s[i])[:, None] / h
    return (
        (1 + 2 * f) * (1 - f) ** 2 * poses[i]
        + f * (1 - f) ** 2 * h * slopes[i]
        + f * f * (3 - 2 * f) * poses[i + 1]
        + f * f * (f - 1) * h * slopes[i + 1]
    )


def _shipped(
    chunks: Sequence[Chunk], arrived_s: np.ndarray, times_s: np.ndarray, arm: ArmConfig
) -> np.ndarray:
    playout = Playout(arm)
    guard = WorkspaceGuard(arm.model, arm.workspace)
    limiter = Limiter(arm.limits, float(times_s[1] - times_s[0]), guard)
    limiter.seed(arm.home_rad.tolist())
    commands = np.empty((len(times_s), 6))
    taken = 0
    for n, time_s in enumerate(times_s):
        while taken < len(chunks) and arrived_s[taken] <= time_s:
            playout.merge(chunks[taken], time_s)
            taken += 1
        q, dq = playout.sample(time_s)
        commands[n] = limiter.step(q.tolist(), dq.tolist())
    return commands


def _judge(
    way: np.ndarray,
    poses: np.ndarray,
    sent_s: np.ndarray,
    times_s: np.ndarray,
    settled: np.ndarray,
    rate_hz: float,
) -> dict[str, float]:
    jerk = np.abs(np.diff(way[settled], n=3, axis=0)).max() * rate_hz**3

    def rms(lag_s: float) -> float:
        error = way[settled] - _cubic(poses, sent_s, times_s[settled] - lag_s)
        return float(np.sqrt((error**2).mean(axis=0)).max())

    lags_s = np.arange(-_LONGEST_LAG_S / 4, _LONGEST_LAG_S, 0.0005)
    lag_s = min(lags_s, key=rms)
    return {
        "max_jerk_rad_s3": float(jerk),
        "lag_ms": round(float(lag_s) * 1000.0, 1),
        "rms_rad": rms(0.0),
        "rms_aligned_rad": rms(lag_s),
    }
