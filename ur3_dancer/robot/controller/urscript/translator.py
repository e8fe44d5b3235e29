"""URScript to Python: functions that may wait become generators, one `yield` a control cycle.

Generated names carry a prefix (`v_` variables, `f_` functions, `w_` words of the controller), so a
program can name things as it likes, `async` included, and can reach nothing but the words.
"""

import hashlib
import keyword
from dataclasses import dataclass
from types import CodeType

from ur3_dancer.robot.controller.urscript import syntax
from ur3_dancer.robot.controller.urscript.parser import parse
from ur3_dancer.robot.controller.urscript.scopes import Scopes
from ur3_dancer.robot.controller.urscript.values import ScriptError

FILE_NAME = "<urscript>"
_CACHE_SIZE = 16


@dataclass(frozen=True)
class Compiled:
    """A program ready to run.

    Attributes:
        name: the program's own name.
        code: Python code that defines `f_main` and the program's functions.
        lines: URScript line of each Python line, from 1 (index 0 is unused).
        unsupported: words and names that the controller does not know, with their lines.
    """

    name: str
    code: CodeType
    lines: tuple[int, ...]
    unsupported: tuple[tuple[str, int], ...]


class Compiler:
    """Compiles programs for one set of words and remembers the last ones."""

    def __init__(self, words: dict[str, bool]):
        """Take the words of the controller: name to whether it may take more than one cycle."""
        self._words = words
        self._cache: dict[str, Compiled] = {}

    def compile(self, source: str) -> Compiled:
        """Return the compiled program; the same text is compiled once.

        Raises:
            ScriptError: the text is not URScript as far as this interpreter knows it.
        """
        key = hashlib.sha256(source.encode()).hexdigest()
        if key not in self._cache:
            try:
                compiled = _Translator(parse(source), self._words).compile()
            except (RecursionError, MemoryError, ValueError, SyntaxError) as error:
                raise ScriptError(f"the program is too deep or too large: {error}") from error
            while len(self._cache) >= _CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = compiled
        return self._cache[key]


