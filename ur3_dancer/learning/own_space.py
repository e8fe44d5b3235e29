"""Policies in the pose space that they were trained in, for figures beside the paper's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ur3_dancer.dance.catalog import RULED, load_policy, policy_spec
from ur3_dancer.dance.checkpoint import read_config
from ur3_dancer.dance.policy import Policy
from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.limits import JointLimits
from ur3_dancer.resources import find


@dataclass(frozen=True)
class _AsTrained:
    """An arm whose joints are what a checkpoint speaks, so that nothing is retargeted."""

    home_rad: np.ndarray
    limits: JointLimits
    space: PoseSpace

    def pose_space(self) -> PoseSpace:
        return self.space


def load_in_own_space(name_or_folder: str | Path, arm: ArmConfig) -> Policy:
    """Return a policy that is not retargeted where its checkpoint speaks arm angles.

    Args:
        name_or_folder: a packaged checkpoint's name, or a checkpoint's folder.
        arm: for all other checkpoints, whose chunks are its joints.

    Raises:
        ConfigError: no policy of that name.
        CheckpointError: the checkpoint is damaged, or of a kind that this version does not know.
    """
    space = policy_spec(name_or_folder).pose_space
    if space.names != MDLT_ARM.names:
        return load_policy(name_or_folder, arm)
    as_trained = _AsTrained(np.zeros(len(space.names)), arm.limits, space)
    return load_policy(name_or_folder, as_trained)


def trained_by(name_or_folder: str | Path, manifest: dict) -> str | None:
    """Return the split of a prepared set by which a checkpoint was trained, None if by none.

    Args:
        name_or_folder: a packaged checkpoint's name, or a checkpoint's folder.
        manifest: of the prepared set.

    Raises:
        ConfigError: no checkpoint of that name.
        CheckpointError: its `config.json` cannot be used.
    """
    if str(name_or_folder) in RULED:
        return None
    packaged = Path("resource/checkpoints") / str(name_or_folder)
    folder = Path(name_or_folder)
    record = read_config(folder if folder.is_dir() else find(str(packaged))).training
    return record.get("protocol") if record.get("set") == manifest["hash"] else None
