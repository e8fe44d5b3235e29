"""The syntax tree of a URScript program."""

from dataclasses import dataclass, field


@dataclass
class Node:
    """Anything with a place in the source."""

    line: int


@dataclass
class Number(Node):
    """A number, kept as it was written."""

    text: str


@dataclass
class Text(Node):
    """A string."""

    value: str


@dataclass
class Truth(Node):
    """`True` or `False`."""

    value: bool


@dataclass
class Name(Node):
    """A variable."""

    name: str


@dataclass
class ListLiteral(Node):
    """`[...]`, or `p[...]` when `pose`."""

    items: list[Node]
    pose: bool


@dataclass
class Index(Node):
    """`target[index]`."""

    target: Node
    index: Node


@dataclass
class Unary(Node):
    """`-x` or `not x`."""

    operator: str
    operand: Node


@dataclass
class Binary(Node):
    """`left operator right`."""

    operator: str
    left: Node
    right: Node


@dataclass
class Call(Node):
    """`name(arguments, key=value)`; with `run`, started as a thread."""

    name: str
    arguments: list[Node]
    keywords: list[tuple[str, Node]]
    run: bool = False


@dataclass
class Assign(Node):
    """`target = value`, with an optional `global` or `local`."""

    target: Node
    value: Node
    scope: str = ""


@dataclass
class Evaluate(Node):
    """An expression that stands alone."""

    value: Node


@dataclass
class Return(Node):
    """`return`, with or without a value."""

    value: Node | None


@dataclass
class Word(Node):
    """A statement of one word, such as `break`, `kill x`, `enter_critical`."""

    word: str
    operand: Node | None = None


@dataclass
class While(Node):
    """A loop."""

    condition: Node
    body: list[Node]


@dataclass
class If(Node):
    """Branches in order; the condition of an `else` is None."""

    branches: list[tuple[Node | None, list[Node]]]


@dataclass
class Function(Node):
    """A `def` or `thread`; nested ones stand in the body where they were written."""

    name: str
    parameters: list[tuple[str, Node | None]]
    body: list[Node] = field(default_factory=list)
