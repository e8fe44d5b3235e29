"""What a training learns from: songs, dances and normaliser, as its configuration says.

Generated songs come with dances by rule in the joints of a UR3; a prepared set with one recorded
dance a song, in the four arm angles of the paper.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dances import beat_clock, frame_times_s, teach
from ur3_dancer.learning.generated import LABEL, HeardSong, load_songs, song_seeds
from ur3_dancer.learning.songs import Dances
from ur3_dancer.learning.train_config import TrainConfig
from ur3_dancer.learning.turns import around_neutral
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import feature_spec

_LARGEST_UNIT = 0.999


@dataclass(frozen=True)
class TrainingSet:
    """Songs and dances, and what a checkpoint must say of them.

    Attributes:
        dances: to train on.
        spec: of the policy that they train.
        normalizer: fitted on these songs alone.
        home_rad: (J,) pose in which dances begin.
        record: data and its label, for the checkpoint's record.
    """

    dances: Dances
    spec: PolicySpec
    normalizer: Normalizer
    home_rad: np.ndarray
    record: dict


def training_set(config: TrainConfig, folder: Path, workers: int, progress) -> TrainingSet:
    """Load the songs of a configuration, generating those that are missing.

    Args:
        config: of the training.
        folder: keeps generated songs.
        workers: processes that generate songs.
        progress: wraps unfinished work, as `tqdm` does.

    Raises:
        ConfigError: the prepared set is missing, or does not fit the configuration.
    """
    if config.data.prepared:
        made = _prepared(config)
    else:
        seeds, _ = song_seeds(config.data)
        songs = load_songs(seeds, config.data, config.features, folder, workers, progress)
        made = generated_set(config, songs)
    made.dances.drop_shorter_than(config.window_frames + config.horizon + 1)
    return made


def generated_set(config: TrainConfig, songs: list[HeardSong]) -> TrainingSet:
    """Let the teacher dance to generated songs with the configured arm."""
    arm = DancingArm.of(load_arm_config(config.arm))
    music, space = feature_spec(config.features), arm.pose_space
    normalizer = Normalizer.fit(song.frames for song in songs)
    taught = []
    for song in songs:
        poses = space.to_unit(teach(arm, song.frames, song.beats_s, music))
        poses = np.clip(poses, -_LARGEST_UNIT, _LARGEST_UNIT).astype(np.float32)
        clock = _clock(song.beats_s, len(song.frames), music.rate_hz)
        frames = normalizer.apply(song.frames)
        taught.append((torch.from_numpy(frames), torch.from_numpy(poses), torch.from_numpy(clock)))
    record = {"data": LABEL, "songs": len(songs)}
    return TrainingSet(
        Dances.in_memory(taught), _spec(config, space), normalizer, arm.home_rad, record
    )


def _prepared(config: TrainConfig) -> TrainingSet:
    """Open a prepared set; its arrays stay on the disk until a window asks for them."""
    from ur3_dancer.learning.data.prepared import PreparedSet

    prepared = PreparedSet.open(Path(config.data.prepared))
    manifest = prepared.manifest
    if manifest["features"] != config.features:
        raise ConfigError(
            f"features is {config.features}, but {config.data.prepared} was prepared with "
            f"{manifest['features']}: set features to that, or prepare with --features "
            f"{config.features}"
        )
    songs = prepared.split(config.data.protocol, "train")
    if not songs:
        raise ConfigError(
            f"data.protocol {config.data.protocol} leaves no training song in "
            f"{config.data.prepared}: choose another protocol"
        )
    spec = _spec(config, MDLT_ARM)
    spans = [(song.start, song.frames) for song in songs]
    features, angles = prepared.features, prepared.arm_angles_rad
    normalizer = Normalizer.fit(features[start : start + length] for start, length in spans)
    poses = np.zeros((1, *angles.shape), np.float32)
    clock = np.full((len(angles), 3), np.nan, np.float32)
    for song in songs:
        span = slice(song.start, song.start + song.frames)
        poses[0, span] = np.clip(
            MDLT_ARM.to_unit(around_neutral(angles[span])), -_LARGEST_UNIT, _LARGEST_UNIT
        )
        if len(song.beats_s) > 1:
            clock[span] = _clock(np.asarray(song.beats_s), song.frames, spec.rate_hz)
    dances = Dances(
        _on_disk(features), _Normalise(normalizer), torch.from_numpy(poses),
        torch.from_numpy(clock), spans,
    )  # fmt: skip
    record = {
        "data": manifest["label"],
        "source": manifest["source"],
        "set": manifest["hash"],
        "protocol": config.data.protocol,
        "songs": len(songs),
    }
    return TrainingSet(dances, spec, normalizer, np.zeros(len(MDLT_ARM.names)), record)


def _spec(config: TrainConfig, space: PoseSpace) -> PolicySpec:
    music = feature_spec(config.features)
    return PolicySpec(
        name=config.name,
        features=music.name,
        window_frames=config.window_frames,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=config.horizon,
        pose_space=space,
    )


def _clock(beats_s: np.ndarray, frames: int, rate_hz: float) -> np.ndarray:
    return beat_clock(beats_s, frame_times_s(frames, rate_hz)).astype(np.float32)


def _on_disk(features: np.ndarray) -> Tensor:
    """Return a tensor over a memory-mapped array; it is only ever read."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(features)


class _Normalise:
    """A normaliser that works on tensors."""

    def __init__(self, normalizer: Normalizer):
        self._normalizer = normalizer

    def __call__(self, frames: Tensor) -> Tensor:
        return torch.from_numpy(self._normalizer.apply(frames.numpy()))
