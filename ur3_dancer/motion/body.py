"""The human body that dances: SMPL's 24 joints, on a rest skeleton of our own.

The rest pose is SMPL's T-pose: y up, facing +z, the left side at +x, right-handed. SMPL's own
skeleton depends on its licensed model files, so this one is laid out anew: lengths of limbs are
Drillis and Contini's shares of a stature of 1.70 m (in Winter, Biomechanics and Motor Control of
Human Movement, figure 4.1), rounded to the centimetre; the spine's joints are spread evenly. Angles
of limbs, which are all that a robot's arm takes over, depend little on such lengths.
"""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.rotations import axis_angle_from_matrix, matrix_from_axis_angle, slerp

_SKELETON = (  # joint, parent, offset from the parent in the T-pose, m
    ("pelvis", None, (0.0, 0.0, 0.0)),
    ("left_hip", "pelvis", (0.09, -0.08, 0.0)),
    ("right_hip", "pelvis", (-0.09, -0.08, 0.0)),
    ("spine_1", "pelvis", (0.0, 0.11, -0.02)),
    ("left_knee", "left_hip", (0.0, -0.42, 0.0)),
    ("right_knee", "right_hip", (0.0, -0.42, 0.0)),
    ("spine_2", "spine_1", (0.0, 0.13, 0.0)),
    ("left_ankle", "left_knee", (0.0, -0.42, -0.01)),
    ("right_ankle", "right_knee", (0.0, -0.42, -0.01)),
    ("spine_3", "spine_2", (0.0, 0.06, 0.02)),
    ("left_foot", "left_ankle", (0.03, -0.05, 0.13)),
    ("right_foot", "right_ankle", (-0.03, -0.05, 0.13)),
    ("neck", "spine_3", (0.0, 0.22, -0.03)),
    ("left_collar", "spine_3", (0.08, 0.13, -0.02)),
    ("right_collar", "spine_3", (-0.08, 0.13, -0.02)),
    ("head", "neck", (0.0, 0.10, 0.05)),
    ("left_shoulder", "left_collar", (0.10, 0.03, 0.0)),
    ("right_shoulder", "right_collar", (-0.10, 0.03, 0.0)),
    ("left_elbow", "left_shoulder", (0.32, 0.0, 0.0)),
    ("right_elbow", "right_shoulder", (-0.32, 0.0, 0.0)),
    ("left_wrist", "left_elbow", (0.25, 0.0, 0.0)),
    ("right_wrist", "right_elbow", (-0.25, 0.0, 0.0)),
    ("left_hand", "left_wrist", (0.09, 0.0, 0.0)),
    ("right_hand", "right_wrist", (-0.09, 0.0, 0.0)),
)

SMPL_JOINTS: tuple[str, ...] = tuple(name for name, _, _ in _SKELETON)
"""Names in SMPL's order."""

SMPL_PARENTS: tuple[int, ...] = tuple(
    -1 if parent is None else SMPL_JOINTS.index(parent) for _, parent, _ in _SKELETON
)
"""Index of each joint's parent, always smaller than its own; -1 for the pelvis."""

REST_OFFSETS_M = np.array([offset for _, _, offset in _SKELETON])
"""(24, 3) from parent to joint in the T-pose, m; the pelvis itself is at `translation_m`."""
REST_OFFSETS_M.flags.writeable = False


