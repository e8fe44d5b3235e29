"""Moves: phrases of four, six or eight key poses, and which of them a style dances when."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ur3_dancer.learning.generated_set.poses import COLUMN, pose

LEVELS = (0.5, 0.85)
"""Energies at which a dance becomes lively, and wild."""

FLICK_RAD = 1.5


@dataclass(frozen=True)
class Move:
    """A phrase: arms and body take a pose on each beat.

    Attributes:
        right, left: names of arm poses, repeated until the phrase is full.
        body: names of body poses, likewise.
        flick: added to the right wrist, beat by beat, in `FLICK_RAD`; to the left a beat later.
        count: key poses of the phrase.
    """

    right: tuple[str, ...]
    left: tuple[str, ...]
    body: tuple[str, ...]
    flick: tuple[float, ...] = (0.0,)
    count: int = 8

    def keys(self) -> np.ndarray:
        """Return the key poses, (count, 26)."""
        rows = []
        for beat in range(self.count):
            names = [part[beat % len(part)] for part in (self.right, self.left, self.body)]
            row = pose(*names)
            for side, late in (("right", 0), ("left", 1)):
                flick = self.flick[(beat + late) % len(self.flick)]
                row[COLUMN[f"{side}_wrist"]] += FLICK_RAD * flick
            rows.append(row)
        return np.array(rows)


_SWAY = ("left", "right")
_TORSION = ("torsion_left", "torsion_right")
_TOUCH = ("centre", "step_right", "centre", "step_left")

MOVES: Mapping[str, Move] = {
    "idle": Move(("hang", "low"), ("low", "hang"), _SWAY, (0.2, -0.2), 4),
    "bob": Move(("low", "chest"), ("low", "chest"), _SWAY, (-0.3, 0.3), 4),
    "hips": Move(("hip", "hip", "low", "hip"), ("hip",), _SWAY, (0.0, 0.3), 4),
    "pump": Move(("guard", "up"), ("hip", "low"), _SWAY, (0.2, -0.3), 4),
    "push": Move(
        ("chest", "forward"), ("chest", "forward"), ("backward", "forward"), (0.5, -0.4), 4
    ),
    "goal": Move(
        ("bent_down", "bent_up"), ("bent_down", "bent_up"), ("low", "tall"), (0.4, -0.4), 4
    ),
    "scare": Move(("bent_up", "bent_down"), ("bent_down", "bent_up"), _TORSION, (-0.3, 0.5), 4),
    "punch": Move(("guard", "across", "guard", "forward"), ("guard",), _TORSION, (-0.4, 0.2), 4),
    "strike": Move(
        ("crown", "front_low", "crown", "back"), ("hip", "side"), ("tall", "low"),
        (0.6, -0.6, 0.2, 0.5), 4,
    ),
    "star": Move(
        ("chest", "wide_high", "chest", "side"), ("chest", "wide_high", "chest", "side"),
        ("low", "tall"), (0.3, -0.5, 0.4, 0.3),
    ),
    "swim": Move(
        ("across", "side", "back", "scoop"), ("scoop", "across", "side", "back"), _TORSION,
        (0.4, 0.1, -0.5, -0.2),
    ),
    "windmill": Move(
        ("front_low", "forward", "up", "side"), ("back", "low", "front_low", "low"), _TOUCH,
        (-0.3, -0.6, 0.2, 0.5),
    ),
    "rise": Move(
        ("low", "scoop", "forward", "wide_high", "up", "wide_high", "side", "low"),
        ("hang", "low", "low", "side", "wide_high", "side", "low", "hang"),
        ("centre", "right", "right", "left", "left", "left", "right", "centre"),
        (-0.2, -0.5, -0.1, 0.4, 0.6, 0.2, -0.4, 0.1),
    ),
    "drift": Move(
        ("side", "side", "scoop", "across", "across", "scoop", "side", "wide_high"),
        ("low", "hip", "low", "scoop"), ("left", "centre", "right", "right", "right", "centre"),
        (0.5, 0.1, -0.4, -0.5, 0.0, 0.5),
    ),
    "pour": Move(
        ("up", "crown", "guard", "scoop", "front_low", "scoop", "guard", "crown"),
        ("hang", "hip", "back", "side"), _SWAY, (0.5, 0.2, -0.4, -0.6, 0.1, 0.4),
    ),
    "ripple": Move(
        ("side", "bent_down", "side", "bent_up"), ("bent_up", "side", "bent_down", "side"), _SWAY,
        (0.6, -0.2, -0.6, 0.3),
    ),
    "lasso": Move(
        ("crown", "up", "crown", "wide_high"), ("hip", "hip", "low", "side"), _TOUCH,
        (-0.5, 0.4, 0.5, -0.3), 4,
    ),
    "roll": Move(
        ("chest", "guard", "front_low", "guard"), ("guard", "front_low", "guard", "chest"), _SWAY,
        (0.5, -0.1, -0.5, 0.2), 4,
    ),
    "clap": Move(("side", "heart_out"), ("side", "heart_out"), _TOUCH, (0.3, -0.2), 4),
    "swing": Move(
        ("back", "front_low", "back", "forward"), ("front_low", "back", "front_low", "back"),
        _TOUCH, (0.3, -0.5, 0.5, 0.0), 4,
    ),
    "box": Move(
        ("side", "scoop", "chest", "across", "scoop", "side"), ("low", "side", "hip"),
        ("step_right", "centre", "left", "step_left", "centre", "right"), (0.3, -0.4, 0.1), 6,
    ),
    "turnout": Move(
        ("low", "scoop", "forward", "up", "wide_high", "side"),
        ("side", "low", "hip", "hip", "low", "side"),
        ("left", "torsion_left", "centre", "right", "torsion_right", "centre"),
        (-0.2, -0.5, 0.1, 0.5, 0.2, -0.3), 6,
    ),
    "lull": Move(
        ("low", "hang", "hang"), ("hang", "low", "hang"), ("left", "centre", "right"), (0.2,), 6
    ),
    "ring": Move(
        ("forward", "side", "crown", "up", "crown", "scoop"),
        ("forward", "side", "crown", "up", "crown", "scoop"),
        ("step_right", "centre", "tall", "step_left", "centre", "tall"),
        (0.4, -0.5, -0.1, 0.6, 0.3, -0.4), 6,
    ),
}  # fmt: skip
"""Those of six are for three beats in a bar."""


@dataclass(frozen=True)
class DanceStyle:
    """How a genre dances.

    Attributes:
        moves: names for calm, lively and wild sections; a section goes through them in turn.
        stop: 0..1, how nearly the arms come to rest on each beat; the rest of their speed goes on.
        gain: size of its gestures.
        bounce_m: how deep the knees bend on the beat at full energy.
    """

    moves: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    stop: float
    gain: float
    bounce_m: float


DANCE_STYLES: Mapping[str, DanceStyle] = {
    "PU": DanceStyle(
        (("bob", "idle", "hips"), ("pump", "push", "clap"), ("goal", "pump", "star")),
        0.95, 1.0, 0.05,
    ),
    "SK": DanceStyle(
        (("idle", "hips", "bob"), ("punch", "strike", "scare"), ("strike", "star", "goal")),
        1.0, 1.05, 0.03,
    ),
    "GR": DanceStyle(
        (("bob", "hips", "roll"), ("roll", "swim", "swing"), ("lasso", "swim", "scare")),
        0.85, 0.95, 0.06,
    ),
    "WV": DanceStyle(
        (("hips", "bob", "idle"), ("ripple", "roll", "drift"), ("ripple", "lasso", "windmill")),
        0.85, 0.95, 0.05,
    ),
    "FL": DanceStyle(
        (("idle", "drift", "idle"), ("rise", "drift", "pour"), ("rise", "windmill", "pour")),
        0.75, 0.95, 0.02,
    ),
    "SW": DanceStyle(
        (("idle", "bob", "swing"), ("swing", "clap", "roll"), ("windmill", "swing", "star")),
        0.9, 1.0, 0.05,
    ),
    "TR": DanceStyle(
        (("lull", "box", "lull"), ("box", "turnout", "ring"), ("ring", "turnout", "box")),
        0.8, 0.95, 0.03,
    ),
}  # fmt: skip
"""By genre: pulse, strike, groove, wave, flow, swing, and three (the waltz). AIST++ has none of
these codes."""

GENRE_OF_STYLE: Mapping[str, str] = {
    "house": "PU",
    "rock": "SK",
    "waltz": "TR",
    "funk": "GR",
    "ballad": "FL",
    "hip-hop": "WV",
    "swing": "SW",
    "drum-and-bass": "SK",
    "reggaeton": "GR",
    "half-time": "WV",
}
"""Which genre dances to each of the synthesiser's styles, in the order of the songs."""


def level(energy: float) -> int:
    """Return 0 for calm, 1 for lively, 2 for wild music."""
    return sum(energy >= limit for limit in LEVELS)
