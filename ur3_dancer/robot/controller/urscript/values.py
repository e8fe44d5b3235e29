"""Values of URScript: lists with element-wise arithmetic, poses, and the errors of a program."""

from collections.abc import Callable


class ScriptError(Exception):
    """The program cannot go on; the text says why, the interpreter adds the line."""


class ScriptHalt(Exception):  # noqa: N818 - `halt` is URScript's word and no error
    """The program ended itself with `halt`."""


class Vector(list):
    """A URScript list: `+ - * /` work element by element with a number or an equally long list."""

    def _paired(self, other: object, operation: Callable[[float, float], float]) -> "Vector":
        if isinstance(other, list):
            if len(other) != len(self):
                raise ScriptError(f"lists of {len(self)} and {len(other)} elements do not combine")
            return type(self)(operation(a, b) for a, b in zip(self, other, strict=True))
        return type(self)(operation(a, other) for a in self)

    def __add__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: a + b)

    def __sub__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: a - b)

    def __mul__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: a * b)

    def __truediv__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: a / b)

    def __radd__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: b + a)

    def __rsub__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: b - a)

    def __rmul__(self, other: object) -> "Vector":
        return self._paired(other, lambda a, b: b * a)

    def __neg__(self) -> "Vector":
        return type(self)(-a for a in self)

    def __setitem__(self, index: int, value: object) -> None:
        super().__setitem__(checked_index(self, index), value)

    def __getitem__(self, index: int) -> object:
        return super().__getitem__(checked_index(self, index))


class Text(str):
    """A URScript string; it grows by `str_cat` alone, so that a loop cannot double it for ever."""

    __slots__ = ()

    def __add__(self, other: object) -> "Text":
        raise ScriptError("strings are joined with str_cat")

    __mul__ = __rmul__ = __mod__ = __add__


class Pose(Vector):
    """`p[x, y, z, rx, ry, rz]`: metres and a rotation vector in radians."""


def checked_index(values: list, index: object) -> int:
    """Return `index` as int; URScript knows no negative indices, Python does."""
    position = int(index)
    if not 0 <= position < len(values):
        raise ScriptError(f"index {position} is outside a list of {len(values)} elements")
    return position


def own(value: object) -> object:
    """Return a copy of a list, anything else as it is: URScript assigns by value."""
    return type(value)(value) if isinstance(value, list) else value


def to_text(value: object) -> str:
    """Return `value` as URScript's `to_str` and `textmsg` write it."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, Pose):
        return "p[" + ", ".join(to_text(v) for v in value) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(to_text(v) for v in value) + "]"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6g}"
    return str(value)
