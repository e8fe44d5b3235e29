"""Sizes of networks: those that the spec gives, and those that a checkpoint or a file adds."""

from dataclasses import fields
from typing import TypeVar

from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.errors import ConfigError

_OF_THE_SPEC = ("feature_count", "joints", "window_frames", "horizon")

Config = TypeVar("Config")


def of_spec(kind: type[Config], spec: PolicySpec, sizes: dict) -> Config:
    """Return the sizes, a dataclass `kind`, of a network that serves `spec`.

    Args:
        kind: has the fields `feature_count`, `joints`, `window_frames` and `horizon` of the spec.
        spec: what the network must hear and answer.
        sizes: values for other fields.

    Raises:
        ConfigError: a size is unknown, given by the spec already, or cannot be.
    """
    free = [field.name for field in fields(kind) if field.name not in _OF_THE_SPEC]
    for name in sizes:
        if name not in free:
            raise ConfigError(f"unknown model size {name!r}: known are {', '.join(free)}")
    return kind(
        feature_count=spec.feature_count,
        joints=len(spec.pose_space.names),
        window_frames=spec.window_frames,
        horizon=spec.horizon,
        **sizes,
    )
