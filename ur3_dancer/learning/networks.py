"""The networks that can be trained, by the kind of their checkpoints."""

from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from ur3_dancer.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ur3_dancer.dance.policy import PolicySpec

_CLASSES = {
    "mdlt-t": ("ur3_dancer.dance.mdlt_t", "MdltT"),
    "mdlt-m": ("ur3_dancer.dance.mdlt_m", "MdltM"),
    "lstm": ("ur3_dancer.dance.lstm", "Lstm"),
}
NETWORKS = tuple(_CLASSES)


class Dancer(Protocol):
    """What training needs of a network.

    Attributes:
        music_in: the layer from frames to the width.
        pose_centre, pose_scale: (J,) figures of the training set before the tanh.
    """

    music_in: "nn.Linear"
    pose_centre: "Tensor"
    pose_scale: "Tensor"

    def hear(self, music: "Tensor") -> "Tensor":
        """Return (B, K, d) of (B, K, F) music."""
        ...

    def answer(self, heard: "Tensor", poses: "Tensor") -> "Tensor":
        """Return (B, K, H, J) unit poses."""
        ...


def make_network(network: str, spec: "PolicySpec", sizes: dict) -> "nn.Module":
    """Return a network of a kind, with new weights, that serves `spec`.

    Raises:
        ConfigError: no such network, or a size is unknown or cannot be.
    """
    module, name = _module(network)
    return getattr(module, name)(module.config_for(spec, sizes))


def check_sizes(network: str, sizes: dict) -> None:
    """Raise ConfigError unless there is such a network with such sizes."""
    module, name = _module(network)
    kind = getattr(module, f"{name}Config")
    of_spec = ("feature_count", "joints", "window_frames", "horizon")
    free = [field.name for field in fields(kind) if field.name not in of_spec]
    for key in sizes:
        if key not in free:
            raise ConfigError(
                f"unknown key 'model.{key}' for network {network}: known are {', '.join(free)}"
            )
    try:
        kind(**sizes)
    except TypeError as error:
        raise ConfigError(f"model sizes {sizes} cannot be used ({error}): give numbers") from error


def _module(network: str):
    if network not in _CLASSES:
        raise ConfigError(f"network is {network!r}: give one of {', '.join(NETWORKS)}")
    module, name = _CLASSES[network]
    return import_module(module), name
