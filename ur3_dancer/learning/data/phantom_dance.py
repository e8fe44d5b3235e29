"""PhantomDance (Li et al., AAAI 2022): animated dances at 30 frames a second, in Unity's world.

    motion/NNN.json    bone_name [24], root_positions (T, 3) m, rotations (T, 24, 4) x, y, z, w
    music/NNN.wav

Every rotation is in world coordinates, so no chain of parents is walked to know where a bone
points. Unity is left-handed (x right, y up, z forward); here x is mirrored, which makes the frame
right-handed with the body's left at +x, and keeps each joint's name. Mirroring a rotation about
an axis keeps the axis's component along the mirror's normal and turns the others round.
"""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.files import check_folder, check_rate, read_json, sounds_by_stem
from ur3_dancer.learning.data.item import Catalogue, Entry
from ur3_dancer.motion.body import SMPL_JOINTS, SMPL_PARENTS, BodyMotion
from ur3_dancer.motion.rotations import axis_angle_from_matrix, matrix_from_quaternion_xyzw

RATE_HZ = 30.0
_MIRROR_POINT = np.array([-1.0, 1.0, 1.0])
_MIRROR_QUATERNION_XYZW = np.array([1.0, -1.0, -1.0, 1.0])
_SHORTEST_QUATERNION = 1e-3


def catalogue(folder: Path) -> Catalogue:
    """Return the dances of a PhantomDance folder.

    Raises:
        ConfigError: it is no such folder.
    """
    check_folder(
        folder,
        {"motion/*.json": "dances", "music/*": "a WAV file for each dance"},
        "PhantomDance",
    )
    sounds = sounds_by_stem([folder / "music"])
    entries, skipped = [], []
    for path in sorted((folder / "motion").glob("*.json")):
        if path.stem in sounds:
            entries.append(Entry(path.stem, "", path.stem, sounds[path.stem], path))
        else:
            skipped.append(f"{path.stem}: its music music/{path.stem}.wav is missing")
    return Catalogue("recorded", tuple(entries), tuple(skipped))


def load_motion(entry: Entry) -> BodyMotion:
    """Read the motion of a dance into local rotations of the right-handed body.

    Raises:
        ConfigError: the file is damaged, has other bones, or its motion is empty or not finite.
    """
    content = read_json(entry.motion_path)
    if not isinstance(content, dict):
        raise ConfigError("is no motion of PhantomDance: it holds no names")
    check_rate(content, RATE_HZ)
    try:
        names = [_smpl_name(name) for name in content["bone_name"]]
        root = np.array(content["root_positions"], float)
        rotations = np.array(content["rotations"], float)
    except KeyError as error:
        raise ConfigError(f"lacks {error}: it is no motion of PhantomDance") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"its numbers cannot be read ({error})") from error
    if sorted(names) != sorted(SMPL_JOINTS):
        odd = sorted(set(SMPL_JOINTS) - set(names)) or names
        raise ConfigError(f"its {len(names)} bones are not SMPL's 24: {', '.join(odd[:3])} ...")
    if not len(root):
        raise ConfigError("holds no frames")
    if root.shape != (len(root), 3) or rotations.shape != (len(root), len(names), 4):
        raise ConfigError(
            f"root_positions {root.shape} and rotations {rotations.shape} do not fit: they must be "
            f"(T, 3) and (T, {len(names)}, 4)"
        )
    return body_from_unity(root, rotations[:, [names.index(name) for name in SMPL_JOINTS]])


def body_from_unity(root_m: np.ndarray, world_xyzw: np.ndarray) -> BodyMotion:
    """Return the body of (T, 3) m root positions and (T, 24, 4) world quaternions of Unity.

    Args:
        root_m: where the pelvis is, left-handed.
        world_xyzw: rotation of each of SMPL's joints in the world, left-handed.

    Raises:
        ConfigError: a number is not finite, or a quaternion has no length.
    """
    length = np.linalg.norm(world_xyzw, axis=-1)
    for frame in np.flatnonzero(~(length > _SHORTEST_QUATERNION).all(axis=1))[:1]:
        raise ConfigError(f"frame {frame} has a rotation that is not finite or of no length")
    world = matrix_from_quaternion_xyzw(world_xyzw * _MIRROR_QUATERNION_XYZW)
    local = world.copy()
    for joint, parent in enumerate(SMPL_PARENTS):
        if parent >= 0:
            local[:, joint] = np.swapaxes(world[:, parent], -1, -2) @ world[:, joint]
    return BodyMotion(axis_angle_from_matrix(local), root_m * _MIRROR_POINT, RATE_HZ)


def _smpl_name(name: str) -> str:
    """Return SMPL's joint as this project calls it: `L_Hip` is left_hip, `Spine1` spine_1."""
    words = name.strip().lower().replace("spine", "spine_").replace("__", "_")
    for short, side in (("l_", "left_"), ("r_", "right_")):
        if words.startswith(short):
            return side + words[len(short) :]
    return words
