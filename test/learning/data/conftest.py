"""Small data sets in the exact formats of their owners, written for each test."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ur3_dancer.motion.body import SMPL_JOINTS, SMPL_PARENTS, BodyMotion
from ur3_dancer.motion.rotations import matrix_from_axis_angle, quaternion_xyzw_from_matrix

AIST_MINI = Path(__file__).parents[3].parent / "shared/data/aist_mini"


@pytest.fixture(scope="session")
def aist_mini():
    """Real sequences of AIST++, without music."""
    if not AIST_MINI.is_dir():
        pytest.skip(f"no real dances in {AIST_MINI}")
    return AIST_MINI


@pytest.fixture(scope="session")
def clicks():
    """Write a piece of music: a drum on each beat over a chord."""

    def write(path: Path, duration_s=8.0, bpm=120.0, rate_hz=22_050, channels=1):
        time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
        since_s = np.mod(time_s, 60.0 / bpm)
        noise = np.random.default_rng(0).normal(size=len(time_s))
        sound = 0.4 * np.exp(-since_s / 0.03) * noise + 0.05 * np.sin(2 * np.pi * 220 * time_s)
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.tile(sound.clip(-1, 1)[:, None], channels), rate_hz)

    return write


@pytest.fixture(scope="session")
def swaying():
    """Make a body whose arms swing and bend, each in its own way."""

    def make(duration_s=6.0, rate_hz=60.0, seed=0) -> BodyMotion:
        random = np.random.default_rng(seed)
        time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
        poses = np.zeros((len(time_s), 24, 3))
        poses[:, 0, 1] = 0.4 * np.sin(0.7 * time_s)
        for name in ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"):
            for axis in range(3):
                swing = np.sin(2 * np.pi * random.uniform(0.2, 0.8) * time_s + random.uniform(0, 6))
                poses[:, SMPL_JOINTS.index(name), axis] = 0.5 * swing
        place = np.stack([0.1 * np.sin(time_s), np.full_like(time_s, 0.95), 0.1 * time_s], axis=1)
        return BodyMotion(poses, place, rate_hz)

    return make


@pytest.fixture(scope="session")
def write_aist_motion():
    """Write a motion as AIST++ does; arrays can be replaced or left out."""

    def write(path: Path, motion: BodyMotion, scale=90.0, **changes):
        content = {
            "smpl_loss": 1.5,
            "smpl_poses": motion.poses_rad.reshape(len(motion), 72),
            "smpl_scaling": np.array([scale], np.float32),
            "smpl_trans": (motion.translation_m * scale).astype(np.float32),
            **changes,
        }
        content = {name: value for name, value in content.items() if value is not None}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(content, protocol=4))

    return write


@pytest.fixture
def aist_folder(tmp_path, clicks, swaying, write_aist_motion):
    """Make an AIST++ folder: five dances to three pieces of music, one of them ignored."""

    def make(name="aist", duration_s=6.0, music_s=8.0) -> Path:
        folder = tmp_path / name
        names = [
            "gBR_sBM_cAll_d04_mBR0_ch01",
            "gBR_sBM_cAll_d04_mBR0_ch02",
            "gBR_sBM_cAll_d05_mBR1_ch01",
            "gJS_sBM_cAll_d01_mJS0_ch01",
            "gJS_sBM_cAll_d01_mJS0_ch02",
        ]
        for seed, dance in enumerate(names):
            motion = swaying(duration_s, seed=seed)
            write_aist_motion(folder / "motions" / f"{dance}.pkl", motion)
        for music in ("mBR0", "mBR1", "mJS0"):
            clicks(folder / "music" / f"{music}.wav", music_s)
        splits = folder / "splits"
        splits.mkdir()
        (splits / "crossmodal_train.txt").write_text("\n".join(names[:2]) + "\n")
        (splits / "crossmodal_val.txt").write_text(names[2] + "\n")
        (splits / "crossmodal_test.txt").write_text(names[3] + "\n")
        (folder / "ignore_list.txt").write_text(names[4] + "\n")
        return folder

    return make


@pytest.fixture(scope="session")
def write_phantom():
    """Write a body as PhantomDance does: world rotations of a left-handed frame, x, y, z, w."""

    def write(path: Path, motion: BodyMotion, **changes):
        local = matrix_from_axis_angle(motion.poses_rad)
        world = local.copy()
        for joint, parent in enumerate(SMPL_PARENTS):
            if parent >= 0:
                world[:, joint] = world[:, parent] @ local[:, joint]
        mirror = np.diag([-1.0, 1.0, 1.0])
        unity = quaternion_xyzw_from_matrix(mirror @ world @ mirror)
        names = [_smpl_name(name) for name in SMPL_JOINTS]
        content = {
            "bone_name": names,
            "root_positions": (motion.translation_m @ mirror).tolist(),
            "rotations": unity.tolist(),
            **changes,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    return write


def _smpl_name(name: str) -> str:
    """`left_hip` as SMPL's own files write it: L_Hip."""
    side, _, joint = name.partition("_")
    if side in ("left", "right"):
        return f"{side[0].upper()}_{joint.capitalize()}"
    return name.replace("_", "").capitalize()


