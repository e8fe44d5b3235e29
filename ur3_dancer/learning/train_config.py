"""Settings of a training: small YAML files, each value checked, unknown keys refused."""

from dataclasses import dataclass, field
from pathlib import Path

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.networks import check_sizes
from ur3_dancer.learning.settings_file import from_dict, read_settings


@dataclass(frozen=True)
class DataSettings:
    """Which songs are learnt from: those of a prepared set, else generated ones.

    Attributes:
        train_songs, held_out_songs: how many; the held-out ones have seeds of their own.
        song_s: length of each, in seconds.
        seed: of songs and their augmentation.
        room: share of the songs that are heard in a room, 0..1; the others as from a cable.
        varied: share of the songs that are as those of `ur3-dancer generate`, 0..1: sections,
            swing, 4/4 and 3/4, a band each, and seven in ten in a room of their own. `room` is
            that of the others, which are plain: one band, one tempo profile each.
        prepared: folder of a set made by `ur3-dancer prepare`; empty for generated songs with
            dances by rule. The keys above then mean nothing.
        protocol: which of the prepared songs are learnt: `crossmodal`, `paper:INDEX`, `song` or
            `genre:NAME`.
    """

    train_songs: int = 96
    held_out_songs: int = 10
    song_s: float = 40.0
    seed: int = 1
    room: float = 0.0
    varied: float = 0.0
    prepared: str = ""
    protocol: str = "song"


@dataclass(frozen=True)
class OptimizerSettings:
    """How the weights are moved.

    Attributes:
        steps: optimiser steps.
        batch: streams danced at once; each gives one window of K examples a step.
        learning_rate: peak of AdamW's rate, reached after `warm_up_steps`, then a cosine to zero.
        warm_up_steps: steps of linear rise.
        weight_decay: of AdamW.
        clip_norm: largest norm of the gradient.
        velocity_weight_s2: weight of the squared error of joint velocities beside that of angles.
        beat_weight_rad2: weight of the squared error of the beat's place and tempo as the encoder
            hears them, beside that of angles.
        log_every, save_every: steps between lines of the log, and between states kept.
    """

    steps: int = 30_000
    batch: int = 16
    learning_rate: float = 1e-3
    warm_up_steps: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    velocity_weight_s2: float = 0.01
    beat_weight_rad2: float = 0.02
    log_every: int = 50
    save_every: int = 500


@dataclass(frozen=True)
class StreamSettings:
    """How the student dances on its own while it learns, see `learning.streams`.

    Attributes:
        life_steps: mean number of steps, late in the training, before every second stream begins
            elsewhere; the others stay short.
        from_truth: share of streams that begin in the teacher's steps; the others begin at home,
            frozen in some pose, displaced, or at the wrong time.
        noise: standard deviation of the noise on past poses, as a share of each joint's own.
        recovery_s: time constant in which a student that is off is led back to the teacher.
        longest_stride: most frames from one window of a stream to the next; mostly it is fewer.
        carry_state: for networks with a state (`mdlt-m`): a window begins in the state in which
            another stream's window ended, up to B - 1 windows long, as live the state is never that
            of silence. Without, it begins in silence, and state-space kernels can be used.
    """

    life_steps: int = 300
    from_truth: float = 0.4
    noise: float = 0.05
    recovery_s: float = 0.12
    longest_stride: int = 12
    carry_state: bool = False


@dataclass(frozen=True)
class TrainConfig:
    """One training.

    Attributes:
        name: of the checkpoint.
        network: `mdlt-t`, `mdlt-m` or `lstm`.
        seed: of weights, batches and noise.
        arm: model or file of the arm's configuration: home, bounds and limits of the dances.
        features: name of the feature set.
        window_frames: K.
        horizon: H; 1 is the paper.
        model: sizes of the network, fewer or all of those that its class in `dance` has.
    """

    name: str
    network: str = "mdlt-t"
    seed: int = 1
    arm: str = "ur3"
    features: str = "mdlt60"
    window_frames: int = 20
    horizon: int = 30
    data: DataSettings = field(default_factory=DataSettings)
    model: dict = field(default_factory=dict)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    streams: StreamSettings = field(default_factory=StreamSettings)

    def __post_init__(self):
        for name, lowest in (
            ("data.train_songs", 1),
            ("data.held_out_songs", 1),
            ("data.song_s", 12.0),
            ("optimizer.steps", 1),
            ("optimizer.batch", 1),
            ("optimizer.log_every", 1),
            ("optimizer.save_every", 1),
            ("streams.life_steps", 1),
            ("streams.longest_stride", 1),
            ("window_frames", 1),
            ("horizon", 1),
        ):
            value = self
            for part in name.split("."):
                value = getattr(value, part)
            if value < lowest:
                raise ConfigError(f"{name} is {value}: must be at least {lowest}")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self.optimizer, name) > 0.0:
                raise ConfigError(
                    f"optimizer.{name} is {getattr(self.optimizer, name)}: must be > 0"
                )
        for key in ("room", "varied"):
            share = getattr(self.data, key)
            if not 0.0 <= share <= 1.0:
                raise ConfigError(f"data.{key} is {share}: must be a share within 0..1")
        if not self.streams.recovery_s > 0.0:
            raise ConfigError(f"streams.recovery_s is {self.streams.recovery_s}: must be above 0")
        if self.streams.carry_state and self.network != "mdlt-m":
            raise ConfigError(f"streams.carry_state is true, but {self.network} has no state")
        check_sizes(self.network, self.model)


def load_train_config(path: Path) -> TrainConfig:
    """Read a training's YAML file.

    Raises:
        ConfigError: unreadable, not YAML, an unknown key, a value of the wrong kind or range.
    """
    return read_settings(
        path,
        "training configuration",
        "a file such as config/train/mdlt-t.yaml",
        train_config_from_dict,
    )


def train_config_from_dict(content: dict) -> TrainConfig:
    """Build the settings from the content of a YAML file; see `load_train_config`."""
    if isinstance(content, dict) and "name" not in content:
        raise ConfigError("the key name is missing: say how the checkpoint is called")
    return from_dict(TrainConfig, content)
