"""The state of a training under way, in files that a killed process cannot spoil, and no pickle.

A state is a tree of dicts, lists and tuples with tensors, arrays and plain values as leaves. One
safetensors file holds it: the leaves as tensors, the tree as JSON in the file's metadata, numbers
exact to the last bit. The files of one step lie in a folder `step-N` that is written under another
name and renamed: a folder of that name is whole.
"""

import json
import os
import re
import shutil
import uuid
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ur3_dancer.errors import CheckpointError, ConfigError

STATE_FORMAT = 2
"""Raised whenever a state's tree changes, so that older states are refused and not misread."""

_PLAIN = (bool, int, float, str, type(None))


def write_tree(path: Path, tree) -> None:
    """Write a tree of dicts, lists, tuples, tensors, arrays and plain values to one file.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
        TypeError: the tree holds something else.
    """
    tensors: dict[str, torch.Tensor] = {}
    text = json.dumps(_encode(tree, tensors))
    with path.open("wb") as file:
        file.write(save(tensors, {"tree": text}))
        file.flush()
        os.fsync(file.fileno())


def read_tree(path: Path):
    """Return what `write_tree` wrote; tensors are on the CPU.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return _decode(json.loads(file.metadata()["tree"]), tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"state of a training {path} cannot be read ({error}): begin again with --fresh"
        ) from error


def _encode(value, tensors: dict):
    if isinstance(value, torch.Tensor | np.ndarray):
        name = str(len(tensors))
        # A copy: safetensors refuses tensors that share memory, as expanded ones do.
        tensors[name] = torch.as_tensor(value).detach().cpu().clone().contiguous()
        return ["tensor" if isinstance(value, torch.Tensor) else "array", name]
    if isinstance(value, dict):
        return ["dict", [[key, _encode(part, tensors)] for key, part in value.items()]]
    if isinstance(value, list | tuple):
        return [type(value).__name__, [_encode(part, tensors) for part in value]]
    if isinstance(value, _PLAIN):
        return ["plain", value]
    raise TypeError(f"a training's state cannot hold {value!r} of type {type(value).__name__}")


def _decode(entry: list, tensors: dict):
    kind, content = entry
    if kind == "tensor":
        return tensors[content]
    if kind == "array":
        return tensors[content].numpy()
    if kind == "dict":
        return {key: _decode(part, tensors) for key, part in content}
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](_decode(part, tensors) for part in content)
    return content


class RunFolder:
    """What a training keeps of itself, in `run/` of its folder: configuration and newest state."""

    def __init__(self, folder: Path):
        self.path = folder / "run"

    def check(self, config: dict, fresh: bool) -> None:
        """Begin here, or go on with the same configuration.

        Args:
            config: all that decides the outcome, as JSON can hold it.
            fresh: forget a training that was begun here.

        Raises:
            ConfigError: the training that was begun here has another configuration, or the folder
                cannot be written.
        """
        wanted = json.loads(json.dumps({**config, "state_format": STATE_FORMAT}))
        try:
            if fresh:
                shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(parents=True, exist_ok=True)
            file = self.path / "config.json"
            if self.newest() is None:
                _write_text(file, json.dumps(wanted, indent=2) + "\n")
                return
            begun = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(
                f"folder {self.path} cannot be used ({error.strerror}): give another --out"
            ) from error
        for key, before, now in _differences(begun, wanted):
            raise ConfigError(
                f"the training begun in {self.path.parent} has {key} {before}, but now it is "
                f"{now}: give --fresh to begin again, or another --out to keep both"
            )

    def newest(self) -> int | None:
        """Return the step of the newest whole state, or None."""
        names = [re.fullmatch(r"step-(\d+)", path.name) for path in self.path.glob("step-*")]
        return max((int(name[1]) for name in names if name), default=None)

    def state(self, step: int, rank: int):
        """Return the tree that process `rank` wrote at `step`."""
        return read_tree(self._step(step) / f"rank-{rank}.safetensors")

    def write_part(self, step: int, rank: int, tree) -> None:
        """Write the tree of one process; it counts only after `publish`."""
        beside = self._beside(step)
        beside.mkdir(exist_ok=True)
        write_tree(beside / f"rank-{rank}.safetensors", tree)

    def publish(self, step: int) -> None:
        """Let the parts of all processes count together, and remove older states."""
        if self._step(step).exists():
            shutil.rmtree(self._step(step))
        self._beside(step).rename(self._step(step))
        for path in self.path.iterdir():
            if path.is_dir() and path != self._step(step):
                shutil.rmtree(path)

    def discard(self, step: int) -> None:
        """Remove a state that could not be written whole."""
        shutil.rmtree(self._beside(step), ignore_errors=True)

    def _step(self, step: int) -> Path:
        return self.path / f"step-{step:07d}"

    def _beside(self, step: int) -> Path:
        return self.path / f".step-{step:07d}"


def keep_lines_until(path: Path, step: int) -> None:
    """Remove the lines of a JSONL file that belong to steps after `step`, and a broken last one."""
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(line)["step"] > step:
                break
        except ValueError:
            break
        kept.append(line + "\n")
    _write_text(path, "".join(kept))


def _write_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _differences(before, now, where: str = ""):
    """Yield (key, before, now) for each leaf that differs."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in {**before, **now}:
            name = f"{where}.{key}" if where else key
            yield from _differences(before.get(key), now.get(key), name)
    elif before != now:
        yield where, json.dumps(before), json.dumps(now)
