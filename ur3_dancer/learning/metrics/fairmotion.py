"""Kinetic (72) and geometric (32) features of a body in motion, and the scores made of them.

The definitions are those of fairmotion (Gopinath and Won 2020) as the AIST++ evaluation uses them
(Li et al. 2021, "AI Choreographer", FACT), so that FIDk, FIDg and diversity mean what they mean in
dance papers. Kinetic: per joint the mean squared horizontal speed, the mean squared vertical speed,
and the mean size of acceleration (Onuma et al. 2008). Geometric: how often each of 32 relations
between joints holds (Müller et al. 2005).

Three oddities of the public evaluation are kept for the sake of comparison. It takes dances of
60 Hz for dances of 120 Hz wherever a geometric relation asks for a speed, so that all such speeds
count double. In the five relations "moves towards", the joint whose movement counts is the third
named, not the fourth as Müller defines it, so that two of them ask whether the chest moves away
from the belly. And lengths are those of one generic body, whoever dances. A fourth is not kept: the
AIST++ repository misplaces a parenthesis in the acceleration, so that it grows with the distance
from the origin; here, as in fairmotion and in Bailando's evaluation, it is the second difference.
"""

from dataclasses import asdict, dataclass

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.metrics.diversity import diversity, scale_by_truth
from ur3_dancer.learning.metrics.frechet import frechet_distance
from ur3_dancer.motion.body import SMPL_JOINTS

ENOUGH_DANCES = 73
"""As many points as span the 72 dimensions of kinetic features."""

_REACH = 2
"""Velocities and accelerations are means over two frames to either side."""
_SPEED_FACTOR = 2.0
"""How many times its speed the public evaluation sees: 120 Hz / 60 Hz."""
_ARM_M, _SHOULDERS_M, _HIPS_M = 0.256838, 0.390848, 0.119247
"""Upper arm, shoulder width and hip width of the generic body: the unit of the thresholds."""

