"""What an ablation compares: networks, windows and seeds, and all that they share."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.settings_file import read_settings
from ur3_dancer.learning.train_config import TrainConfig, train_config_from_dict

_KEYS = ("name", "networks", "windows", "seeds", "test_songs", "train")
_CELLS_OWN = ("name", "network", "window_frames", "seed", "model")


@dataclass(frozen=True)
class Cell:
    """One training and its evaluation.

    Attributes:
        name: of its folder, for instance `mdlt-t-k20-s1`.
        config: of the training.
    """

    name: str
    config: TrainConfig


@dataclass(frozen=True)
class AblationConfig:
    """A table of cells.

    Attributes:
        name: of the ablation.
        networks: kind → sizes.
        windows: K of each column.
        seeds: of each cell.
        test_songs: how many are evaluated in each cell.
        cells: every combination.
    """

    name: str
    networks: dict[str, dict]
    windows: tuple[int, ...]
    seeds: tuple[int, ...]
    test_songs: int
    cells: tuple[Cell, ...]

    @property
    def shared(self) -> TrainConfig:
        """The training of the first cell, for what all have in common."""
        return self.cells[0].config

    def on_set(self, folder: Path, features: str, protocol: str | None) -> "AblationConfig":
        """Return the same on a prepared set."""

        def moved(config: TrainConfig) -> TrainConfig:
            data = replace(
                config.data, prepared=str(folder), protocol=protocol or config.data.protocol
            )
            return replace(config, data=data, features=features)

        cells = tuple(replace(cell, config=moved(cell.config)) for cell in self.cells)
        return replace(self, cells=cells)


def load_ablation_config(path: Path) -> AblationConfig:
    """Read an ablation's YAML file.

    Raises:
        ConfigError: unreadable, not YAML, an unknown key, a value of the wrong kind or range.
    """
    return read_settings(
        path,
        "ablation",
        "a file such as config/train/ablate.yaml, or the folder of a prepared set",
        ablation_from_dict,
    )


def ablation_from_dict(content: dict) -> AblationConfig:
    """Build an ablation from the content of a YAML file; see `load_ablation_config`."""
    if not isinstance(content, dict):
        raise ConfigError(f"the file is {content!r}: must map names to values")
    for key in content:
        if key not in _KEYS:
            raise ConfigError(f"unknown key {key!r}: known are {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in content:
            raise ConfigError(f"the key {key} is missing: see config/train/ablate.yaml")
    networks, shared = _mapping(content, "networks"), _mapping(content, "train")
    for key in _CELLS_OWN:
        if key in shared:
            raise ConfigError(f"train.{key} is given: each cell has its own, leave it out")
    windows, seeds = _numbers(content, "windows"), _numbers(content, "seeds")
    if not networks:
        raise ConfigError("networks is empty: give at least one")
    test_songs = content["test_songs"]
    if type(test_songs) is not int or test_songs < 1:
        raise ConfigError(f"test_songs is {test_songs!r}: give a whole number of at least 1")
    if not isinstance(content["name"], str) or not content["name"]:
        raise ConfigError(f"name is {content['name']!r}: give a name")
    cells = tuple(
        _cell(network, sizes, window, seed, shared)
        for (network, sizes), window, seed in product(networks.items(), windows, seeds)
    )
    return AblationConfig(content["name"], networks, windows, seeds, test_songs, cells)


def _cell(network: str, sizes: dict, window: int, seed: int, shared: dict) -> Cell:
    name = f"{network}-k{window}-s{seed}"
    own = {"name": name, "network": network, "window_frames": window, "seed": seed, "model": sizes}
    return Cell(name, train_config_from_dict({**shared, **own}))


def _mapping(content: dict, key: str) -> dict:
    value = content[key]
    if not isinstance(value, dict):
        raise ConfigError(f"{key} is {value!r}: must map names to values")
    return value


def _numbers(content: dict, key: str) -> tuple[int, ...]:
    values = content[key]
    whole = isinstance(values, list) and all(type(value) is int and value >= 1 for value in values)
    if not whole or not values or len(set(values)) < len(values):
        raise ConfigError(f"{key} is {values!r}: give a list of different whole numbers above 0")
    return tuple(values)
