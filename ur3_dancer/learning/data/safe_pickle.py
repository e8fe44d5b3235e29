"""Pickles of arrays, read without letting them run anything.

A pickle is a program. What motion files need of it are dictionaries, numbers, text and NumPy
arrays; every other name that a file asks for ends the reading before anything is called.
"""

import pickle
from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError

_DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")


class _HostileError(Exception):
    """The pickle asks for a name that no motion file needs."""


class _ArraysOnly(pickle.Unpickler):
    """Finds what rebuilds arrays and nothing else."""

    def find_class(self, module: str, name: str):
        """Return the named part of NumPy, or refuse."""
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        if module in _MULTIARRAY and name == "_reconstruct":
            return _EmptyArray()
        if module in _MULTIARRAY and name == "scalar":
            return _Scalar()
        if module in _NUMERIC and name == "_frombuffer":
            return _ArrayOfBuffer()
        if (module, name) == ("_codecs", "encode"):
            return _BytesOfText()
        raise _HostileError(f"{module}.{name}")

    def persistent_load(self, pid):
        """Refuse references to things outside of the file."""
        raise _HostileError("something outside of the file")


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a pickled dictionary by name; entries that are no numbers are left out.

    Raises:
        ConfigError: the file cannot be read, is damaged, or asks for more than arrays.
    """
    try:
        with path.open("rb") as file:
            content = _ArraysOnly(file, encoding="latin1").load()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check the file") from error
    except _HostileError as error:
        raise ConfigError(
            f"{path} asks for {error}, which no motion file needs: it was not read, and may be an "
            "attack; get the file from its owner"
        ) from None
    except _DAMAGED as error:
        raise ConfigError(
            f"{path} is no whole pickle ({type(error).__name__}: {error}): get it again"
        ) from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds a {type(content).__name__}, not a dictionary of arrays")
    arrays = {}
    for name, value in content.items():
        if isinstance(value, (np.ndarray, np.number, float, int)):
            array = np.asarray(value)
            if array.dtype.kind in "fiu":
                arrays[str(name)] = array
    return arrays


class _Callable:
    """What a pickle may call; without attributes, so that it cannot be changed by one either."""

    __slots__ = ()


class _EmptyArray(_Callable):
    """Begins an array whose content follows in the file."""

    __slots__ = ()

    def __call__(self, subtype, shape, dtype) -> np.ndarray:
        if subtype is not np.ndarray:
            raise _HostileError(str(subtype))
        return np.ndarray.__new__(np.ndarray, (0,), "b")


class _Scalar(_Callable):
    """A single number of NumPy."""

    __slots__ = ()

    def __call__(self, dtype, content):
        if np.dtype(dtype).hasobject:
            raise _HostileError("numbers made of objects")
        return np.frombuffer(content, dtype, count=1)[0]


class _ArrayOfBuffer(_Callable):
    """An array as newer pickles hold it."""

    __slots__ = ()

    def __call__(self, content, dtype, shape, order) -> np.ndarray:
        if np.dtype(dtype).hasobject:
            raise _HostileError("arrays of objects")
        return np.frombuffer(content, dtype).reshape(shape, order=order)


class _BytesOfText(_Callable):
    """Bytes as older pickles hold them."""

    __slots__ = ()

    def __call__(self, text: str, encoding: str = "latin1") -> bytes:
        if encoding != "latin1":
            raise _HostileError(f"the encoding {encoding}")
        return text.encode("latin1")
