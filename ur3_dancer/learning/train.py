"""Training of MDLT-T: one file, from songs to a checkpoint.

Each step takes one window from each of B streams (see `streams`), answers it, is led towards the
teacher, and lets the streams go on with the student's own answers. What is shipped is judged
running freely on held-out songs by `evaluation`.
"""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ur3_dancer import __version__
from ur3_dancer.dance.checkpoint import Checkpoint, save
from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.mdlt_t import MdltT, config_for, parameter_count
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.learning.dances import beat_clock, frame_times_s, teach
from ur3_dancer.learning.generated import LABEL, HeardSong, load_songs, song_seeds
from ur3_dancer.learning.streams import Dances, Streams
from ur3_dancer.learning.train_config import OptimizerSettings, TrainConfig
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import FeatureSpec, feature_spec

_LOG_EVERY = 50
_LARGEST_UNIT = 0.999


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Attributes:
        checkpoint: configuration, normaliser and record.
        model: the network.
        data_s, total_s: seconds spent on songs, and in all.
    """

    checkpoint: Checkpoint
    model: MdltT
    data_s: float
    total_s: float


def train(
    config: TrainConfig,
    folder: Path,
    data_folder: Path,
    workers: int = 2,
    threads: int = 1,
    quiet: bool = False,
) -> Trained:
    """Generate or load the songs, train, and save the checkpoint.

    Args:
        config: what to train.
        folder: gets the checkpoint and `train.jsonl`.
        data_folder: keeps the songs, for the next run.
        workers: processes that generate songs.
        threads: of torch. Two on two cores are a third faster alone, but ten times slower beside
            other work, for they wait for each other at every operation.
        quiet: no progress bars.
    """
    began_s = time.monotonic()
    torch.manual_seed(config.seed)
    torch.set_num_threads(threads)

    def progress(*args, **kwargs):
        return tqdm(*args, disable=quiet, **kwargs)

    seeds, _ = song_seeds(config.data)
    songs = load_songs(seeds, config.data, config.features, data_folder, workers, progress)
    data_s = time.monotonic() - began_s
    checkpoint, dances = _prepare(config, songs)
    model = MdltT(config_for(checkpoint.spec, checkpoint.model))
    spread = _fit_poses(model, dances)
    _fit_music(model, dances, feature_spec(config.features))
    streams = _streams(config, checkpoint, dances, spread)
    folder.mkdir(parents=True, exist_ok=True)
    loss = _optimise(model, streams, config.optimizer, checkpoint.spec, folder, progress)
    total_s = time.monotonic() - began_s
    checkpoint.training.update(
        final_loss=loss,
        parameters=parameter_count(model),
        frames=len(dances.music),
        data_s=round(data_s, 1),
        total_s=round(total_s, 1),
    )
    save(folder, checkpoint, model)
    return Trained(checkpoint, model, data_s, total_s)


def _prepare(config: TrainConfig, songs: list[HeardSong]) -> tuple[Checkpoint, Dances]:
    """Return what the checkpoint will say, and normalised songs with their dances."""
    arm = DancingArm.of(load_arm_config(config.arm))
    music = feature_spec(config.features)
    space = arm.pose_space
    normalizer = Normalizer.fit(song.frames for song in songs)
    spec = PolicySpec(
        name=config.name,
        features=music.name,
        window_frames=config.window_frames,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=config.horizon,
        pose_space=space,
    )
    taught = []
    for song in songs:
        poses = space.to_unit(teach(arm, song.frames, song.beats_s, music))
        poses = np.clip(poses, -_LARGEST_UNIT, _LARGEST_UNIT).astype(np.float32)
        times_s = frame_times_s(len(song.frames), music.rate_hz)
        clock = beat_clock(song.beats_s, times_s).astype(np.float32)
        frames = normalizer.apply(song.frames)
        taught.append((torch.from_numpy(frames), torch.from_numpy(poses), torch.from_numpy(clock)))
    record = {
        "data": LABEL,
        "songs": len(songs),
        "config": asdict(config),
        "version": __version__,
        "torch": torch.__version__,
    }
    checkpoint = Checkpoint(
        kind="mdlt-t",
        spec=spec,
        model=asdict(config.model),
        normalizer=normalizer,
        home_rad=arm.home_rad,
        training=record,
    )
    return checkpoint, Dances(taught)


def _fit_poses(model: MdltT, dances: Dances) -> Tensor:
    """Tell the network centre and scale of the dances; return each joint's spread."""
    flat = dances.poses.flatten(0, 1)
    before_tanh = torch.atanh(flat)
    model.pose_centre.copy_(before_tanh.mean(0))
    model.pose_scale.copy_(before_tanh.std(0).clamp(min=1e-3))
    return flat.std(0).clamp(min=1e-3)


