"""Tokens to a syntax tree, by recursive descent."""

from ur3_dancer.robot.controller.urscript import syntax
from ur3_dancer.robot.controller.urscript.lexer import Token, tokenize
from ur3_dancer.robot.controller.urscript.values import ScriptError

_BINARY_LEVELS = (
    ("or", "xor"),
    ("and",),
    ("==", "!=", "<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)
_MAX_DEPTH = 60
"""Nesting that a program may have; beyond it hostile input would exhaust Python's own stack."""


def parse(source: str) -> list[syntax.Node]:
    """Return the statements of a program.

    Raises:
        ScriptError: with the line and the word that does not fit.
    """
    parser = _Parser(tokenize(source))
    body = parser.block(())
    parser.expect("eof", "")
    return body


class _Parser:
    def __init__(self, tokens: list[Token]):
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._tokens[self._position]
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _is(self, text: str) -> bool:
        token = self._token
        return token.text == text and token.kind in ("sign", "keyword")

    def _take(self, text: str) -> bool:
        if self._is(text):
            self._next()
            return True
        return False

    def expect(self, kind: str, text: str = "") -> Token:
        """Return the next token, which must be of `kind` (and be `text`)."""
        token = self._token
        if token.kind != kind or (text and token.text != text):
            found = token.text or "the end of the program"
            raise ScriptError(f"line {token.line}: {text or kind} expected, {found} found")
        return self._next()

    def _deeper(self, line: int) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ScriptError(f"line {line}: nested deeper than {_MAX_DEPTH} levels")

    # Statements

    def block(self, closers: tuple[str, ...]) -> list[syntax.Node]:
        """Return statements up to, and not including, one of `closers` or the end of the text."""
        statements = []
        self._deeper(self._token.line)
        while self._token.kind != "eof" and not any(self._is(closer) for closer in closers):
            statements.append(self._statement())
        self._depth -= 1
        return statements

    def _statement(self) -> syntax.Node:
        token = self._token
        if token.kind == "keyword":
            parse_keyword = self._KEYWORD_STATEMENTS.get(token.text)
            if parse_keyword is not None:
                return parse_keyword(self, self._next())
        target = self._expression()
        if self._take("="):
            return self._assignment(token, target, "")
        return syntax.Evaluate(token.line, target)

    def _assignment(self, token: Token, target: syntax.Node, scope: str) -> syntax.Node:
        if not isinstance(target, syntax.Name | syntax.Index):
            raise ScriptError(f"line {token.line}: this cannot be assigned to")
        return syntax.Assign(token.line, target, self._expression(), scope)

    def _scoped(self, keyword: Token) -> syntax.Node:
        name = self.expect("name")
        target = syntax.Name(name.line, name.text)
        if self._take("="):
            return self._assignment(name, target, keyword.text)
        return syntax.Assign(name.line, target, syntax.Number(name.line, "0"), keyword.text)

    def _function(self, keyword: Token) -> syntax.Node:
        name = self.expect("name").text
        parameters = []
        self.expect("sign", "(")
        while not self._take(")"):
            parameter = self.expect("name").text
            parameters.append((parameter, self._expression() if self._take("=") else None))
            if not self._is(")"):
                self.expect("sign", ",")
        self.expect("sign", ":")
        body = self.block(("end",))
        self.expect("keyword", "end")
        return syntax.Function(keyword.line, name, parameters, body)

    def _while(self, keyword: Token) -> syntax.Node:
        condition = self._expression()
        self.expect("sign", ":")
        body = self.block(("end",))
        self.expect("keyword", "end")
        return syntax.While(keyword.line, condition, body)

    def _if(self, keyword: Token) -> syntax.Node:
        branches = []
        condition: syntax.Node | None = self._expression()
        while True:
            self.expect("sign", ":")
            branches.append((condition, self.block(("elif", "else", "end"))))
            if self._take("end"):
                return syntax.If(keyword.line, branches)
            if condition is None:
                raise ScriptError(f"line {self._token.line}: end expected after else")
            condition = None if self._next().text == "else" else self._expression()

    def _return(self, keyword: Token) -> syntax.Node:
        # Where a new line is white space only the line tells a value from the next statement.
        token = self._token
        empty = token.line != keyword.line or token.kind == "eof" or self._is("end")
        return syntax.Return(keyword.line, None if empty else self._expression())

    def _plain_word(self, keyword: Token) -> syntax.Node:
        return syntax.Word(keyword.line, keyword.text)

    def _word_with_operand(self, keyword: Token) -> syntax.Node:
        return syntax.Word(keyword.line, keyword.text, self._expression())

    _KEYWORD_STATEMENTS = {  # noqa: RUF012 - a table that nobody changes
        "def": _function,
        "sec": _function,
        "thread": _function,
        "while": _while,
        "if": _if,
        "return": _return,
        "global": _scoped,
        "local": _scoped,
        "kill": _word_with_operand,
        "join": _word_with_operand,
        **dict.fromkeys(
            ("break", "continue", "pass", "halt", "enter_critical", "exit_critical"), _plain_word
        ),
    }

    # Expressions

    def _expression(self, level: int = 0) -> syntax.Node:
        if level == len(_BINARY_LEVELS):
            return self._unary()
        if level == 2 and self._is("not"):
            token = self._next()
            self._deeper(token.line)
            operand = self._expression(level)
            self._depth -= 1
            return syntax.Unary(token.line, "not", operand)
        left = self._expression(level + 1)
        while self._token.kind in ("sign", "keyword") and self._token.text in _BINARY_LEVELS[level]:
            operator = self._next()
            left = syntax.Binary(operator.line, operator.text, left, self._expression(level + 1))
        return left

    def _unary(self) -> syntax.Node:
        token = self._token
        if self._is("-") or self._is("+") or self._is("not"):
            self._next()
            self._deeper(token.line)
            operand = self._unary()
            self._depth -= 1
            return operand if token.text == "+" else syntax.Unary(token.line, token.text, operand)
        node = self._atom()
        while self._is("["):
            line = self._next().line
            node = syntax.Index(line, node, self._expression())
            self.expect("sign", "]")
        return node

    def _atom(self) -> syntax.Node:
        token = self._next()
        self._deeper(token.line)
        node = self._atom_of(token)
        self._depth -= 1
        return node

    def _atom_of(self, token: Token) -> syntax.Node:
        if token.kind == "number":
            return syntax.Number(token.line, token.text)
        if token.kind == "text":
            return syntax.Text(token.line, token.text[1:-1])
        if token.kind == "name":
            if self._is("("):
                return self._call(token)
            if token.text == "p" and self._is("["):
                return self._pose_or_element(token)
            return syntax.Name(token.line, token.text)
        if token.text in ("True", "False"):
            return syntax.Truth(token.line, token.text == "True")
        if token.text == "run":
            call = self._call(self.expect("name"))
            call.run = True
            return call
        if token.text == "(":
            inner = self._expression()
            self.expect("sign", ")")
            return inner
        if token.text == "[":
            return syntax.ListLiteral(token.line, self._items("]"), pose=False)
        found = token.text or "the end of the program"
        raise ScriptError(f"line {token.line}: a value expected, {found} found")

    def _items(self, closer: str) -> list[syntax.Node]:
        items = []
        while not self._take(closer):
            items.append(self._expression())
            if not self._is(closer):
                self.expect("sign", ",")
        return items

    def _pose_or_element(self, token: Token) -> syntax.Node:
        # `p` is also a popular variable name: one item is an element of it, six are a pose.
        self.expect("sign", "[")
        items = self._items("]")
        if len(items) == 1:
            return syntax.Index(token.line, syntax.Name(token.line, "p"), items[0])
        if len(items) != 6:
            raise ScriptError(f"line {token.line}: a pose has 6 numbers, not {len(items)}")
        return syntax.ListLiteral(token.line, items, pose=True)

    def _call(self, name: Token) -> syntax.Call:
        call = syntax.Call(name.line, name.text, [], [])
        self.expect("sign", "(")
        while not self._take(")"):
            follows = self._tokens[min(self._position + 1, len(self._tokens) - 1)]
            if self._token.kind == "name" and follows.text == "=" and follows.kind == "sign":
                keyword = self._next().text
                self._next()
                call.keywords.append((keyword, self._expression()))
            else:
                call.arguments.append(self._expression())
            if not self._is(")"):
                self.expect("sign", ",")
        return call
