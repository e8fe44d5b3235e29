"""Lets two models dance to the built-in track and says how well they keep time. Nothing moves.

Run: .venv/bin/python examples/2_dance_without_an_arm.py
"""

import numpy as np

from ur3_dancer.clock import SongClock
from ur3_dancer.dance.catalog import load_policy, policy_spec
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.motion.rehearsal import rehearse
from ur3_dancer.motion.speed_minima import speed_minima_s
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.source import open_source
from ur3_dancer.music.spec import feature_spec

SECONDS = 20.0


def hear(features: str) -> tuple[np.ndarray, np.ndarray]:
    """Return frames (T, F) of the track's first seconds, and its known beats in s."""
    source = open_source("demo", clock=SongClock())
    listener = Listener(feature_spec(features), 1, source.rate_hz)
    source.open()
    frames = []
    while len(frames) < SECONDS * feature_spec(features).rate_hz:
        block = source.read(1.0)
        frames += [window.frames[0] for window in listener.process(block)]
    return np.array(frames), source.beats_s


def main() -> None:
    """Print one line a model."""
    arm = load_arm_config("ur3")
    for name in ("groove", "mdlt-t"):
        frames, beats_s = hear(policy_spec(name).features)
        policy = load_policy(name, arm)
        policy.warm_up()
        motion = rehearse(policy, arm, frames)
        minima_s = speed_minima_s(motion.times_s, motion.q)
        minima_s = minima_s[minima_s > 8.0]  # the beat is found by then
        near = np.abs(minima_s[:, None] - beats_s).min(axis=1) < 0.07
        print(f"{name:8} turns {len(minima_s)} times, {near.sum()} of them on the beat")


if __name__ == "__main__":
    main()