_RELATIONS = (
    ("forward", "neck", "right_hip", "left_hip", "right_wrist", 1.8 * _ARM_M),
    ("forward", "neck", "left_hip", "right_hip", "left_wrist", 1.8 * _ARM_M),
    ("beyond", "spine_3", "neck", "neck", "right_wrist", 0.2 * _ARM_M),
    ("beyond", "spine_3", "neck", "neck", "left_wrist", 0.2 * _ARM_M),
    ("towards", "spine_1", "spine_3", "spine_3", 1.8 * _ARM_M),
    ("towards", "spine_1", "spine_3", "spine_3", 1.8 * _ARM_M),
    ("bent", "right_elbow", "right_shoulder", "right_elbow", "right_wrist", 0, 110),
    ("bent", "left_elbow", "left_shoulder", "left_elbow", "left_wrist", 0, 110),
    ("beyond", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist", 2.5 * _SHOULDERS_M),
    ("towards", "left_wrist", "right_wrist", "right_wrist", 1.4 * _ARM_M),
    ("towards", "right_wrist", "pelvis", "left_wrist", 1.4 * _ARM_M),
    ("towards", "left_wrist", "pelvis", "right_wrist", 1.4 * _ARM_M),
    ("fast", "right_wrist", 2.5 * _ARM_M),
    ("fast", "left_wrist", 2.5 * _ARM_M),
    ("in_front", "pelvis", "left_hip", "left_foot", "right_ankle", 0.38 * _ARM_M),
    ("in_front", "pelvis", "right_hip", "right_foot", "left_ankle", 0.38 * _ARM_M),
    ("above_floor", "right_ankle", 1.2 * _ARM_M),
    ("above_floor", "left_ankle", 1.2 * _ARM_M),
    ("beyond", "left_hip", "right_hip", "left_ankle", "right_ankle", 2.1 * _HIPS_M),
    ("bent", "right_knee", "right_hip", "right_knee", "right_ankle", 0, 110),
    ("bent", "left_knee", "left_hip", "left_knee", "left_ankle", 0, 110),
    ("fast", "right_ankle", 2.5 * _ARM_M),
    ("fast", "left_ankle", 2.5 * _ARM_M),
    ("bent", "neck", "pelvis", "right_shoulder", "right_elbow", 25, 180),
    ("bent", "neck", "pelvis", "left_shoulder", "left_elbow", 25, 180),
    ("bent", "neck", "pelvis", "right_hip", "right_knee", 50, 180),
    ("bent", "neck", "pelvis", "left_hip", "left_knee", 50, 180),
    ("in_front", "right_ankle", "neck", "left_ankle", "pelvis", 0.5 * _ARM_M),
    ("leaning", "neck", "pelvis", 70, 110),
    ("near_floor", "right_wrist", 1.2 * _ARM_M),
    ("near_floor", "left_wrist", 1.2 * _ARM_M),
    ("fast", "pelvis", 2.3 * _ARM_M),
)
"""The 32 relations in the public order: a method of `_Frames`, joints, and its threshold."""


@dataclass(frozen=True)
class BodyScore:
    """What the features say of dances beside true ones.

    Attributes:
        fid_kinetic, fid_geometric: Fréchet distances between features scaled by the truth's.
        diversity_kinetic, diversity_geometric: mean distance of pairs in the same scaled features.
        true_diversity_kinetic, true_diversity_geometric: the same of the truth.
        dances, true_dances: counts. Fewer than `ENOUGH_DANCES` leave the covariance of 72
            features singular, and the distance says more of the count than of the dances.
    """

    fid_kinetic: float
    fid_geometric: float
    diversity_kinetic: float
    diversity_geometric: float
    true_diversity_kinetic: float
    true_diversity_geometric: float
    dances: int
    true_dances: int

    def to_dict(self) -> dict:
        """Return everything for JSON."""
        return asdict(self)


def body_score(dances: list[np.ndarray], truth: list[np.ndarray], rate_hz: float) -> BodyScore:
    """Return FIDk, FIDg and diversity of dances beside true ones.

    Args:
        dances: each (T, 24, 3) metres; two or more.
        truth: each (T, 24, 3) metres; two or more.
        rate_hz: frames a second of all.

    Raises:
        ConfigError: fewer than two, other shapes, or values that are not finite.
    """
    figures = {}
    for name, features in (("kinetic", kinetic_features), ("geometric", geometric_features)):
        if min(len(dances), len(truth)) < 2:
            raise ConfigError(
                f"{len(dances)} dances beside {len(truth)} true ones: give at least two of each"
            )
        made, true = scale_by_truth(
            np.stack([features(dance, rate_hz) for dance in dances]),
            np.stack([features(dance, rate_hz) for dance in truth]),
        )
        figures[f"fid_{name}"] = frechet_distance(made, true)
        figures[f"diversity_{name}"] = diversity(made)
        figures[f"true_diversity_{name}"] = diversity(true)
    return BodyScore(**figures, dances=len(dances), true_dances=len(truth))


def kinetic_features(positions_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return (72,) float32: per joint horizontal and vertical energy, and mean acceleration.

    Args:
        positions_m: (T, 24, 3) joints in the order of `SMPL_JOINTS`, y up, T at least 3.
        rate_hz: frames a second.

    Returns:
        For each joint in turn m2/s2, m2/s2, m/s2.

    Raises:
        ConfigError: another shape, or values that are not finite.
    """
    positions = _checked(positions_m)
    steps = np.diff(positions, axis=0)
    centres = np.arange(len(steps))
    velocity = _moving_mean(steps, centres) * rate_hz
    acceleration = _moving_mean(np.diff(steps, axis=0), centres) * rate_hz**2
    horizontal = (velocity[:, :, [0, 2]] ** 2).sum(axis=2).mean(axis=0)
    vertical = (velocity[:, :, 1] ** 2).mean(axis=0)
    effort = np.linalg.norm(acceleration, axis=2).mean(axis=0)
    return np.stack([horizontal, vertical, effort], axis=1).reshape(-1).astype(np.float32)


def geometric_features(positions_m: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return (32,) float32: the share of frames, from the second on, in which each relation holds.

    Args:
        positions_m: (T, 24, 3) joints in the order of `SMPL_JOINTS`, y up, T at least 3.
        rate_hz: frames a second.

    Raises:
        ConfigError: another shape, or values that are not finite.
    """
    frames = _Frames(_checked(positions_m), rate_hz)
    # A direction without length gives NaN, and NaN holds for no relation.
    with np.errstate(invalid="ignore", divide="ignore"):
        held = [getattr(frames, relation)(*names) for relation, *names in _RELATIONS]
    return np.stack(held).mean(axis=1).astype(np.float32)


def _checked(positions_m: np.ndarray) -> np.ndarray:
    positions = np.asarray(positions_m, float)
    if positions.ndim != 3 or positions.shape[1:] != (24, 3) or len(positions) < 3:
        raise ConfigError(
            f"positions of shape {positions.shape}: must be (T, 24, 3) with at least 3 frames"
        )
    if not np.isfinite(positions).all():
        raise ConfigError("positions hold values that are not finite: mend the motion")
    return positions


def _moving_mean(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the means of what there is within `_REACH` of each centre, along the first axis."""
    sums = np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
    first = np.clip(centres - _REACH, 0, len(values))
    last = np.clip(centres + _REACH + 1, 0, len(values))
    return (sums[last] - sums[first]) / (last - first)[:, None, None]


class _Frames:
    """The relations of a (T, 24, 3) motion: each method gives (T - 1,) booleans."""

    def __init__(self, positions: np.ndarray, rate_hz: float):
        self._joints = dict(zip(SMPL_JOINTS, positions.transpose(1, 0, 2), strict=True))
        self._floor_m = positions[1:, :, 1].min(axis=1)
        self._rate_hz = _SPEED_FACTOR * rate_hz

    def beyond(self, start: str, end: str, plane: str, joint: str, least_m: float) -> np.ndarray:
        """A joint is further than `least_m` along start → end from the plane through `plane`."""
        normal = self._at(end) - self._at(start)
        return _along(self._at(joint) - self._at(plane), normal) > least_m

    def in_front(self, a: str, b: str, c: str, joint: str, least_m: float) -> np.ndarray:
        """A joint is further than `least_m` in front of the plane through three others."""
        normal = np.cross(self._at(c) - self._at(a), self._at(b) - self._at(a))
        return _along(self._at(joint) - self._at(a), normal) > least_m

    def bent(self, *names) -> np.ndarray:
        """The angle between two bones, each from joint to joint, is between two bounds, degrees."""
        *joints, low, high = names
        start, end, other_start, other_end = (self._at(name) for name in joints)
        return self._angle_within(end - start, other_end - other_start, low, high)

    def leaning(self, start: str, end: str, low: float, high: float) -> np.ndarray:
        """The angle between a bone and the vertical is between two bounds, in degrees."""
        bone = self._at(end) - self._at(start)
        return self._angle_within(bone, np.array([0.0, 1.0, 0.0]), low, high)

    def above_floor(self, joint: str, least_m: float) -> np.ndarray:
        """A joint is more than `least_m` above the lowest joint."""
        return self._at(joint)[:, 1] - self._floor_m > least_m

    def near_floor(self, joint: str, most_m: float) -> np.ndarray:
        """A joint is less than `most_m` above the lowest joint."""
        return self._at(joint)[:, 1] - self._floor_m < most_m

    def fast(self, joint: str, least_m_s: float) -> np.ndarray:
        """A joint is faster than `least_m_s`."""
        return np.linalg.norm(self._velocity(joint), axis=1) > least_m_s

    def towards(self, start: str, end: str, joint: str, least_m_s: float) -> np.ndarray:
        """A joint moves along start → end, relative to start, faster than `least_m_s`."""
        away = self._velocity(joint) - self._velocity(start)
        return _along(away, self._at(end) - self._at(start)) > least_m_s

    def forward(self, a: str, b: str, c: str, joint: str, least_m_s: float) -> np.ndarray:
        """A joint moves ahead of a plane through three others, relative to the first."""
        normal = np.cross(self._at(c) - self._at(a), self._at(b) - self._at(a))
        return _along(self._velocity(joint) - self._velocity(a), normal) > least_m_s

    def _at(self, joint: str) -> np.ndarray:
        return self._joints[joint][1:]

    def _velocity(self, joint: str) -> np.ndarray:
        return np.diff(self._joints[joint], axis=0) * self._rate_hz

    @staticmethod
    def _angle_within(one: np.ndarray, two: np.ndarray, low: float, high: float) -> np.ndarray:
        lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(two, axis=-1)
        angle = np.degrees(np.arccos((one * two).sum(axis=-1) / lengths))
        return (angle > low) & (angle < high)


def _along(vectors: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return (vectors * direction).sum(axis=1) / np.linalg.norm(direction, axis=1)
