"""The folder that a rehearsal leaves: each file whole or not there, and none of an earlier one."""

import json
from collections.abc import Callable
from pathlib import Path

from ur3_dancer.errors import ConfigError, DancerError

NAMES = (
    "trajectory.csv",
    "trajectory.npz",
    "report.json",
    "rehearsal.png",
    "rehearsal.mp4",
    "index.html",
)


class Folder:
    """Where files go.

    Attributes:
        path: the folder.
        left_out: why a file is missing, in words.
    """

    def __init__(self, path: Path):
        """Make the folder, if it is not there.

        Raises:
            ConfigError: it cannot be made or written.
        """
        self.path = path
        self.left_out: list[str] = []
        try:
            path.mkdir(parents=True, exist_ok=True)
            probe = path / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise ConfigError(
                f"folder {path} cannot be written ({error.strerror}): choose another for --out"
            ) from error

    def clear(self) -> None:
        """Remove the files of an earlier rehearsal, which would not belong to this one."""
        for name in NAMES:
            (self.path / name).unlink(missing_ok=True)

    def put(self, name: str, write: Callable[[Path], object]) -> Path | None:
        """Let `write` make a file, and show it once it is whole.

        What cannot be made is left out, and why is kept: the rest is worth having.

        Returns:
            The file, or None where it was left out.
        """
        part = self.path / f".{name}.part"
        try:
            write(part)
            part.replace(self.path / name)
        except (DancerError, OSError, ImportError) as error:
            self.left_out.append(f"{name} is left out: {error}")
            return None
        finally:
            part.unlink(missing_ok=True)
        return self.path / name

    def put_json(self, name: str, content: dict) -> Path | None:
        """Write a dictionary as JSON."""
        return self.put(name, lambda part: part.write_text(json.dumps(content, indent=2) + "\n"))