def _fit_music(model: MdltT, dances: Dances, music: FeatureSpec) -> None:
    """Let each group of features have an equal say at first, whatever its width and range.

    Otherwise the beat, one number of 438 and 1 in one frame of thirty, drowns among 384 lags, and
    for thousands of steps the student learns to go by its own poses alone.
    """
    sample = dances.music[:: max(1, len(dances.music) // 20_000)].float()
    mean, deviation = sample.mean(0), sample.std(0).clamp(min=0.01)
    with torch.no_grad():
        weight = torch.empty_like(model.music_in.weight)
        for columns in music.columns.values():
            width = columns.stop - columns.start
            nn.init.normal_(weight[:, columns], std=(len(music.columns) * width) ** -0.5)
        model.music_in.weight.copy_(weight / deviation)
        model.music_in.bias.copy_(-(model.music_in.weight @ mean))


def _streams(
    config: TrainConfig, checkpoint: Checkpoint, dances: Dances, spread: Tensor
) -> Streams:
    spec = checkpoint.spec
    home = torch.from_numpy(spec.pose_space.to_unit(checkpoint.home_rad)).float()
    sizes = (config.optimizer.batch, spec.window_frames, spec.horizon)
    return Streams(dances, config.streams, sizes, spec.rate_hz, spread, home, config.seed)


def _optimise(
    model: MdltT,
    streams: Streams,
    settings: OptimizerSettings,
    spec: PolicySpec,
    folder: Path,
    progress,
) -> float:
    """Move the weights; write one line of JSON for every 50 steps; return the last mean loss."""
    ear = nn.Linear(model.config.width, 3)
    optimizer = torch.optim.AdamW(
        [*model.parameters(), *ear.parameters()],
        settings.learning_rate,
        weight_decay=settings.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, settings))
    half_range = (spec.pose_space.upper_rad - spec.pose_space.lower_rad) / 2
    half_range = torch.from_numpy(half_range).float()
    model.train()
    recent = []
    with (folder / "train.jsonl").open("w", encoding="utf-8") as log:
        for step in (bar := progress(range(1, settings.steps + 1), desc="steps")):
            music, past, targets, clock = streams.batch()
            heard = model.hear(music)
            answer = model.answer(heard, past)
            grown = spec.window_frames // 2
            error_rad = ((answer - targets) * half_range)[:, grown:]
            loss, angle_rad = loss_of(error_rad, spec.rate_hz, settings.velocity_weight_s2)
            beat_error = (ear(heard) - clock)[:, grown:].square().mean()
            loss = loss + settings.beat_weight_rad2 * beat_error
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
            optimizer.step()
            schedule.step()
            streams.grow_up(step / settings.steps)
            streams.go_on(answer[:, -1].detach())
            recent.append((loss.item(), angle_rad.item(), beat_error.item()))
            if step % _LOG_EVERY == 0 or step == settings.steps:
                means = np.mean(recent, axis=0)
                recent.clear()
                line = {
                    "step": step,
                    "loss": means[0],
                    "rmse_rad": means[1],
                    "beat_error": means[2],
                }
                log.write(json.dumps({**line, "rate": schedule.get_last_lr()[0]}) + "\n")
                log.flush()
                bar.set_postfix(rmse_rad=f"{means[1]:.3f}")
    model.eval()
    return float(means[0])


def loss_of(error_rad: Tensor, rate_hz: float, velocity_weight_s2: float) -> tuple[Tensor, Tensor]:
    """Return the loss and the RMSE in rad of (B, K, H, J) errors.

    The paper's mean squared error of angles, and beside it that of velocities: the beat is in the
    velocity, and among small errors of angle it would drown.
    """
    angle = error_rad.square().mean()
    loss = angle
    if error_rad.shape[2] > 1:
        velocity = (error_rad[:, :, 1:] - error_rad[:, :, :-1]) * rate_hz
        loss = loss + velocity_weight_s2 * velocity.square().mean()
    return loss, angle.detach().sqrt()


def _rate(step: int, settings: OptimizerSettings) -> float:
    """Return the share of the peak learning rate: linear rise, then a cosine to zero."""
    if step < settings.warm_up_steps:
        return (step + 1) / settings.warm_up_steps
    rest = max(1, settings.steps - settings.warm_up_steps)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - settings.warm_up_steps) / rest)))
