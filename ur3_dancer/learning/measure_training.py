"""How many steps a second training makes, beside a loop over samples that does the same work.

The loop takes the same windows from streams of one, through the same network, with the same number
of samples for each move of the weights; only that it takes them one at a time. Halfway stands what
data loaders do: samples made one at a time, then stacked for one pass.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ur3_dancer.dance.mdlt_t import parameter_count
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.learning.networks import make_network
from ur3_dancer.learning.songs import Dances
from ur3_dancer.learning.streams import Streams
from ur3_dancer.learning.train import loss_of
from ur3_dancer.learning.train_config import StreamSettings, TrainConfig
from ur3_dancer.music.spec import feature_spec

_SONGS, _SONG_FRAMES = 60, 600
_ROUNDS = 3


def measure_training(config: TrainConfig, seconds: float) -> dict:
    """Measure training of a configuration's network, with its batch, window and horizon.

    Args:
        config: says network, sizes, batch, window, horizon and streams.
        seconds: how long each way is measured.

    Returns:
        Steps a second of each way, and how many times quicker the first is: `whole` with network
        and optimiser, `sampling` without.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    spec = _spec(config)
    with tempfile.TemporaryDirectory() as folder:
        dances = _dances(Path(folder), spec)
        learner = _Learner(config, spec)
        B = config.optimizer.batch
        together = _streams(config, spec, dances, B, 0)
        apart = [_streams(config, spec, dances, 1, seed) for seed in range(B)]
        answer = torch.zeros(B, spec.horizon, len(spec.pose_space.names))
        whole = _steps_s(
            {
                "batch": lambda: _in_batch(learner, together),
                "stacked": lambda: _stacked(learner, apart),
                "one_by_one": lambda: _one_by_one(learner, apart),
            },
            seconds,
        )
        sampling = _steps_s(
            {
                "batch": lambda: (together.batch(), together.go_on(answer)),
                "one_by_one": lambda: [(s.batch(), s.go_on(answer[:1])) for s in apart],
            },
            seconds,
        )
    return {
        "name": config.name,
        "parameters": parameter_count(learner.model),
        "batch": B,
        "window_frames": spec.window_frames,
        "horizon": spec.horizon,
        "whole": whole,
        "sampling": sampling,
    }


class _Learner:
    """A network and its optimiser."""

    def __init__(self, config: TrainConfig, spec: PolicySpec):
        self.model = make_network(config.network, spec, config.model).train()
        self._ear = nn.Linear(self.model.music_in.out_features, 3)
        parameters = [*self.model.parameters(), *self._ear.parameters()]
        rate = config.optimizer.learning_rate
        self._optimizer = torch.optim.AdamW(parameters, rate, fused=True)
        self._settings, self._rate_hz = config.optimizer, spec.rate_hz

    def learn(self, batch: tuple[Tensor, ...], share: float) -> Tensor:
        """Add the gradients of a batch that is a share of a step; return its newest answers."""
        music, past, targets, clock = batch
        heard = self.model.hear(music)
        answer = self.model.answer(heard, past)
        grown = music.shape[1] // 2
        error_rad = ((answer - targets) * torch.pi)[:, grown:]
        loss, _ = loss_of(error_rad, self._rate_hz, self._settings.velocity_weight_s2)
        beat_error = (self._ear(heard) - clock)[:, grown:].square().mean()
        (share * (loss + self._settings.beat_weight_rad2 * beat_error)).backward()
        return answer[:, -1].detach()

    def move(self) -> None:
        """Move the weights by the gradients added up."""
        nn.utils.clip_grad_norm_(self.model.parameters(), self._settings.clip_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)


def _in_batch(learner: _Learner, streams: Streams) -> None:
    answer = learner.learn(streams.batch(), 1.0)
    learner.move()
    streams.go_on(answer)


def _stacked(learner: _Learner, streams: list[Streams]) -> None:
    samples = [stream.batch() for stream in streams]
    answer = learner.learn(tuple(map(torch.cat, zip(*samples, strict=True))), 1.0)
    learner.move()
    for i, stream in enumerate(streams):
        stream.go_on(answer[i : i + 1])


def _one_by_one(learner: _Learner, streams: list[Streams]) -> None:
    for stream in streams:
        stream.go_on(learner.learn(stream.batch(), 1.0 / len(streams)))
    learner.move()


def _steps_s(ways: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Return steps a second of each way and how much quicker the first is than the others.

    Seconds are those of the one processor that computes, and ways take turns: so other work on the
    machine slows the measurement down but does not change it.
    """
    counts, spent_s = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0.0)
    for step in ways.values():
        step()
    for _ in range(_ROUNDS):
        for name, step in ways.items():
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            while time.perf_counter() - began_s < seconds / _ROUNDS:
                step()
                counts[name] += 1
            spent_s[name] += time.process_time() - began_cpu_s
    rates = {name: counts[name] / spent_s[name] for name in ways}
    first, *others = rates
    return {
        **{f"{name}_steps_s": round(rate, 2) for name, rate in rates.items()},
        **{f"quicker_than_{name}": round(rates[first] / rates[name], 2) for name in others},
    }


def _spec(config: TrainConfig) -> PolicySpec:
    music = feature_spec(config.features)
    return PolicySpec(
        name=config.name,
        features=music.name,
        window_frames=config.window_frames,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=config.horizon,
        pose_space=MDLT_ARM,
    )


def _dances(folder: Path, spec: PolicySpec) -> Dances:
    """Return random songs in a memory-mapped file: for speed, what they hold does not matter."""
    count, joints = _SONGS * _SONG_FRAMES, len(spec.pose_space.names)
    random = np.random.default_rng(0)
    path = folder / "features.npy"
    frames = np.lib.format.open_memmap(path, "w+", np.float32, (count, spec.feature_count))
    for i in range(0, count, _SONG_FRAMES):
        frames[i : i + _SONG_FRAMES] = random.random((_SONG_FRAMES, spec.feature_count), np.float32)
    poses = random.uniform(-0.5, 0.5, (1, count, joints)).astype(np.float32)
    clock = random.uniform(-1.0, 1.0, (count, 3)).astype(np.float32)
    return Dances(
        torch.from_numpy(frames),
        lambda raw: (0.1 + 0.8 * raw).clamp(0.1, 0.9),
        torch.from_numpy(poses),
        torch.from_numpy(clock),
        [(i, _SONG_FRAMES) for i in range(0, count, _SONG_FRAMES)],
    )


def _streams(
    config: TrainConfig, spec: PolicySpec, dances: Dances, count: int, seed: int
) -> Streams:
    joints = len(spec.pose_space.names)
    settings: StreamSettings = config.streams
    sizes = (count, spec.window_frames, spec.horizon)
    spread, home = torch.full((joints,), 0.3), torch.zeros(joints)
    return Streams(dances, settings, sizes, spec.rate_hz, spread, home, seed)
