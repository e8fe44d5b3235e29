"""Checkpoints: a folder with weights and everything that is needed to use them, and no pickle.

`config.json` holds sizes, features, pose space, normaliser and the record of the training;
`model.safetensors` the weights. The configuration alone can be read without torch. Whatever is
wrong with a folder is one `CheckpointError` with the value and the way out.
"""

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import feature_spec

if TYPE_CHECKING:
    from torch import nn

FORMAT = 1
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
_WAY_OUT = "train it again with `ur3-dancer train`, or choose another model"


@dataclass(frozen=True)
class Checkpoint:
    """What `config.json` holds.

    Attributes:
        kind: which network the weights belong to, see `catalog`.
        spec: window, features, rate, horizon, pose space.
        model: sizes of the network beyond those of `spec`.
        normalizer: applied to every window before the network.
        home_rad: (J,) pose from which the training dances start.
        training: how it came to be: data, seeds, steps, figures.
    """

    kind: str
    spec: PolicySpec
    model: dict
    normalizer: Normalizer
    home_rad: np.ndarray
    training: dict


def read_config(folder: Path) -> Checkpoint:
    """Read and check `config.json`; torch is not needed.

    Raises:
        CheckpointError: it is missing, not JSON, of another format, or a value cannot be.
    """
    path = folder / CONFIG_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(
            f"checkpoint {folder} has no readable {CONFIG_FILE} ({error.strerror}): {_WAY_OUT}"
        ) from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON ({error}): {_WAY_OUT}") from error
    try:
        return _from_json(content)
    except KeyError as error:
        raise CheckpointError(f"{path} lacks the key {error}: {_WAY_OUT}") from error
    except (ConfigError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{path} cannot be used ({error}): {_WAY_OUT}") from error


def read_weights(folder: Path, model: "nn.Module") -> None:
    """Fill `model` with the weights of `folder`.

    Raises:
        CheckpointError: the file is missing, damaged, not finite, or of another network.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = folder / WEIGHTS_FILE
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"weights {path} cannot be read ({error}): {_WAY_OUT}") from error
    wanted = model.state_dict()
    missing, surplus = sorted(wanted.keys() - weights), sorted(weights.keys() - wanted)
    if missing or surplus:
        raise CheckpointError(
            f"weights {path} lack {missing[:3] or 'nothing'} and have unknown "
            f"{surplus[:3] or 'nothing'}: they belong to another network; {_WAY_OUT}"
        )
    for name, tensor in weights.items():
        if tensor.shape != wanted[name].shape:
            raise CheckpointError(
                f"weights {path}: {name} has shape {tuple(tensor.shape)} but {CONFIG_FILE} asks "
                f"for {tuple(wanted[name].shape)}: they do not belong together; {_WAY_OUT}"
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"weights {path}: {name} holds values that are not finite: {_WAY_OUT}"
            )
    model.load_state_dict(weights)


def save(folder: Path, checkpoint: Checkpoint, model: "nn.Module") -> None:
    """Write a checkpoint so that a reader finds the old one or the new one, never half of one.

    Weights and configuration are written beside their places and renamed; the configuration, by
    which a folder counts as a checkpoint, comes last.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    _replace(folder / WEIGHTS_FILE, lambda path: save_file(weights, path))
    text = json.dumps(_to_json(checkpoint), indent=2) + "\n"
    _replace(folder / CONFIG_FILE, lambda path: path.write_text(text, encoding="utf-8"))


def _replace(path: Path, write) -> None:
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write(beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _to_json(checkpoint: Checkpoint) -> dict:
    spec, space = checkpoint.spec, checkpoint.spec.pose_space
    return {
        "format": FORMAT,
        "kind": checkpoint.kind,
        **{name: value for name, value in vars(spec).items() if name != "pose_space"},
        "pose_space": {
            "name": space.name,
            "names": list(space.names),
            "lower_rad": space.lower_rad.tolist(),
            "upper_rad": space.upper_rad.tolist(),
        },
        "home_rad": np.asarray(checkpoint.home_rad, float).tolist(),
        "model": checkpoint.model,
        "training": checkpoint.training,
        "normalizer": checkpoint.normalizer.to_dict(),
    }


def _from_json(content: dict) -> Checkpoint:
    if content["format"] != FORMAT:
        raise ConfigError(f"format is {content['format']!r}, this version reads {FORMAT}")
    space = content["pose_space"]
    pose_space = PoseSpace(
        space["name"], tuple(space["names"]), space["lower_rad"], space["upper_rad"]
    )
    numbers = ("window_frames", "feature_count", "rate_hz", "horizon")
    for name in numbers:
        if not isinstance(content[name], (int, float)) or not content[name] > 0:
            raise ConfigError(f"{name} is {content[name]!r}, must be a number above 0")
    for name in ("model", "training", "normalizer"):
        if not isinstance(content[name], dict):
            raise ConfigError(f"{name} is {content[name]!r}, must be a mapping")
    music = feature_spec(content["features"])
    for name, wanted in (("feature_count", music.count), ("rate_hz", music.rate_hz)):
        if content[name] != wanted:
            raise ConfigError(f"{name} is {content[name]}, but {music.name} has {wanted}")
    spec = PolicySpec(
        name=content["name"],
        features=music.name,
        window_frames=int(content["window_frames"]),
        feature_count=int(content["feature_count"]),
        rate_hz=float(content["rate_hz"]),
        horizon=int(content["horizon"]),
        pose_space=pose_space,
    )
    home_rad = np.asarray(content["home_rad"], float)
    if home_rad.shape != (len(pose_space.names),) or not np.isfinite(home_rad).all():
        raise ConfigError(
            f"home_rad is {content['home_rad']}, must be {len(pose_space.names)} numbers"
        )
    normalizer = Normalizer.from_dict(content["normalizer"])
    if len(normalizer.lower) != spec.feature_count:
        raise ConfigError(f"normaliser has {len(normalizer.lower)} features, not {music.count}")
    return Checkpoint(
        kind=content["kind"],
        spec=spec,
        model=content["model"],
        normalizer=normalizer,
        home_rad=home_rad,
        training=content["training"],
    )
