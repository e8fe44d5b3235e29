"""Message definitions as text, from the installed message classes.

A recording must explain its own bytes to programs without ROS. The `.msg` files lie in other
places in every kind of installation; the classes know their fields wherever they came from.
"""

import importlib
import re

_SEPARATOR = "=" * 80
_PRIMITIVES = {"boolean": "bool", "octet": "byte", "float": "float32", "double": "float64"}
_SEQUENCE = re.compile(r"sequence<(.+?)(?:, (\d+))?>")
_ARRAY = re.compile(r"(.+)(\[\d+\])")


def type_name(message_type: type) -> str:
    """Return the ROS name of a message class, for instance `sensor_msgs/msg/Image`."""
    return f"{message_type.__module__.split('.')[0]}/msg/{message_type.__name__}"


def definition(message_type: type) -> str:
    """Return a class's fields and those of all types in it, in the encoding `ros2msg`."""
    text, waiting, known = [_fields(message_type)], _nested(message_type), set()
    while waiting:
        name = waiting.pop(0)
        if name not in known:
            known.add(name)
            nested = _class(name)
            text.append(f"{_SEPARATOR}\nMSG: {name}\n{_fields(nested)}")
            waiting += _nested(nested)
    return "".join(text)


def _fields(message_type: type) -> str:
    """Return one line a field: its type in the words of a .msg file, and its name."""
    fields = message_type.get_fields_and_field_types()
    return "".join(f"{_spelled(kind)} {name}\n" for name, kind in fields.items())


def _spelled(kind: str) -> str:
    sequence, array = _SEQUENCE.fullmatch(kind), _ARRAY.fullmatch(kind)
    if sequence:
        bound = f"[<={sequence[2]}]" if sequence[2] else "[]"
        return _spelled(sequence[1]) + bound
    if array:
        return _spelled(array[1]) + array[2]
    return _PRIMITIVES.get(kind, kind)


def _nested(message_type: type) -> list[str]:
    kinds = map(_element, message_type.get_fields_and_field_types().values())
    return [kind for kind in kinds if "/" in kind]


def _element(kind: str) -> str:
    match = _SEQUENCE.fullmatch(kind) or _ARRAY.fullmatch(kind)
    return match[1] if match else kind


def _class(name: str) -> type:
    package, kind = name.split("/")
    return getattr(importlib.import_module(f"{package}.msg"), kind)
