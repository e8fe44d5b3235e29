"""The referee counts what a driver asked for, by its own rules, from what arrived.

It judges the sequence of servoJ commands, command by command, with finite differences over the
period that each command itself states. It does not look at when a command arrived, nor at which
control cycle read it: client and controller run on two unsynchronised clocks, so now and then two
commands fall into one cycle and none into the next, and counting that as acceleration would blame
the driver for the network. A command that jumps is found all the same, even when the next one
overwrites it before any cycle has read it.

Two places feed it. Commands of ur_rtde's register layout (integer register 0 or 24 = 11) are taken
where the packets arrive. For any other client the servoj word of its program is judged, once a
control cycle; as soon as packets are seen during a program, its words are no longer judged. What
such a program itself makes of late data (repeating or extrapolating a target) is then part of what
is judged, and as its servoj is called in every cycle it never shows a stream gap.

Packets are judged only while a program plays that can read them (see `Controller.servo_packet`):
what a bad network delivers after the watchdog ended the program asks nothing of the arm.

The first command after a hand-over is compared with the pose and speed that the arm really has.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ur3_dancer.errors import ConfigError
from ur3_dancer.robot.controller.model import (
    ACCELERATION_LIMIT_RAD_S2,
    POSITION_LIMIT_RAD,
    VELOCITY_LIMIT_RAD_S,
)

TOLERANCE = 1e-6
"""Allowed beyond a limit: this much absolutely, and this share of it; rounding needs far less."""

GAP_S = 0.04
"""Silence that counts as a stream gap, unless five periods of the stream are longer.

