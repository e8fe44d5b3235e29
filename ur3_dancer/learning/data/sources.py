"""The sets that can be read, by name."""

import importlib
from collections.abc import Callable
from pathlib import Path

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.item import Catalogue, DanceItem, Entry

_READERS = {  # name: module, function that lists the folder
    "aist": ("aist", "catalogue"),
    "phantom-dance": ("phantom_dance", "catalogue"),
    "dance-with-melody": ("dance_with_melody", "catalogue"),
    "just-lmd": ("just_lmd", "catalogue"),
    "generated": ("aist", "generated_catalogue"),
}
SOURCES = tuple(_READERS)


def catalogue(source: str, folder: Path) -> Catalogue:
    """Return what a folder of a set holds.

    Raises:
        ConfigError: no such set, or the folder is not one.
    """
    return _function(source, _reader(source)[1])(folder)


def load(source: str, entry: Entry) -> DanceItem:
    """Read the motion of one dance.

    Raises:
        ConfigError: the motion cannot be used; the text does not repeat the dance's name.
    """
    return DanceItem.of(entry, _function(source, "load_motion")(entry))


def _reader(source: str) -> tuple[str, str]:
    if source not in _READERS:
        raise ConfigError(f"unknown set {source!r}: choose one of {', '.join(SOURCES)}")
    return _READERS[source]


def _function(source: str, name: str) -> Callable:
    return getattr(importlib.import_module(f"ur3_dancer.learning.data.{_reader(source)[0]}"), name)
