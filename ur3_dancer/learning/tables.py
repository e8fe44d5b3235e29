"""Tables of figures, for a terminal and for Markdown from the same content."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ur3_dancer.errors import ConfigError

_PIPE_WIDTH = 200
"""Columns where nobody looks: a table in a file must not be folded."""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: what it shows.
        header: names of the columns; the first one holds names, the others figures.
        lines: one entry a column each.
        note: how to read it.
    """

    title: str
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    note: str = ""

    def markdown(self) -> str:
        """Return the table as Markdown, title and note included."""
        align = ["---", *["--:"] * (len(self.header) - 1)]
        rows = [self.header, tuple(align), *self.lines]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return "\n\n".join(part for part in (f"## {self.title}", self.note, table) if part)


def show(tables: list[Table]) -> None:
    """Print tables to the terminal, as Markdown where the library for better ones is missing."""
    try:
        from rich.console import Console
        from rich.table import Table as RichTable
    except ImportError:
        print("\n\n".join(table.markdown() for table in tables))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PIPE_WIDTH)
    for table in tables:
        shown = RichTable(
            title=table.title, title_justify="left", caption=table.note, caption_justify="left"
        )
        for i, name in enumerate(table.header):
            shown.add_column(name, justify="right" if i else "left")
        for line in table.lines:
            shown.add_row(*line)
        console.print(shown)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and rename it, so that what is there is whole.

    Args:
        path: the file.
        write: called with the name beside, which ends as the file's does.

    Raises:
        ConfigError: it cannot be written.
    """
    beside = path.with_name(f".{uuid.uuid4().hex}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror or error}): give another file"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
