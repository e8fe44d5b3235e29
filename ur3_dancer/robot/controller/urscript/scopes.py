"""Who owns a name, and which functions consume control cycles.

URScript looks a free variable up in the globals and, if it is not there, makes it local. Variables
of the program's own body are seen by the functions nested in it, so they count as globals here.
"""

from collections.abc import Iterator

from ur3_dancer.robot.controller.urscript import syntax
from ur3_dancer.robot.controller.urscript.values import ScriptError


def own_nodes(body: list[syntax.Node]) -> Iterator[syntax.Node]:
    """Yield every node of `body`, without what is inside nested functions."""
    pending: list[object] = list(body)
    while pending:
        item = pending.pop()
        if isinstance(item, syntax.Node):
            yield item
            if not isinstance(item, syntax.Function):
                pending.extend(vars(item).values())
        elif isinstance(item, list | tuple):
            pending.extend(item)


class Scopes:
    """The functions of a program, its global names, and the functions that block.

    Attributes:
        main: the program itself, as a function without parameters.
        functions: nested functions by name.
        globals: names that every function shares.
        blocking: names of functions that may take more than one control cycle.
    """

    def __init__(self, statements: list[syntax.Node], blocking_words: frozenset[str]):
        if len(statements) == 1 and isinstance(statements[0], syntax.Function):
            self.main = statements[0]
        else:
            self.main = syntax.Function(1, "program", [], statements)
        self.functions: dict[str, syntax.Function] = {}
        self._collect(self.main.body)
        everything = [self.main, *self.functions.values()]
        self.globals = {name for name, _ in self.main.parameters}
        self.globals |= {
            node.target.name
            for node in own_nodes(self.main.body)
            if isinstance(node, syntax.Assign) and isinstance(node.target, syntax.Name)
        }
        for function in everything:
            self.globals |= _declared(function, "global")
        self.blocking = self._find_blocking(blocking_words)

    def _collect(self, body: list[syntax.Node]) -> None:
        for node in own_nodes(body):
            if isinstance(node, syntax.Function):
                if node.name in self.functions:
                    raise ScriptError(f"line {node.line}: {node.name} is defined twice")
                self.functions[node.name] = node
                self._collect(node.body)

    def _find_blocking(self, blocking_words: frozenset[str]) -> set[str]:
        calls = {
            name: {
                node.name
                for node in own_nodes(function.body)
                if isinstance(node, syntax.Call) and not node.run
            }
            for name, function in self.functions.items()
        }
        blocking = {
            name
            for name, function in self.functions.items()
            if any(
                isinstance(n, syntax.Word) and n.word == "join" for n in own_nodes(function.body)
            )
        }
        words = blocking_words - self.functions.keys()
        while True:
            grown = {name for name, called in calls.items() if called & (words | blocking)}
            if grown <= blocking:
                return blocking
            blocking |= grown

    def assigned_globals(self, function: syntax.Function) -> set[str]:
        """Return the global names that `function` assigns to."""
        if function is self.main:
            return self.globals - _declared(function, "local")
        hidden = _declared(function, "local") | {name for name, _ in function.parameters}
        return {name for name in _assigned(function) if name in self.globals} - hidden

    def locals_of(self, function: syntax.Function) -> set[str]:
        """Return the names that belong to one call of `function`."""
        names = _assigned(function) | {name for name, _ in function.parameters}
        return names - self.assigned_globals(function)

    def changed_parameters(self, function: syntax.Function) -> list[str]:
        """Return parameters of which an element is assigned: the function needs its own copy."""
        changed = {
            _root(node.target)
            for node in own_nodes(function.body)
            if isinstance(node, syntax.Assign) and isinstance(node.target, syntax.Index)
        }
        return [name for name, _ in function.parameters if name in changed]


def _declared(function: syntax.Function, scope: str) -> set[str]:
    return {
        node.target.name
        for node in own_nodes(function.body)
        if isinstance(node, syntax.Assign) and node.scope == scope
    }


def _assigned(function: syntax.Function) -> set[str]:
    return {
        node.target.name
        for node in own_nodes(function.body)
        if isinstance(node, syntax.Assign) and isinstance(node.target, syntax.Name)
    }


def _root(node: syntax.Node) -> str | None:
    while isinstance(node, syntax.Index):
        node = node.target
    return node.name if isinstance(node, syntax.Name) else None
