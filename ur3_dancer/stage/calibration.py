"""What was measured of a stage, kept in its show file: the arm's delay and the sound's."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ur3_dancer.errors import ConfigError

SECTION = "calibration"
LONGEST_S = 1.0
_ARM_LONGEST_S = 0.5
_KEYS = {"arm_delay_s": (0.0, _ARM_LONGEST_S), "audio_delay_s": (-0.1, LONGEST_S)}
_TOP_LEVEL = re.compile(r"^[^\s#-][^:]*:", re.M)


@dataclass(frozen=True)
class Calibration:
    """Delays in seconds; None where nothing was measured.

    Attributes:
        arm_delay_s: from sending a set-point to the joints being there.
        audio_delay_s: by how much the microphone's times are late.
    """

    arm_delay_s: float | None = None
    audio_delay_s: float | None = None

    def settings(self) -> list[str]:
        """Return this as settings of `ur3-dancer live --set`."""
        given = {
            "driver.arm_delay_s": self.arm_delay_s,
            "microphone.delay_s": self.audio_delay_s,
        }
        return [f"{name}={value:g}" for name, value in given.items() if value is not None]


def from_section(content, where: str) -> Calibration:
    """Return the calibration of a show file's section.

    Raises:
        ConfigError: an unknown key, or a value that cannot be.
    """
    if content is None:
        return Calibration()
    if not isinstance(content, dict):
        raise ConfigError(f"{where}: {SECTION} is {content!r}: give {' and '.join(_KEYS)}")
    for key, value in content.items():
        if key not in _KEYS:
            raise ConfigError(
                f"{where}: {SECTION} has an unknown key {key!r}: known are {', '.join(_KEYS)}"
            )
        low, high = _KEYS[key]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise ConfigError(
                f"{where}: {SECTION}.{key} is {value!r}: give a number of seconds from {low:g} to "
                f"{high:g}, or measure it with `ur3-dancer calibrate latency`"
            )
    return Calibration(**{key: float(value) for key, value in content.items()})


def read(path: Path) -> Calibration:
    """Return the calibration that a show file holds; an empty one where it has no such section.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or holds what cannot be.
    """
    return from_section(_mapping(path, _text(path)).get(SECTION), str(path))


def write(path: Path, calibration: Calibration) -> None:
    """Put the calibration into a show file, which is made if need be; all else stays as it is.

    What was not measured this time keeps its value. The file is replaced as a whole or not at all.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    text = _text(path) if path.exists() else ""
    before = from_section(_mapping(path, text).get(SECTION), str(path))
    lines = [f"{SECTION}:                 # by `ur3-dancer calibrate latency`"]
    for key in _KEYS:
        value = getattr(calibration, key)
        value = getattr(before, key) if value is None else value
        if value is not None:
            lines.append(f"  {key}: {value:.4f}")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(_with_section(text, "\n".join(lines) + "\n"), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(
            f"{path} could not be written ({error.strerror}): the calibration is {calibration}; "
            "give another file"
        ) from error


def _with_section(text: str, section: str) -> str:
    """Return a show file's text with this section in place of the one it has, or at its end."""
    found = re.search(rf"^{SECTION}\s*:", text, re.M)
    if found is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return text + gap + section
    after = _TOP_LEVEL.search(text, found.end())
    rest = text[after.start() :] if after else ""
    return text[: found.start()] + section + ("\n" if rest else "") + rest


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): give a show file") from error


def _mapping(path: Path, text: str) -> dict:
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds no names with values: give a show file")
    return content