Five control periods of a UR3. It is just above the smallest lookahead time of servoj (0.03 s): a
client that is silent for longer has let the arm come to a halt between two commands, which people
see. It is a time and not a number of cycles, so that 125 and 500 Hz are judged alike.
"""

_ABSURD = 1e4
"""Angles (rad) and rates (Hz) from here on, and what is no number, are not differentiated."""

_REST_RAD_S = 1e-3
"""Joint speed below which the arm rests, to the eye."""

_KINDS = ("position", "velocity", "acceleration", "jerk")


@dataclass(frozen=True)
class RefereeLimits:
    """Limits to judge by, six values each in UR order, rad and seconds; `jerk` may be missing."""

    lower: tuple[float, ...] = tuple(-limit for limit in POSITION_LIMIT_RAD)
    upper: tuple[float, ...] = POSITION_LIMIT_RAD
    velocity: tuple[float, ...] = VELOCITY_LIMIT_RAD_S
    acceleration: tuple[float, ...] = ACCELERATION_LIMIT_RAD_S2
    jerk: tuple[float, ...] | None = None

    @classmethod
    def from_dict(cls, values: dict) -> "RefereeLimits":
        """Return the limits of a mapping with any of the five keys.

        Raises:
            ConfigError: an unknown key, not six finite numbers, or a lower limit above the upper.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"limits are {type(values).__name__}: give an object with lists of 6")
        checked: dict[str, tuple[float, ...] | None] = {}
        for key, numbers in values.items():
            if key not in cls.__dataclass_fields__:
                known = ", ".join(cls.__dataclass_fields__)
                raise ConfigError(f"limits have an unknown key {key!r}: use {known}")
            if key == "jerk" and numbers is None:
                continue
            try:
                checked[key] = tuple(float(number) for number in numbers)
            except (TypeError, ValueError) as error:
                raise ConfigError(f"limits.{key} is {numbers!r}: give 6 numbers") from error
            if len(checked[key]) != 6 or not all(map(math.isfinite, checked[key])):
                raise ConfigError(f"limits.{key} is {numbers!r}: give 6 finite numbers")
            if key not in ("lower", "upper") and min(checked[key]) <= 0.0:
                raise ConfigError(f"limits.{key} is {numbers!r}: every value must be above 0")
        limits = cls(**checked)
        for joint, (low, high) in enumerate(zip(limits.lower, limits.upper, strict=True)):
            if low >= high:
                raise ConfigError(f"limits of joint {joint}: lower {low} is not below upper {high}")
        return limits

    @classmethod
    def from_file(cls, path: Path) -> "RefereeLimits":
        """Read the limits of a JSON file.

        Raises:
            ConfigError: it cannot be read or holds something else.
        """
        try:
            return cls.from_dict(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise ConfigError(f"limits file {path} cannot be used: {error}") from error


class Referee:
    """Counts violations; `report()` is what it writes.

    Attributes:
        counts: violations and events by kind.
        now_s: monotonic time; set it before what arrived is handed in.
    """

    def __init__(self, limits: RefereeLimits):
        self._limits = limits
        self.counts = dict.fromkeys((*_KINDS, "stream_gaps", "protective_stops", "commands"), 0)
        self._maxima = {kind: [0.0] * 6 for kind in _KINDS[1:]}
        self._reached = [[math.inf] * 6, [-math.inf] * 6]
        self._first_jump_rad = 0.0
        self._longest_gap_s = 0.0
        self._reasons: list[str] = []
        self._pose = ([0.0] * 6, [0.0] * 6)
        self._last: list[list[float]] | None = None
        self._last_s = 0.0
        self.now_s = 0.0
        self._gap_s = GAP_S
        self._in_gap = False
        self._moved_s = 0.0
        self._servoed = False
        self._packets = False

    def packet(self, q: Sequence[float], period_s: float) -> None:
        """Judge a servoJ command that arrived."""
        self._packets = True
        self._judge(list(q), period_s)

    def word(self, q: Sequence[float], period_s: float) -> None:
        """Judge a target of the program's servoj, unless the client's packets are judged."""
        if not self._packets:
            self._judge(list(q), period_s)

    def program_started(self) -> None:
        """A program starts: how it gets its targets is open again."""
        self._packets = False
        self._last = None

    def cycle(self, servoing: bool, q: Sequence[float], dq: Sequence[float]) -> None:
        """Follow the arm; once a control cycle, after everything that arrived was read.

        Args:
            servoing: whether servoj moves the arm.
            q: (6,) measured joint angles, rad.
            dq: (6,) their speeds, rad/s.
        """
        self._pose = (list(q), list(dq))
        if max(map(abs, dq)) > _REST_RAD_S:
            self._moved_s = self.now_s
        if self._last is None:
            return
        silent_s = self.now_s - self._last_s
        if servoing:
            self._servoed = True
            self._longest_gap_s = max(self._longest_gap_s, silent_s)
            if silent_s > self._gap_s and not self._in_gap:
                self._in_gap = True
                self.counts["stream_gaps"] += 1
        elif self._servoed or silent_s > self._gap_s:
            self._last = None

    def protective_stop(self, reason: str) -> None:
        """Count a protective stop."""
        self.counts["protective_stops"] += 1
        self._reasons = [*self._reasons[-9:], reason]

    def _judge(self, q: list[float], period_s: float) -> None:
        limits, counts = self._limits, self.counts
        counts["commands"] += 1
        if not all(abs(value) < _ABSURD for value in (*q, 1.0 / max(period_s, 1e-9))):
            counts["position"] += 1
            return
        first = self._last is None
        before = [*self._pose, [0.0] * 6] if first else self._last
        if first:
            self._servoed = self._in_gap = False
            jump = max(abs(a - b) for a, b in zip(q, before[0], strict=True))
            self._first_jump_rad = max(self._first_jump_rad, jump)
        derivatives = [q]
        for old in before:
            derivatives.append(
                [(a - b) / period_s for a, b in zip(derivatives[-1], old, strict=True)]
            )
        counts["position"] += any(
            value < low - TOLERANCE or value > high + TOLERANCE
            for value, low, high in zip(q, limits.lower, limits.upper, strict=True)
        )
        for kind, values in zip(_KINDS[1:], derivatives[1:], strict=True):
            top = getattr(limits, kind)
            if top is not None:
                counts[kind] += any(
                    abs(v) > t * (1.0 + TOLERANCE) + TOLERANCE
                    for v, t in zip(values, top, strict=True)
                )
            seen = self._maxima[kind]
            self._maxima[kind] = [max(s, abs(v)) for s, v in zip(seen, values, strict=True)]
        low, high = self._reached
        self._reached = [list(map(min, low, q)), list(map(max, high, q))]
        self._last = derivatives[:3]
        self._last_s = self.now_s
        self._gap_s = max(GAP_S, 5.0 * period_s)
        self._in_gap = False

    def report(self) -> dict:
        """Return counts, the largest values seen, and the limits judged by."""
        seen = self.counts["commands"] > 0 and math.isfinite(self._reached[0][0])
        return {
            **self.counts,
            # A limit that nobody set cannot be kept or broken.
            "jerk": self.counts["jerk"] if self._limits.jerk is not None else None,
            "maxima": {
                "lower_rad": self._reached[0] if seen else None,
                "upper_rad": self._reached[1] if seen else None,
                "velocity_rad_s": self._maxima["velocity"],
                "acceleration_rad_s2": self._maxima["acceleration"],
                "jerk_rad_s3": self._maxima["jerk"],
                "first_command_jump_rad": self._first_jump_rad,
                "silence_s": self._longest_gap_s,
            },
            # How long the arm went on after the last servoJ command; it may still be going on.
            "rest_after_last_command_s": max(0.0, self._moved_s - self._last_s) if seen else None,
            "protective_stop_reasons": self._reasons,
            "limits": vars(self._limits),
        }


def write_report(path: Path, report: dict) -> None:
    """Write `report` so that a reader finds the old text or the new one, never half of one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps(report, indent=1) + "\n")
    part.replace(path)
