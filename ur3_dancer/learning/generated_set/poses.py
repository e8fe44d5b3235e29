"""Key poses: the words of which moves and gestures are made.

A pose is a row of numbers, `CHANNELS`; a dance is a table of such rows, one a beat. Angles are in
rad, lengths in m. What a pose does not name is at rest.
"""

import numpy as np

_ARM = ("raise", "plane", "twist", "elbow", "wrist", "hand")
_FEET = ("left_x", "left_z", "right_x", "right_z")
_TRUNK = ("sway", "lean", "torsion", "shift_x", "shift_z", "dip", "nod", "look", "tilt", "yaw")

CHANNELS: tuple[str, ...] = (
    *(f"right_{name}" for name in _ARM),
    *(f"left_{name}" for name in _ARM),
    *_TRUNK,
    *_FEET,
)
"""Arms as in `limbs.right_arm`, mirrored for the left. sway: trunk to the right; lean: forwards;
torsion: of the shoulders to the left; shift: of the pelvis, x to the left, z forwards; dip: how
much lower; nod, look (left), tilt (right): head; yaw: of the whole body to the left; feet: from
where they stand."""

RIGHT_ARM = slice(0, 6)
LEFT_ARM = slice(6, 12)
ARMS = slice(0, 12)
FEET = slice(22, 26)
COLUMN = {name: index for index, name in enumerate(CHANNELS)}

ARM_POSES: dict[str, tuple[float, ...]] = {
    "hang": (0.15, 0.3, 0.0, 0.3, 0.1, 0.0),
    "low": (0.5, 0.6, -0.1, 0.7, -0.1, 0.0),
    "hip": (0.55, -0.2, -0.4, 1.5, 0.4, -0.3),
    "back": (0.6, -0.6, 0.0, 0.35, -0.4, 0.2),
    "chest": (0.9, 0.8, -0.4, 1.9, 0.1, 0.0),
    "guard": (0.6, 1.2, 0.2, 2.1, -0.3, 0.1),
    "front_low": (0.8, 1.5, 0.0, 0.5, 0.3, 0.2),
    "forward": (1.5, 1.45, 0.0, 0.3, -0.3, -0.2),
    "across": (1.2, 2.0, -0.2, 0.9, 0.5, 0.0),
    "side": (1.5, 0.1, 0.0, 0.25, 0.2, 0.1),
    "bent_up": (1.5, 0.15, 1.3, 1.5, -0.4, 0.0),
    "bent_down": (1.4, 0.15, -1.1, 1.4, 0.5, 0.0),
    "wide_high": (2.2, 0.15, 0.3, 0.3, -0.4, -0.2),
    "up": (2.75, 0.5, 0.2, 0.3, 0.2, 0.0),
    "crown": (2.3, 0.5, 0.5, 1.7, 0.5, 0.2),
    "scoop": (0.9, 1.1, 0.6, 1.0, -0.5, 0.3),
    # For gestures:
    "wave_out": (1.9, 0.2, 1.0, 0.9, -0.6, 0.0),
    "wave_in": (1.9, 0.4, 0.9, 1.8, 0.6, 0.0),
    "heart": (0.75, 1.0, -0.75, 2.05, 0.3, 0.0),
    "heart_out": (0.8, 1.05, -0.7, 1.7, -0.1, 0.0),
    "palm_out": (1.55, 1.5, 0.0, 0.1, 0.0, -0.9),
    "reach": (2.05, 1.35, 0.1, 0.1, -0.2, 0.0),
    "wing_high": (1.95, 0.05, 0.0, 0.4, 0.5, 0.3),
    "wing_low": (1.05, 0.05, 0.0, 0.2, -0.5, -0.2),
    "floor": (0.35, 0.9, 0.0, 0.1, 0.4, 0.3),
    "cheek": (1.3, 1.35, 0.45, 2.35, 0.2, 0.0),
}
"""raise, plane, twist, elbow, wrist, hand of one arm."""

BODY_POSES: dict[str, dict[str, float]] = {
    "centre": {},
    "right": {"sway": 0.10, "shift_x": -0.07, "tilt": 0.08},
    "left": {"sway": -0.10, "shift_x": 0.07, "tilt": -0.08},
    "step_right": {"sway": 0.06, "shift_x": -0.20, "right_x": -0.26, "look": -0.2},
    "step_left": {"sway": -0.06, "shift_x": 0.20, "left_x": 0.26, "look": 0.2},
    "forward": {"lean": 0.10, "shift_z": 0.10, "right_z": 0.18},
    "backward": {"lean": -0.04, "shift_z": -0.10, "left_z": -0.18, "nod": -0.1},
    "low": {"lean": 0.18, "dip": 0.10, "nod": 0.15},
    "tall": {"lean": -0.06, "nod": -0.2},
    "torsion_right": {"torsion": -0.40, "shift_x": -0.05, "look": -0.3},
    "torsion_left": {"torsion": 0.40, "shift_x": 0.05, "look": 0.3},
    "kneel": {"lean": 0.40, "dip": 0.18, "nod": 0.35},
    "asleep": {"tilt": 0.35, "nod": 0.2, "sway": 0.08},
    "stretch": {"lean": 0.12, "shift_z": 0.12, "right_z": 0.2, "nod": -0.25},
}

_SWAPPED = [
    COLUMN[name.replace("right", "LEFT").replace("left", "right").replace("LEFT", "left")]
    for name in CHANNELS
]
_NEGATED = ("sway", "torsion", "shift_x", "look", "tilt", "yaw", "left_x", "right_x")
_SIGN = np.array([-1.0 if name in _NEGATED else 1.0 for name in CHANNELS])


def pose(right: str, left: str, body: str) -> np.ndarray:
    """Return the row (26,) of two arms and a body by their names."""
    row = np.zeros(len(CHANNELS))
    row[RIGHT_ARM], row[LEFT_ARM] = ARM_POSES[right], ARM_POSES[left]
    for name, value in BODY_POSES[body].items():
        row[COLUMN[name]] = value
    return row


REST = pose("hang", "hang", "centre")
"""How the dancer stands before and after."""


def mirrored(rows: np.ndarray) -> np.ndarray:
    """Return (..., 26) rows with left and right swapped."""
    return rows[..., _SWAPPED] * _SIGN