@dataclass(frozen=True)
class BodyMotion:
    """A body in motion; frame i is at `i / rate_hz` seconds.

    Attributes:
        poses_rad: (T, 24, 3) float32 rotation of each joint relative to its parent, axis times
            angle in rad; the pelvis's turns the whole body.
        translation_m: (T, 3) float32 where the pelvis is, m.
        rate_hz: frames a second.
    """

    poses_rad: np.ndarray
    translation_m: np.ndarray
    rate_hz: float

    def __post_init__(self):
        poses = np.asarray(self.poses_rad, np.float32)
        translation = np.asarray(self.translation_m, np.float32)
        if poses.ndim != 3 or poses.shape[1:] != (len(SMPL_JOINTS), 3) or len(poses) < 1:
            raise ConfigError(f"body poses have shape {poses.shape}: give (T, 24, 3) with T >= 1")
        if translation.shape != (len(poses), 3):
            raise ConfigError(
                f"body translation has shape {translation.shape} beside {len(poses)} poses: "
                f"give ({len(poses)}, 3)"
            )
        for what, values in (("poses", poses), ("translation", translation)):
            if not np.isfinite(values).all():
                broken = int(
                    np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(1))[0]
                )
                raise ConfigError(
                    f"body {what}: frame {broken} holds values that are not finite: leave it out"
                )
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise ConfigError(f"body motion at {self.rate_hz} Hz: the rate must be above 0")
        object.__setattr__(self, "poses_rad", poses)
        object.__setattr__(self, "translation_m", translation)

    def __len__(self) -> int:
        return len(self.poses_rad)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.rate_hz

    def at(self, times_s: np.ndarray, rate_hz: float) -> "BodyMotion":
        """Return the motion at given times, on the shortest way between the frames around each.

        Args:
            times_s: (N,) seconds from the first frame; before it and after the last the body stands
                as it does there.
            rate_hz: frames a second that the result states.
        """
        place = np.clip(np.asarray(times_s, float) * self.rate_hz, 0.0, len(self) - 1)
        # A time meant to be a frame's own finds exactly that frame, whatever was rounded before.
        place = np.where(np.abs(place - np.rint(place)) < 1e-6, np.rint(place), place)
        before = np.minimum(place.astype(int), max(len(self) - 2, 0))
        after = np.minimum(before + 1, len(self) - 1)
        share = place - before
        poses = self.poses_rad[np.where(share == 1.0, after, before)]
        between = np.flatnonzero((share > 0.0) & (share < 1.0))
        if len(between):
            first = matrix_from_axis_angle(self.poses_rad[before[between]])
            second = matrix_from_axis_angle(self.poses_rad[after[between]])
            turned = slerp(first, second, share[between, None])
            poses[between] = axis_angle_from_matrix(turned)
        weight = share[:, None].astype(np.float32)
        translation = self.translation_m[before] * (1 - weight) + self.translation_m[after] * weight
        return BodyMotion(poses, translation, rate_hz)

    def resample(self, rate_hz: float) -> "BodyMotion":
        """Return the motion at another rate, from the same first frame to the last that fits."""
        if not (np.isfinite(rate_hz) and rate_hz > 0):
            raise ConfigError(f"resampling to {rate_hz} Hz: the rate must be above 0")
        count = int(np.floor(self.duration_s * rate_hz + 1e-6)) + 1
        return self.at(np.arange(count) / rate_hz, rate_hz)


def body_fk(motion: BodyMotion) -> np.ndarray:
    """Return where the joints are, (T, 24, 3) float64 m, right-handed, y up."""
    return joint_positions_m(matrix_from_axis_angle(motion.poses_rad), motion.translation_m)


def joint_positions_m(local: np.ndarray, translation_m: np.ndarray) -> np.ndarray:
    """Return (T, 24, 3) joint positions, m.

    Args:
        local: (T, 24, 3, 3) rotation of each joint relative to its parent.
        translation_m: (T, 3) where the pelvis is.
    """
    turned = np.empty(local.shape)
    positions = np.empty(local.shape[:-1])
    for joint, parent in enumerate(SMPL_PARENTS):
        if parent < 0:
            turned[:, joint], positions[:, joint] = local[:, joint], translation_m
            continue
        turned[:, joint] = turned[:, parent] @ local[:, joint]
        positions[:, joint] = positions[:, parent] + turned[:, parent] @ REST_OFFSETS_M[joint]
    return positions
