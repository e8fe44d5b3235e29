"""Gestures: what the dancer does while certain words sound."""

from collections.abc import Mapping

import numpy as np

from ur3_dancer.learning.generated_set.poses import COLUMN, pose

_GESTURES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "up": (("up", "up", "tall"), ("wide_high", "wide_high", "tall")),
    "down": (("floor", "floor", "kneel"), ("front_low", "front_low", "low")),
    "wave": (("wave_out", "hang", "right"), ("wave_in", "hang", "left")),
    "heart": (("heart", "heart", "centre"), ("heart_out", "heart_out", "tall")),
    "turn": (("side", "side", "centre"), ("wide_high", "wide_high", "centre")),
    "stop": (("palm_out", "hip", "backward"),),
    "open": (("side", "side", "tall"), ("wide_high", "wide_high", "tall")),
    "reach": (("reach", "back", "stretch"), ("forward", "back", "forward")),
    "fly": (("wing_high", "wing_high", "tall"), ("wing_low", "wing_low", "low")),
    "sleep": (("cheek", "chest", "asleep"), ("cheek", "heart", "asleep")),
}

GESTURES: tuple[str, ...] = tuple(_GESTURES)
"""Words that move the dancer."""


def gesture_keys(name: str, count: int) -> np.ndarray:
    """Return the key poses of a gesture that lasts `count` beats, (count, 26).

    Its poses alternate; in a turn the body goes once round, its yaw growing to 2 pi.
    """
    poses = [pose(*names) for names in _GESTURES[name]]
    keys = np.array([poses[beat % len(poses)] for beat in range(count)])
    if name == "turn":
        keys[:, COLUMN["yaw"]] = 2 * np.pi * np.arange(1, count + 1) / count
    return keys
