"""Pickles of arrays, read without letting them run anything.

A pickle is a program. What motion files need of it are dictionaries, numbers, text and NumPy
arrays; every other name that a file asks for ends the reading before anything is called. Even
NumPy's own types do not take part: a damaged state can leave a `numpy.dtype` behind that breaks the
process, so stand-ins gather what the file says, and arrays are made of it afterwards.
"""

import io
import pickle
import pickletools
import re
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
_SIZED = ("PUT", "BINPUT", "LONG_BINPUT", "FRAME")
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")


class _HostileError(Exception):
    """The pickle asks for a name that no motion file needs."""


class _ArraysOnly(pickle.Unpickler):
    """Finds what rebuilds arrays and nothing else."""

    def find_class(self, module: str, name: str):
        """Return the stand-in for a part of NumPy, or refuse."""
        if (module, name) == ("numpy", "ndarray"):
            return _ARRAY_TYPE
        if (module, name) == ("numpy", "dtype"):
            return _Kind
        if module in _MULTIARRAY and name == "_reconstruct":
            return _Begin()
        if module in _MULTIARRAY and name == "scalar":
            return _Scalar()
        if module in _NUMERIC and name == "_frombuffer":
            return _FromBuffer()
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
        data = path.read_bytes()
        _check_sizes(data)
        content = _ArraysOnly(io.BytesIO(data), encoding="latin1").load()
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
        if isinstance(value, _Array):
            value = value.content
        if isinstance(value, (np.ndarray, float, int)):
            arrays[str(name)] = np.asarray(value)
    return arrays


def _check_sizes(data: bytes) -> None:
    """Refuse numbers that would make the reader set aside more memory than the file is long.

    Raises:
        ValueError: there is such a number, or the bytes are no pickle.
    """
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in _SIZED and not int(argument) <= len(data):
            raise ValueError(f"{opcode.name} of {argument} in a file of {len(data)} bytes")


class _StandIn:
    """Takes the place of a part of NumPy; without attributes that a file could change."""

    __slots__ = ()


_ARRAY_TYPE = _StandIn()


class _Kind(_StandIn):
    """A `numpy.dtype`: which numbers an array holds."""

    __slots__ = ("_order", "_text")

    def __init__(self, text="", *flags):
        self._text, self._order = str(text), "="

    def __setstate__(self, state):
        self._order = str(state[1])

    def dtype(self) -> np.dtype | None:
        """Return the type of plain numbers, None for anything else."""
        if not re.fullmatch(r"[fiu][1248]", self._text) or self._order not in "<>=|":
            return None
        return np.dtype(self._text).newbyteorder(self._order)


class _Array(_StandIn):
    """A `numpy.ndarray`; its content is None unless it holds plain numbers."""

    __slots__ = ("content",)

    def __init__(self):
        self.content = None

    def __setstate__(self, state):
        _, shape, kind, is_fortran, data = state
        self.fill(data, kind, shape, "F" if is_fortran else "C")

    def fill(self, data, kind: _Kind, shape, order: str) -> None:
        """Take the numbers of a buffer."""
        dtype = kind.dtype()
        if dtype is not None:
            numbers = np.frombuffer(data, dtype).reshape(shape, order=order)
            self.content = numbers.astype(dtype.newbyteorder("="))


class _Begin(_StandIn):
    """Begins an array whose content follows in the file."""

    __slots__ = ()

    def __call__(self, *_) -> _Array:
        return _Array()


class _Scalar(_StandIn):
    """A single number of NumPy."""

    __slots__ = ()

    def __call__(self, kind, data) -> _Array:
        array = _Array()
        array.fill(data, kind, (), "C")
        return array


class _FromBuffer(_StandIn):
    """An array as newer pickles hold it."""

    __slots__ = ()

    def __call__(self, data, kind, shape, order) -> _Array:
        array = _Array()
        array.fill(data, kind, shape, order)
        return array


class _BytesOfText(_StandIn):
    """Bytes as older pickles hold them."""

    __slots__ = ()

    def __call__(self, text: str, encoding: str = "latin1") -> bytes:
        if encoding != "latin1":
            raise _HostileError(f"the encoding {encoding}")
        return text.encode("latin1")
