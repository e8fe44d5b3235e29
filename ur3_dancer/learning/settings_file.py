"""Settings in small YAML files: read with errors that people can use, each value checked."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ur3_dancer.errors import ConfigError

Settings = TypeVar("Settings")


def read_settings(
    path: Path, what: str, such_as: str, build: Callable[[Any], Settings]
) -> Settings:
    """Return what `build` makes of a YAML file.

    Args:
        path: of the file.
        what: the file is, for messages.
        such_as: what to give instead of a file that is not there.
        build: takes the file's content; raises `ConfigError` for what cannot be.

    Raises:
        ConfigError: unreadable, not YAML, or refused by `build`; the text names the file.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{what} {path} cannot be read ({error.strerror}): give {such_as}"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} {path} is not valid YAML: {error}") from error
    try:
        return build(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def from_dict(kind: type[Settings], content: Any, where: str = "") -> Settings:
    """Build a dataclass, and those within it, from names and values.

    Raises:
        ConfigError: no mapping, an unknown or missing key, or a value of the wrong kind or range.
    """
    if not isinstance(content, dict):
        raise ConfigError(f"{where or 'the file'} is {content!r}: must map names to values")
    types = get_type_hints(kind)
    known = [entry.name for entry in fields(kind)]
    values = {}
    for key, value in content.items():
        name = f"{where}.{key}" if where else str(key)
        if key not in known:
            raise ConfigError(f"unknown key {name!r}: known are {', '.join(known)}")
        values[key] = _value(types[key], value, name)
    try:
        return kind(**values)
    except TypeError as error:
        missing = str(error).rpartition(": ")[2]
        raise ConfigError(f"{where or 'the file'} lacks {missing}: add it") from error


def _value(kind: type, value: Any, name: str) -> Any:
    if is_dataclass(kind):
        return from_dict(kind, value, name)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or value != value:
        raise ConfigError(f"{name} is {value!r}: must be of the kind {kind.__name__}")
    return value
