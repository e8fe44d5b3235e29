"""What can be done with a recorded performance: its motion again, or its inference again."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.policy import Policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.music.window import Window
from ur3_dancer.stage.recording.performance import Performance
from ur3_dancer.stage.rehearsal.trajectory_file import Trajectory

EQUAL_RAD = 1e-4
"""Chunks that differ by less are the same: processors round differently."""

_SAME_TIME_S = 1e-4


@dataclass(frozen=True)
class Comparison:
    """Recorded chunks beside those that a model answers now.

    Attributes:
        compared: chunks whose window was recorded.
        without_window: chunks that could not be compared.
        worst_rad: greatest difference of a joint.
        rms_rad: over all joints, poses and chunks.
        differ_from_s: seconds after the first chunk at which the first difference shows, or None.
    """

    compared: int
    without_window: int
    worst_rad: float
    rms_rad: float
    differ_from_s: float | None


def compare(performance: Performance, policy: Policy) -> Comparison:
    """Let a policy answer the windows that were answered, and compare.

    Windows that inference never got are left out as they were then: a policy remembers what it
    answered, so each must come in its place.

    Raises:
        ConfigError: nothing to compare, or the windows are for another kind of model.
    """
    spec = policy.spec
    if not performance.windows or not performance.chunks:
        raise ConfigError(
            f"the recording has {len(performance.windows)} windows and {len(performance.chunks)} "
            "chunks: to compare inference it needs both, music/window and dance/trajectory"
        )
    shape = performance.windows[0][1].shape
    if shape != (spec.window_frames, spec.feature_count):
        raise ConfigError(
            f"the recorded windows are {shape[0]} frames of {shape[1]} features, {spec.name} wants "
            f"{spec.window_frames} of {spec.feature_count}: choose the model that danced"
        )
    times_s = np.array([time_s for time_s, _ in performance.windows])
    first_s, differ_from_s = performance.chunks[0].start_s, None
    differences = []
    policy.warm_up()
    policy.reset()
    for chunk in performance.chunks:
        nearest = int(np.abs(times_s - chunk.capture_s).argmin())
        if abs(times_s[nearest] - chunk.capture_s) > _SAME_TIME_S:
            continue
        window = Window(performance.windows[nearest][1], times_s[nearest], spec.rate_hz)
        answer = policy.predict(window).targets_rad
        if answer.shape != chunk.targets_rad.shape:
            raise ConfigError(
                f"the recorded chunks have {len(chunk.targets_rad)} poses, {spec.name} gives "
                f"{len(answer)}: choose the model that danced"
            )
        differences.append(np.abs(answer - chunk.targets_rad))
        if differ_from_s is None and differences[-1].max() > EQUAL_RAD:
            differ_from_s = chunk.start_s - first_s
    if not differences:
        raise ConfigError("no recorded chunk belongs to a recorded window: nothing to compare")
    all_of_them = np.array(differences)
    return Comparison(
        compared=len(differences),
        without_window=len(performance.chunks) - len(differences),
        worst_rad=float(all_of_them.max()),
        rms_rad=float(np.sqrt((all_of_them**2).mean())),
        differ_from_s=differ_from_s,
    )


def motion(performance: Performance, arm: ArmConfig) -> Trajectory:
    """Return the danced part of a recording as a trajectory that begins at time 0.

    Raises:
        ConfigError: no commands were recorded while it danced.
    """
    danced = np.array([_danced(performance, time_s) for time_s, _ in performance.commands], bool)
    if np.count_nonzero(danced) < 2:
        states = ", ".join(dict.fromkeys(text for _, text in performance.states)) or "none"
        raise ConfigError(
            f"the recording has {len(performance.commands)} commands, none of a dance (states: "
            f"{states}): record while the arm dances"
        )
    times_s = np.array([time_s for time_s, _ in performance.commands])[danced]
    q = np.stack([q for _, q in performance.commands])[danced]
    later = np.concatenate([[True], np.diff(times_s) > 0.0])
    times_s, q = times_s[later], q[later]
    limits = arm.limits
    beyond = ((q < limits.lower_rad - 0.01) | (q > limits.upper_rad + 0.01)).any()
    if beyond:
        raise ConfigError(
            f"the recorded poses leave the limits of this {arm.model}: choose the arm that danced"
        )
    return Trajectory(times_s - times_s[0], q)


def _danced(performance: Performance, time_s: float) -> bool:
    """Return whether the driver danced then; without any state, every command counts."""
    before = [text for state_s, text in performance.states if state_s <= time_s]
    if not performance.states:
        return True
    return bool(before) and before[-1].startswith(("DANCING", "HOLDING"))
