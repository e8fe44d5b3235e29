"""An evaluation as people read it: tables in the terminal, JSON, Markdown with pictures beside."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ur3_dancer.learning.tables import Table, write_whole

GENERATED = "Generated data: figures on it say nothing beside those of papers on recorded data."


@dataclass(frozen=True)
class Picture:
    """A picture of a report.

    Attributes:
        name: ends its file's name.
        shows: what is on it, for who cannot see it.
        draw: writes it to a path.
    """

    name: str
    shows: str
    draw: Callable[[Path], None]


@dataclass(frozen=True)
class Report:
    """What an evaluation found.

    Attributes:
        title: one line.
        facts: lines on data, protocol and settings; nobody must guess them.
        tables: the figures.
        content: everything, for JSON.
        pictures: drawn only with Markdown.
    """

    title: str
    facts: tuple[str, ...]
    tables: list[Table]
    content: dict
    pictures: tuple[Picture, ...] = field(default=())

    def json(self) -> str:
        """Return everything as JSON, without values that JSON cannot hold."""
        return json.dumps(
            {"title": self.title, "facts": list(self.facts), **self.content},
            indent=2,
            allow_nan=False,
        )

    def write_json(self, path: Path) -> None:
        """Write everything as JSON.

        Raises:
            ConfigError: the file cannot be written.
        """
        text = self.json() + "\n"
        write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))

    def write_markdown(self, path: Path, command: str) -> None:
        """Write tables and pictures; pictures lie beside the file and begin with its name.

        Args:
            path: the Markdown file.
            command: that made it.

        Raises:
            ConfigError: a file cannot be written.
        """
        parts = [f"# {self.title}", *(f"- {fact}" for fact in self.facts)]
        text = "\n".join([parts[0], "", *parts[1:], f"- Command: `{command}`", ""])
        text += "".join(f"\n{table.markdown()}\n" for table in self.tables)
        for picture in self.pictures:
            file = path.with_name(f"{path.stem}-{picture.name}.png")
            picture.draw(file)
            text += f"\n![{picture.shows}]({file.name})\n"
        write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))