class _Translator:
    def __init__(self, statements: list[syntax.Node], words: dict[str, bool]):
        self._words = words
        self._scopes = Scopes(statements, frozenset(name for name in words if words[name]))
        self._text: list[str] = []
        self._lines: list[int] = [0]
        self._unsupported: list[tuple[str, int]] = []
        self._known: set[str] = set()

    def compile(self) -> Compiled:
        for function in self._scopes.functions.values():
            waits = function.name in self._scopes.blocking
            self._function(function, f"f_{function.name}", waits)
        main = self._scopes.main
        self._function(main, "f_main", waits=True)
        code = compile("\n".join(self._text) + "\n", FILE_NAME, "exec")
        return Compiled(main.name, code, tuple(self._lines), tuple(self._unsupported))

    def _emit(self, depth: int, text: str, line: int) -> None:
        self._text.append(" " * depth + text)
        self._lines.append(line)

    def _function(self, function: syntax.Function, name: str, waits: bool) -> None:
        self._known = self._scopes.globals | self._scopes.locals_of(function)
        # The program itself is called without arguments: its parameters are globals.
        own = [] if function is self._scopes.main else function.parameters
        parameters = ", ".join(
            f"v_{key}" + (f"={self._expression(value)}" if value is not None else "")
            for key, value in own
        )
        self._emit(0, f"def {name}({parameters}):", function.line)
        shared = sorted(self._scopes.assigned_globals(function))
        if shared:
            self._emit(1, "global " + ", ".join(f"v_{key}" for key in shared), function.line)
        if waits:
            self._emit(1, "if 0: yield", function.line)
        for key in self._scopes.changed_parameters(function):
            self._emit(1, f"v_{key} = w__own(v_{key})", function.line)
        self._block(function.body, 1, function.line)

    def _block(self, body: list[syntax.Node], depth: int, line: int) -> None:
        if depth > 90:
            raise ScriptError(f"line {line}: nested too deep")
        self._emit(depth, "pass", line)
        for statement in body:
            if not isinstance(statement, syntax.Function):
                self._STATEMENTS[type(statement)](self, statement, depth)

    def _assign(self, node: syntax.Assign, depth: int) -> None:
        value = self._expression(node.value)
        if isinstance(node.value, syntax.Name | syntax.Index):
            value = f"w__own({value})"
        self._emit(depth, f"{self._expression(node.target)} = {value}", node.line)

    def _evaluate(self, node: syntax.Evaluate, depth: int) -> None:
        self._emit(depth, self._expression(node.value), node.line)

    def _return(self, node: syntax.Return, depth: int) -> None:
        value = "None" if node.value is None else self._expression(node.value)
        if isinstance(node.value, syntax.Name):
            value = f"w__own({value})"
        self._emit(depth, f"return {value}", node.line)

    def _while(self, node: syntax.While, depth: int) -> None:
        self._emit(depth, f"while {self._expression(node.condition)}:", node.line)
        self._emit(depth + 1, "w__turn()", node.line)
        self._block(node.body, depth + 1, node.line)

    def _if(self, node: syntax.If, depth: int) -> None:
        opening = "if"
        for condition, body in node.branches:
            if condition is None:
                self._emit(depth, "else:", node.line)
            else:
                self._emit(depth, f"{opening} {self._expression(condition)}:", condition.line)
            self._block(body, depth + 1, node.line)
            opening = "elif"

    def _word(self, node: syntax.Word, depth: int) -> None:
        if node.word in ("break", "continue", "pass"):
            text = node.word
        elif node.word == "halt":
            text = "w__halt()"
        elif node.word == "kill":
            text = f"w__kill({self._expression(node.operand)})"
        elif node.word == "join":
            text = f"yield from w__join({self._expression(node.operand)})"
        else:
            # Critical sections: between two waits a thread is alone anyway, they take turns.
            text = "pass"
        self._emit(depth, text, node.line)

    _STATEMENTS = {  # noqa: RUF012 - a table that nobody changes
        syntax.Assign: _assign,
        syntax.Evaluate: _evaluate,
        syntax.Return: _return,
        syntax.While: _while,
        syntax.If: _if,
        syntax.Word: _word,
    }

    def _expression(self, node: syntax.Node) -> str:
        return self._EXPRESSIONS[type(node)](self, node)

    def _number(self, node: syntax.Number) -> str:
        # Numbers are floats throughout: exact to 2**53 and, unlike Python's integers, bounded.
        if node.text[:2] in ("0x", "0X"):
            return repr(float(int(node.text, 16)))
        value = float(node.text)
        if value in (float("inf"), float("-inf")):
            raise ScriptError(f"line {node.line}: number {node.text[:20]}… is too large")
        return repr(value)

    def _name(self, node: syntax.Name) -> str:
        if node.name in self._known:
            return f"v_{node.name}"
        self._unsupported.append((node.name, node.line))
        return f"w__unknown({node.name!r})"

    def _list(self, node: syntax.ListLiteral) -> str:
        items = ", ".join(self._expression(item) for item in node.items)
        return f"w__{'pose' if node.pose else 'list'}(({items}{',' if node.items else ''}))"

    def _binary(self, node: syntax.Binary) -> str:
        left, right = self._expression(node.left), self._expression(node.right)
        if node.operator == "xor":
            return f"(bool({left}) != bool({right}))"
        return f"({left} {node.operator} {right})"

    def _unary(self, node: syntax.Unary) -> str:
        return f"({node.operator} {self._expression(node.operand)})"

    def _index(self, node: syntax.Index) -> str:
        return f"{self._expression(node.target)}[{self._expression(node.index)}]"

    def _call(self, node: syntax.Call) -> str:
        own = node.name in self._scopes.functions
        arguments = [self._expression(argument) for argument in node.arguments]
        for key, value in node.keywords:
            text = self._expression(value)
            if own:
                arguments.append(f"v_{key}={text}")
            else:
                arguments.append(
                    f"**{{{key!r}: {text}}}" if keyword.iskeyword(key) else f"{key}={text}"
                )
        listed = ", ".join(arguments)
        if node.run:
            if not own:
                raise ScriptError(f"line {node.line}: run {node.name}: no such thread")
            return f"w__run(f_{node.name}, {listed})"
        if own:
            text = f"f_{node.name}({listed})"
            return f"(yield from {text})" if node.name in self._scopes.blocking else text
        if node.name in self._words:
            text = f"w_{node.name}({listed})"
            return f"(yield from {text})" if self._words[node.name] else text
        self._unsupported.append((node.name + "()", node.line))
        return f"w__unknown({node.name!r})"

    _EXPRESSIONS = {  # noqa: RUF012 - a table that nobody changes
        syntax.Number: _number,
        syntax.Text: lambda self, node: f"w__text({node.value!r})",
        syntax.Truth: lambda self, node: str(node.value),
        syntax.Name: _name,
        syntax.ListLiteral: _list,
        syntax.Index: _index,
        syntax.Unary: _unary,
        syntax.Binary: _binary,
        syntax.Call: _call,
    }
