"""Are seams as smooth as the interior? Jerk of what an arm would be sent, near new answers and not.

Live, a new answer takes over from the plan every few frames. Near is what lies within one frame
before and after its first pose, where playout joins the two; the rest is interior.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.lm2d.policy import Lm2dPolicy
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import rehearse_in_full
from ur3_dancer.music.window import Window


@dataclass(frozen=True)
class Seams:
    """What was found.

    Attributes:
        count: seams.
        minutes: of dancing.
        jerk_rad_s3: root mean square over joints and time, near seams and in the interior.
    """

    count: int
    minutes: float
    jerk_rad_s3: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Jerk near seams, of that in the interior."""
        near, interior = self.jerk_rad_s3
        return near / interior


def measure_seams(policy: Lm2dPolicy, arm: ArmConfig, frames: np.ndarray) -> Seams:
    """Let a student dance to (T, F) raw frames, through playout and limiter, and look at its jerk.

    Args:
        policy: warmed up.
        arm: that it dances with.
        frames: of music, any length.
    """
    seams_s: list[float] = []
    motion = rehearse_in_full(policy, arm, _watched(policy, frames, seams_s))
    jerk = np.diff(motion.q, 3, axis=0) * motion.rate_hz**3
    times_s = motion.times_s[1:-2] + 0.5 / motion.rate_hz
    dances = (times_s > seams_s[0]) & (times_s < seams_s[-1])
    to_seam_s = np.abs(times_s[:, None] - _nearest(np.array(seams_s), times_s)).min(axis=1)
    near = to_seam_s <= 1.0 / policy.spec.rate_hz

    def strength(where: np.ndarray) -> float:
        return float(np.sqrt(np.mean(np.square(jerk[dances & where]))))

    minutes = len(frames) / policy.spec.rate_hz / 60.0
    return Seams(len(seams_s), minutes, (strength(near), strength(~near)))


def _watched(policy: Lm2dPolicy, frames: np.ndarray, seams_s: list[float]) -> Iterator[Window]:
    """Give the windows of a stream, and note when each new answer takes over."""
    K, rate_hz = policy.spec.window_frames, policy.spec.rate_hz
    for newest in range(K - 1, len(frames)):
        yield Window(frames[newest + 1 - K : newest + 1], (newest + 1) / rate_hz, rate_hz)
        if policy.seam_s is not None and seams_s[-1:] != [policy.seam_s]:
            seams_s.append(policy.seam_s)


def _nearest(seams_s: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Return (T, 2): the seams before and after each time."""
    after = np.clip(np.searchsorted(seams_s, times_s), 1, len(seams_s) - 1)
    return np.stack([seams_s[after - 1], seams_s[after]], axis=1)
