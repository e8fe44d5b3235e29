"""Rehearsal: a policy dances to a song as it would live, and what the arm would do is kept.

One window a frame goes to the policy, its chunks through the same playout as the driver's, and the
plan is read where the driver would read it: a fixed latency after the newest sample that the chunk
knows. So every measure is free-running: the policy is fed with its own poses and nothing else.
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.policy import Policy
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.playout import Playout
from ur3_dancer.music.window import Window

LATENCY_S = 0.06
"""From the newest sample of a window to the pose that the arm plays then, as in live use."""


@dataclass(frozen=True)
class Motion:
    """What the arm did.

    Attributes:
        times_s: (T,) seconds from the song's start.
        q: (T, 6) rad.
    """

    times_s: np.ndarray
    q: np.ndarray


def rehearse(
    policy: Policy, arm: ArmConfig, frames: np.ndarray, latency_s: float = LATENCY_S
) -> Motion:
    """Let a policy dance to the (T, F) raw frames of a song, from its start."""
    K, rate_hz = policy.spec.window_frames, policy.spec.rate_hz
    policy.reset()
    playout = Playout(arm)
    times_s, q = [], []
    for newest in range(K - 1, len(frames)):
        heard_s = (newest + 1) / rate_hz
        window = Window(frames[newest + 1 - K : newest + 1], heard_s, rate_hz)
        playout.merge(policy.predict(window), heard_s + latency_s)
        times_s.append(heard_s + latency_s)
        q.append(playout.sample(times_s[-1])[0].copy())
    return Motion(np.array(times_s), np.array(q))
