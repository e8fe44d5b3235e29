"""URScript text to tokens. A new line is plain white space, as on the real controller."""

import re
from typing import NamedTuple

from ur3_dancer.robot.controller.urscript.values import ScriptError

KEYWORDS = frozenset(
    [
        "def",
        "thread",
        "sec",
        "end",
        "if",
        "elif",
        "else",
        "while",
        "return",
        "break",
        "continue",
        "pass",
        "halt",
        "global",
        "local",
        "enter_critical",
        "exit_critical",
        "kill",
        "join",
        "run",
        "and",
        "or",
        "xor",
        "not",
        "True",
        "False",
    ]
)

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n;\f]|\\\n|\#[^\n]*)+)
      | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<sign>==|!=|<=|>=|[-+*/%<>=()\[\]{}:,.])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """One word of a program: kind (number, name, text, sign, keyword, end of text) and its line."""

    kind: str
    text: str
    line: int


def tokenize(source: str) -> list[Token]:
    """Return the tokens of `source`, closed by one of kind "eof".

    Raises:
        ScriptError: a character that URScript does not know.
    """
    tokens = []
    line = 1
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise ScriptError(f"line {line}: unexpected character {source[position]!r}")
        text = match.group()
        kind = match.lastgroup
        if kind == "name" and text in KEYWORDS:
            kind = "keyword"
        if kind != "space":
            tokens.append(Token(kind, text, line))
        line += text.count("\n")
        position = match.end()
    tokens.append(Token("eof", "", line))
    return tokens
