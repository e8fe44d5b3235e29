"""Where every part of a UR3 is, from Universal Robots' published Denavit-Hartenberg parameters.

Positions are in the controller's frame `base`: x and y in the mounting plane, z up, origin at the
foot of the arm. (URDF's `base_link` is the same frame turned by 180 degrees about z.)
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class DhTable:
    """Denavit-Hartenberg parameters of one model, joint 1 to joint 6, in the classic convention.

    Attributes:
        d_m: (6,) offsets along the joint axes.
        a_m: (6,) lengths of the links.
        alpha_rad: (6,) twists of the links.
        upper_arm_offset_m: how far beside the shoulder's centre plane the upper arm runs; from
            UR's published URDF, because the table cannot tell.
        forearm_offset_m: the same for the forearm.
    """

    d_m: tuple[float, ...]
    a_m: tuple[float, ...]
    alpha_rad: tuple[float, ...] = (np.pi / 2, 0.0, 0.0, np.pi / 2, -np.pi / 2, 0.0)
    upper_arm_offset_m: float = 0.120
    forearm_offset_m: float = 0.027


DH = {
    "ur3": DhTable(
        d_m=(0.1519, 0.0, 0.0, 0.11235, 0.08535, 0.0819),
        a_m=(0.0, -0.24365, -0.21325, 0.0, 0.0, 0.0),
    ),
    "ur3e": DhTable(
        d_m=(0.15185, 0.0, 0.0, 0.13105, 0.08535, 0.0921),
        a_m=(0.0, -0.24355, -0.2132, 0.0, 0.0, 0.0),
    ),
}
"""Source: Universal Robots, "DH parameters for calculations of kinematics and dynamics"."""

CONTROL_RATE_HZ = {"ur3": 125.0, "ur3e": 500.0}
"""Nominal control rate: 125 Hz on the CB3 controller of a UR3, 500 Hz on e-Series."""


def dh_table(model: str) -> DhTable:
    """Return the parameters of `ur3` or `ur3e`.

    Raises:
        ConfigError: another model is asked for.
    """
    if model not in DH:
        raise ConfigError(f"robot model {model!r} is not known: use one of {', '.join(DH)}")
    return DH[model]


def link_frames(model: str, q_rad: np.ndarray) -> np.ndarray:
    """Return the poses of frames 0 (base) to 6 (tool flange).

    Args:
        model: `ur3` or `ur3e`.
        q_rad: (..., 6) joint angles in UR order.

    Returns:
        (..., 7, 4, 4) homogeneous transforms from each frame to `base`, metres.
    """
    table = dh_table(model)
    q = np.asarray(q_rad, float)
    if q.shape[-1:] != (6,):
        raise ConfigError(f"joint angles have shape {q.shape}: forward kinematics needs (..., 6)")
    frames = np.empty((*q.shape[:-1], 7, 4, 4))
    frames[..., 0, :, :] = np.eye(4)
    for i in range(6):
        step = _link_transform(q[..., i], table.d_m[i], table.a_m[i], table.alpha_rad[i])
        frames[..., i + 1, :, :] = frames[..., i, :, :] @ step
    return frames


def fk(model: str, q_rad: np.ndarray) -> np.ndarray:
    """Return the tool flange's pose, (..., 4, 4), for joint angles (..., 6)."""
    return link_frames(model, q_rad)[..., 6, :, :]


def tool_points(model: str, q_rad: np.ndarray, tool_length_m: float = 0.0) -> np.ndarray:
    """Return the tool's end, (..., 3) metres, for joint angles (..., 6).

    The closed form of the same chain, several times cheaper than `fk`: joints 2 to 4 turn about
    parallel axes, so the arm up to wrist 1 moves in a vertical plane that shoulder_pan turns.
    """
    table = dh_table(model)
    angles = np.array(q_rad, float)
    angles[..., 2] += angles[..., 1]
    angles[..., 3] += angles[..., 2]
    c, s = np.cos(angles), np.sin(angles)
    c1, c2, c23, c234, c5 = (c[..., i] for i in range(5))
    s1, s2, s23, s234, s5 = (s[..., i] for i in range(5))
    a2, a3 = table.a_m[1:3]
    reach_m = table.d_m[5] + tool_length_m
    out = a2 * c2 + a3 * c23 + table.d_m[4] * s234 - reach_m * s5 * c234
    up = table.d_m[0] + a2 * s2 + a3 * s23 - table.d_m[4] * c234 - reach_m * s5 * s234
    beside = table.d_m[3] + reach_m * c5
    return np.stack([c1 * out + s1 * beside, s1 * out - c1 * beside, up], axis=-1)


def _link_transform(theta: np.ndarray, d_m: float, a_m: float, alpha_rad: float) -> np.ndarray:
    c, s = np.cos(theta), np.sin(theta)
    ca, sa = np.cos(alpha_rad), np.sin(alpha_rad)
    step = np.zeros((*np.shape(theta), 4, 4))
    step[..., 0, 0], step[..., 0, 1], step[..., 0, 2], step[..., 0, 3] = c, -s * ca, s * sa, a_m * c
    step[..., 1, 0], step[..., 1, 1], step[..., 1, 2], step[..., 1, 3] = s, c * ca, -c * sa, a_m * s
    step[..., 2, 1], step[..., 2, 2], step[..., 2, 3] = sa, ca, d_m
    step[..., 3, 3] = 1.0
    return step