@pytest.fixture(scope="session")
def write_melody():
    """Write a dance as Dance with Melody does: points in cm, and where in the music it begins."""

    def write(place: Path, frames=150, start=25, span=152, **changes):
        time_s = np.arange(frames) / 25.0
        points = np.zeros((frames, 23, 3))
        points[:, 2] = [0, -45, 0]
        points[:, 3], points[:, 12] = [-18, 0, 0], [18, 0, 0]
        for arm, side in ((4, -1), (13, 1)):
            swing = 0.5 * np.sin(2 * np.pi * 0.5 * time_s)
            down = np.stack([0 * time_s, -np.cos(swing), np.sin(swing)], axis=1)
            points[:, arm] = points[:, 3 if side < 0 else 12] + 30 * down
            points[:, arm + 2] = points[:, arm] + 25 * down
        content = {
            "length": frames,
            "center": np.tile([10.0, 95.0, 5.0], (frames, 1)).tolist(),
            "skeletons": points.tolist(),
            **changes,
        }
        place.mkdir(parents=True, exist_ok=True)
        (place / "skeletons.json").write_text(json.dumps(content))
        config = {"start_position": start, "end_position": start + span}
        (place / "config.json").write_text(json.dumps(config))

    return write


@pytest.fixture(scope="session")
def write_lmd():
    """Write a song as JustLMD does: a frame a key, in a camera's frame with y down."""

    def write(place: Path, motion: BodyMotion, leave_out=(), stamps=("00:01.500", "00:04.000")):
        upright = np.diag([1.0, -1.0, -1.0])
        turn = upright @ matrix_from_axis_angle(motion.poses_rad[:, 0])
        quaternion = quaternion_xyzw_from_matrix(turn)
        length = np.linalg.norm(quaternion[:, :3], axis=1, keepdims=True)
        angle = 2 * np.arctan2(length, quaternion[:, 3:])
        turns = quaternion[:, :3] / length * angle
        frames = {}
        for i, pose in enumerate(motion.poses_rad.reshape(len(motion), 72).tolist()):
            if i in leave_out:
                continue
            frames[f"{i:06d}"] = {
                "K": [[864.0, 0.0, 640.0], [0.0, 864.0, 360.0], [0.0, 0.0, 1.0]],
                "R": np.eye(3).tolist(),
                "T": [[0.0], [0.0], [0.0]],
                "annots": [
                    {
                        "id": 0,
                        "shapes": [[0.0] * 10],
                        "poses": [[0.0, 0.0, 0.0, *pose[3:]]],
                        "Rh": [turns[i].tolist()],
                        "Th": [(motion.translation_m[i] @ upright).tolist()],
                    }
                ],
            }
        place.mkdir(parents=True, exist_ok=True)
        (place / "smplfull.json").write_text(json.dumps(frames))
        (place / "sliced.json").write_text(json.dumps(dict.fromkeys(stamps, "la la")))
        lines = "[00:01.50] hands up\n[00:03.00] hands down\n[00:30.00] long after\n"
        (place / "lyrics.lrc").write_text("[ti:song]\n" + lines)

    return write
