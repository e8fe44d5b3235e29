"""Training of the networks of MDLT: from songs to a checkpoint.

Each step takes one window from each of B streams (see `streams`), answers it, is led towards the
teacher, and lets the streams go on with the student's own answers. What is shipped is judged
running freely on held-out songs by `evaluation`.
"""

import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ur3_dancer import __version__
from ur3_dancer.dance.checkpoint import Checkpoint, read_config, save
from ur3_dancer.dance.mamba import MambaState
from ur3_dancer.dance.mdlt_t import parameter_count
from ur3_dancer.learning import trainer
from ur3_dancer.learning.networks import Dancer, make_network
from ur3_dancer.learning.songs import Dances
from ur3_dancer.learning.streams import Streams
from ur3_dancer.learning.train_config import TrainConfig
from ur3_dancer.learning.trainer import LoopSettings, Place
from ur3_dancer.learning.training_set import TrainingSet, training_set
from ur3_dancer.music.spec import FeatureSpec, feature_spec

_EAR_OUTPUTS = 3
_SAMPLE_FRAMES = 20_000


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Attributes:
        checkpoint: configuration, normaliser and record.
        data_s, total_s: seconds spent on songs, and in all, by this command.
    """

    checkpoint: Checkpoint
    data_s: float
    total_s: float


def train(
    config: TrainConfig,
    folder: Path,
    data_folder: Path,
    workers: int = 2,
    threads: int = 1,
    processes: int = 1,
    fresh: bool = False,
    quiet: bool = False,
) -> Trained:
    """Generate or load the songs, train or go on training, and save the checkpoint.

    Args:
        config: what to train.
        folder: gets the checkpoint and what `trainer.run` writes.
        data_folder: keeps the songs, for the next run.
        workers: processes that generate songs.
        threads: of torch. Two on two cores are a third faster alone, but ten times slower beside
            other work, for they wait for each other at every operation.
        processes: that train together, each with `optimizer.batch` streams.
        fresh: begin again in a folder that holds a training.
        quiet: no progress bars.

    Raises:
        ConfigError: see `trainer.run` and `training_set`.
    """
    began_s = time.monotonic()
    trainer.check(folder, asdict(config), processes, fresh)
    # Here, so that several processes find them; each then reads them for itself.
    found = training_set(config, data_folder, workers, partial(tqdm, disable=quiet))
    data_s = time.monotonic() - began_s
    trainer.run(
        partial(MdltTask, config, data_folder, found if processes == 1 else None),
        _loop(config),
        folder,
        asdict(config),
        processes=processes,
        threads=threads,
        fresh=fresh,
        quiet=quiet,
    )
    return Trained(read_config(folder), data_s, time.monotonic() - began_s)


class MdltTask:
    """A network of MDLT that learns from streams, as a `trainer.Task`.

    Args:
        config: of the training.
        data_folder: keeps generated songs.
        found: the songs, or None to load them here.
        place: the process.
    """

    def __init__(
        self, config: TrainConfig, data_folder: Path, found: TrainingSet | None, place: Place
    ):
        if found is None:
            found = training_set(config, data_folder, 1, partial(tqdm, disable=True))
        self._config, self._set, self._place = config, found, place
        spec = found.spec
        self._model = model = make_network(config.network, spec, config.model)
        spread = fit_poses(model, found.dances)
        fit_music(model, found.dances, feature_spec(config.features))
        self._ear = nn.Linear(model.music_in.out_features, _EAR_OUTPUTS)
        self.modules = {"model": model, "ear": self._ear}
        home = torch.from_numpy(spec.pose_space.to_unit(found.home_rad)).float()
        sizes = (config.optimizer.batch, spec.window_frames, spec.horizon)
        # Each process dances to other songs.
        seed = config.seed + 100_003 * place.rank
        self._streams = Streams(
            found.dances, config.streams, sizes, spec.rate_hz, spread, home, seed
        )
        half_range = (spec.pose_space.upper_rad - spec.pose_space.lower_rad) / 2
        self._half_range = torch.from_numpy(half_range).float().to(place.device)
        self._states: list[MambaState] = []
        if config.streams.carry_state:
            self._states = [_to(state, place.device) for state in model.new_states(sizes[0])]
        self._seconds, self._since_s = 0.0, time.monotonic()

    def step(self, done: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Answer one window of each stream; see `trainer.Task`."""
        settings, rate_hz = self._config.optimizer, self._set.spec.rate_hz
        batch = self._streams.batch()
        music, past, targets, clock = (tensor.to(self._place.device) for tensor in batch)
        states = self._states_before()
        heard = self._model.hear(music, *states)
        answer = self._model.answer(heard, past, *states).float()
        grown = music.shape[1] // 2
        error_rad = ((answer - targets) * self._half_range)[:, grown:]
        loss, angle_rad = loss_of(error_rad, rate_hz, settings.velocity_weight_s2)
        beat_error = (self._ear(heard).float() - clock)[:, grown:]
        # Of songs without known beats there is no clock.
        beat_error = torch.nan_to_num(beat_error).square().mean()
        self._answer = answer[:, -1].detach().cpu()
        figures = {"rmse_rad": angle_rad, "beat_error": beat_error.detach()}
        return loss + settings.beat_weight_rad2 * beat_error, figures

    def moved(self, done: float) -> None:
        """Let the streams go on with the student's answers."""
        self._streams.grow_up(done)
        self._streams.go_on(self._answer)

    def state_dict(self) -> dict:
        """Return the streams, the states of the network and the time spent."""
        return {
            "streams": self._streams.state_dict(),
            "states": [(state.inputs, state.ssm) for state in self._states],
            "seconds": self._spent_s(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._streams.load_state_dict(state["streams"])
        self._states = [_to(MambaState(*both), self._place.device) for both in state["states"]]
        self._seconds, self._since_s = state["seconds"], time.monotonic()

    def finish(self, folder: Path, figures: dict[str, float]) -> None:
        """Save the checkpoint."""
        record = {
            **self._set.record,
            "config": asdict(self._config),
            "version": __version__,
            "torch": torch.__version__,
            "processes": self._place.processes,
            "final_loss": figures["loss"],
            "parameters": parameter_count(self._model),
            "frames": int(self._set.dances.lengths.sum()),
            "training_s": round(self._spent_s(), 1),
        }
        checkpoint = Checkpoint(
            kind=self._config.network,
            spec=self._set.spec,
            model=self._config.model,
            normalizer=self._set.normalizer,
            home_rad=self._set.home_rad,
            training=record,
        )
        save(folder, checkpoint, self._model.cpu())

    def _states_before(self) -> tuple[list[MambaState], ...]:
        """Return what the network remembers before this step's windows, to be passed on.

        Each stream takes over the state of the one before it, and the first begins in silence: so
        the i-th has a past of i windows. Its own state would know the frames that the next window
        repeats.
        """
        if not self._states:
            return ()
        for state in self._states:
            state.inputs = state.inputs.detach().roll(1, 0)
            state.ssm = state.ssm.detach().roll(1, 0)
            state.inputs[0], state.ssm[0] = 0.0, 0.0
        return (self._states,)

    def _spent_s(self) -> float:
        return self._seconds + time.monotonic() - self._since_s


def _to(state: MambaState, device: torch.device) -> MambaState:
    return MambaState(state.inputs.to(device), state.ssm.to(device))


def fit_poses(model: Dancer, dances: Dances) -> Tensor:
    """Tell the network centre and scale of the dances; return each joint's spread."""
    flat = dances.poses[:, dances.positions(10**9)].flatten(0, 1)
    before_tanh = torch.atanh(flat)
    model.pose_centre.copy_(before_tanh.mean(0))
    model.pose_scale.copy_(before_tanh.std(0).clamp(min=1e-3))
    return flat.std(0).clamp(min=1e-3)


def fit_music(model: Dancer, dances: Dances, music: FeatureSpec) -> None:
    """Let each group of features have an equal say at first, whatever its width and range.

    Otherwise the beat, one number of 438 and 1 in one frame of thirty, drowns among 384 lags, and
    for thousands of steps the student learns to go by its own poses alone.
    """
    sample = dances.music(dances.positions(_SAMPLE_FRAMES))
    mean, deviation = sample.mean(0), sample.std(0).clamp(min=0.01)
    with torch.no_grad():
        weight = torch.empty_like(model.music_in.weight)
        for columns in music.columns.values():
            width = columns.stop - columns.start
            nn.init.normal_(weight[:, columns], std=(len(music.columns) * width) ** -0.5)
        model.music_in.weight.copy_(weight / deviation)
        model.music_in.bias.copy_(-(model.music_in.weight @ mean))


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


def _loop(config: TrainConfig) -> LoopSettings:
    settings = config.optimizer
    return LoopSettings(
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        warm_up_steps=settings.warm_up_steps,
        weight_decay=settings.weight_decay,
        clip_norm=settings.clip_norm,
        seed=config.seed,
        log_every=settings.log_every,
        save_every=settings.save_every,
    )
