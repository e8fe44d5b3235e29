"""The check that every policy makes at its door."""

import numpy as np

from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.errors import ConfigError
from ur3_dancer.music.window import Window


def check_window(window: Window, spec: PolicySpec) -> None:
    """Raise ConfigError unless the window has the shape, rate and a time that the spec asks for."""
    wanted = (spec.window_frames, spec.feature_count)
    if window.frames.shape != wanted:
        raise ConfigError(
            f"{spec.name} hears windows of {wanted[0]} frames x {wanted[1]} features but got "
            f"{' x '.join(map(str, window.frames.shape))}: start the microphone and the inference "
            "node with the same model"
        )
    if abs(window.rate_hz - spec.rate_hz) > 1e-3 * spec.rate_hz:
        raise ConfigError(
            f"{spec.name} hears {spec.rate_hz:g} frames a second but got {window.rate_hz:g}: "
            f"use the features {spec.features}"
        )
    if not np.isfinite(window.time_s):
        raise ConfigError(f"window has the time {window.time_s}: it must be a finite number")
