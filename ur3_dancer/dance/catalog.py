"""The policies there are, by name: two by rule, the packaged checkpoints, and any folder."""

import json
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from ur3_dancer.dance.arm_angles_policy import ArmAnglesPolicy
from ur3_dancer.dance.checkpoint import CONFIG_FILE, Checkpoint, read_config
from ur3_dancer.dance.policy import Policy, PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.resources import roots

RULED = ("groove", "mean-pose")
"""Policies without weights."""
_LOADERS = {
    "mdlt-t": "ur3_dancer.dance.load_mdlt:load_mdlt_t",
    "mdlt-m": "ur3_dancer.dance.load_mdlt:load_mdlt_m",
    "lstm": "ur3_dancer.dance.load_mdlt:load_lstm",
    "lm2d": "ur3_dancer.dance.lm2d.load:load_policy",
}
"""By kind of checkpoint: module and function `(folder, checkpoint, arm) -> Policy`."""
_CHECKPOINTS = "resource/checkpoints"
_RULED_FEATURES, _RULED_WINDOW, _RULED_HORIZON_S = "mdlt60", 20, 0.5
_ANY_UR3 = PoseSpace("UR3", JOINTS, np.full(6, -2 * np.pi), np.full(6, 2 * np.pi))


class JointLimits(Protocol):
    """What is needed of the limits of an arm's joints: (6,) arrays."""

    velocity_rad_s: np.ndarray
    acceleration_rad_s2: np.ndarray


class Arm(Protocol):
    """What is needed of an arm's configuration; `motion.arm_config.ArmConfig` is one."""

    home_rad: np.ndarray
    limits: JointLimits

    def pose_space(self) -> PoseSpace:
        """Return the joints and their bounds."""
        ...

    def joints_from_arm_angles(self, angles_rad: np.ndarray) -> np.ndarray:
        """Return (..., 6) joints in rad, within the bounds, for (..., 4) angles of `MDLT_ARM`."""
        ...


def available() -> list[str]:
    """Return the names that `load_policy` knows."""
    return [*RULED, *sorted(name for name, folder in _packaged().items() if _dances(folder))]


def policy_spec(name_or_folder: str | Path) -> PolicySpec:
    """Return what a policy needs and gives, without loading torch or weights.

    The pose space of policies by rule is that of the arm they are loaded for; here it is the UR3's
    widest.

    Raises:
        ConfigError: no policy of that name.
        CheckpointError: its `config.json` cannot be used.
    """
    if str(name_or_folder) not in RULED:
        return read_config(_folder(name_or_folder)).spec
    music = feature_spec(_RULED_FEATURES)
    return PolicySpec(
        name=str(name_or_folder),
        features=music.name,
        window_frames=_RULED_WINDOW,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=round(_RULED_HORIZON_S * music.rate_hz),
        pose_space=_ANY_UR3,
    )


def load_policy(name_or_folder: str | Path, arm: Arm, seed: int = 0) -> Policy:
    """Return a policy that dances with `arm`.

    A checkpoint that speaks the angles of a human arm is retargeted to the arm's joints, unless
    `arm` speaks those angles itself.

    Args:
        name_or_folder: one of `available()`, or a checkpoint's folder.
        arm: home, bounds and limits.
        seed: of the choreography of `groove`.

    Raises:
        ConfigError: no policy of that name.
        CheckpointError: the checkpoint is damaged or made for another arm.
    """
    if str(name_or_folder) == "groove":
        from ur3_dancer.dance.dancing_arm import DancingArm
        from ur3_dancer.dance.groove import GroovePolicy

        return GroovePolicy(
            DancingArm.of(arm), _RULED_FEATURES, _RULED_WINDOW, _RULED_HORIZON_S, seed
        )
    if str(name_or_folder) == "mean-pose":
        from ur3_dancer.dance.mean_pose import MeanPosePolicy

        return MeanPosePolicy(
            arm.pose_space(), arm.home_rad, _RULED_FEATURES, _RULED_WINDOW, _RULED_HORIZON_S
        )
    folder = _folder(name_or_folder)
    checkpoint = read_config(folder)
    made_for, space = checkpoint.spec.pose_space, arm.pose_space()
    is_human = made_for.names == MDLT_ARM.names != space.names
    if not is_human:
        _check_pose_space(folder, made_for, space)
    policy = _load_network(folder, checkpoint, arm)
    if policy.spec.pose_space.names == space.names:
        return policy
    return ArmAnglesPolicy(policy, arm)


def _load_network(folder: Path, checkpoint: Checkpoint, arm: Arm) -> Policy:
    loader = _LOADERS.get(str(checkpoint.kind))
    if loader is None:
        raise CheckpointError(
            f"checkpoint {folder} is of the kind {checkpoint.kind!r}, this version knows "
            f"{', '.join(_LOADERS)}: choose another model"
        )
    module, function = loader.split(":")
    return getattr(import_module(module), function)(folder, checkpoint, arm)


def _check_pose_space(folder: Path, made_for: PoseSpace, arm: PoseSpace) -> None:
    """A checkpoint may use less than the arm's range, never more."""
    if made_for.names != arm.names:
        raise CheckpointError(
            f"checkpoint {folder} speaks pose space {made_for.name} ({', '.join(made_for.names)}), "
            f"the arm {arm.name} ({', '.join(arm.names)}): choose a model made for this arm"
        )
    beyond = (made_for.lower_rad < arm.lower_rad - 1e-6) | (
        made_for.upper_rad > arm.upper_rad + 1e-6
    )
    for i in np.flatnonzero(beyond)[:1]:
        raise CheckpointError(
            f"checkpoint {folder} moves {made_for.names[i]} from {made_for.lower_rad[i]:g} to "
            f"{made_for.upper_rad[i]:g} rad, the arm only from {arm.lower_rad[i]:g} to "
            f"{arm.upper_rad[i]:g}: widen the arm's limits to that, or train a model for this arm"
        )


def _dances(folder: Path) -> bool:
    """Tell dancers from the checkpoints of other networks, such as the beat's."""
    try:
        return json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["kind"] in _LOADERS
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _packaged() -> dict[str, Path]:
    found = {}
    for root in reversed(roots()):
        for folder in (root / _CHECKPOINTS).glob("[!.]*"):
            if folder.is_dir():
                found[folder.name] = folder
    return found


def _folder(name_or_folder: str | Path) -> Path:
    """Return the folder of a checkpoint: a packaged name first, else a path that exists."""
    packaged = _packaged()
    if str(name_or_folder) in packaged:
        return packaged[str(name_or_folder)]
    folder = Path(name_or_folder)
    if folder.is_dir():
        return folder
    raise ConfigError(
        f"unknown model {str(name_or_folder)!r}: choose one of {', '.join(available())}, or give "
        "the folder of a checkpoint"
    )
