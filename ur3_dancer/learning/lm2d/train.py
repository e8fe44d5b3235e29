"""Training of LM2D: from a prepared set to a teacher, and from a teacher to a student."""

import functools
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch

from ur3_dancer import __version__
from ur3_dancer.dance.checkpoint import Checkpoint, read_config
from ur3_dancer.dance.lm2d.config import Lm2dConfig, config_for
from ur3_dancer.dance.lm2d.diffusion import Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.load import KIND, check_pair, load_student, load_teacher
from ur3_dancer.dance.lm2d.network import Lm2dNetwork, parameter_count
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.prepared import PreparedSet
from ur3_dancer.learning.lm2d.danced_songs import FEATURES, danced_songs, open_set
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples
from ur3_dancer.learning.lm2d.figures import Figures
from ur3_dancer.learning.lm2d.settings import StudentConfig, TeacherConfig
from ur3_dancer.learning.lm2d.student import StudentTask, student_checkpoint
from ur3_dancer.learning.lm2d.teacher import TeacherTask
from ur3_dancer.learning.trainer import Place, run
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import feature_spec


@dataclass(frozen=True)
class LoopOptions:
    """What a command line adds to a configuration: none of it changes what is learnt.

    Attributes:
        processes: that train together.
        threads: of torch in each.
        fresh: begin again.
        quiet: no progress bar.
    """

    processes: int = 1
    threads: int = 1
    fresh: bool = False
    quiet: bool = False


def train_teacher(config: TeacherConfig, folder: Path, options: LoopOptions) -> Checkpoint:
    """Train, or go on training, and return what the checkpoint says.

    Raises:
        ConfigError: the set cannot be used, or a value cannot be.
    """
    config_for(_spec(config), config.model)
    open_set(config.data.prepared)
    began_s = time.monotonic()
    task = functools.partial(_teacher_task, config)
    loop = replace(config.loop, seed=config.seed)
    run(task, loop, folder, asdict(config), **asdict(options))
    return _with_time(folder, began_s)


def distil(config: StudentConfig, folder: Path, options: LoopOptions) -> Checkpoint:
    """Distil, or go on distilling, and return what the checkpoint says.

    Raises:
        CheckpointError: the teacher cannot be used.
        ConfigError: the set cannot be used, or is not the teacher's.
    """
    checkpoint, _ = load_teacher(Path(config.teacher))
    _begin(config, checkpoint)
    if config.student.begin and Path(config.student.begin).resolve() == folder.resolve():
        raise ConfigError(
            f"begin is {config.student.begin}, the folder that gets the checkpoint: give another "
            "--out, or nothing could go on from where it began"
        )
    wanted, manifest = checkpoint.training.get("set_hash"), open_set(config.data.prepared).manifest
    if wanted != manifest["hash"]:
        raise ConfigError(
            f"set {config.data.prepared} is not the one that teacher {config.teacher} learnt from: "
            "give that set, or train a teacher on this one"
        )
    began_s = time.monotonic()
    task = functools.partial(_student_task, config)
    loop = replace(config.loop, seed=config.seed)
    run(task, loop, folder, asdict(config), **asdict(options))
    return _with_time(folder, began_s)


def _teacher_task(config: TeacherConfig, place: Place) -> TeacherTask:
    prepared = open_set(config.data.prepared)
    songs = _songs(prepared, config.data)
    music = feature_spec(FEATURES)
    normalizer = Normalizer.fit(song.features for song in songs)
    sizes, spec = _sizes(config, songs), _spec(config)
    network = Lm2dNetwork(config_for(spec, sizes))
    figures = Figures.fit(
        [song.body for song in songs],
        [normalizer.apply(song.features) for song in songs],
        network.config,
    )
    figures.into(network)
    model = {
        "part": "teacher",
        "sigma_data": figures.sigma_data,
        "answer_every": config.answer_every,
        "side": prepared.manifest["side"],
        "lyrics_encoder": config.data.encoder,
        "sizes": sizes,
    }
    record = _record(prepared, songs, asdict(config), network)
    checkpoint = Checkpoint(KIND, spec, model, normalizer, np.zeros(4), record)
    examples = Examples(
        songs, network.config, music, normalizer, figures, config.examples, _seed(config, place)
    )
    denoiser = Denoiser(network, NoiseLevels(figures.sigma_data))
    return TeacherTask(
        denoiser, examples, config.teacher, checkpoint, _seed(config, place), place.device
    )


def _student_task(config: StudentConfig, place: Place) -> StudentTask:
    teacher_checkpoint, teacher = load_teacher(Path(config.teacher))
    prepared = open_set(config.data.prepared)
    encoder = teacher_checkpoint.model["lyrics_encoder"]
    songs = _songs(prepared, replace(config.data, encoder=encoder))
    figures = Figures.of(teacher.network, teacher.levels.sigma_data)
    begin, learnt = _begin(config, teacher_checkpoint)
    record = {**_record(prepared, songs, asdict(config), teacher.network), **learnt}
    checkpoint = student_checkpoint(teacher_checkpoint, config.name, config.student, record)
    examples = Examples(
        songs,
        teacher.network.config,
        feature_spec(FEATURES),
        teacher_checkpoint.normalizer,
        figures,
        config.examples,
        _seed(config, place),
    )
    return StudentTask(
        teacher,
        examples,
        config.student,
        checkpoint,
        _seed(config, place),
        place.device,
        begin,
    )


def _begin(config: StudentConfig, teacher: Checkpoint) -> tuple[Lm2dNetwork | None, dict]:
    """Return the student that a distillation goes on from, and how that learnt.

    None for the teacher itself.
    """
    if not config.student.begin:
        return None, {}
    checkpoint, student = load_student(Path(config.student.begin))
    check_pair(teacher, checkpoint)
    learnt = {key: value for key, value in checkpoint.training.items() if key != "teacher"}
    return student.network, {"begin": learnt}


def _songs(prepared: PreparedSet, data) -> list[DancedSong]:
    songs = danced_songs(prepared, prepared.split(data.protocol, "train"), data.encoder)
    if not songs:
        raise ConfigError(
            f"set {data.prepared} has no song to learn from in the split {data.protocol}: choose "
            "another protocol"
        )
    return songs


def _seed(config, place: Place) -> int:
    """Return a seed for what a process draws: each draws examples of its own."""
    return config.seed + 1000 * place.rank


def _sizes(config: TeacherConfig, songs: list[DancedSong]) -> dict:
    """Return all sizes of the network; the width of lyrics is the encoder's."""
    widths = {song.lyrics.width for song in songs if song.lyrics is not None}
    sizes = {**config.model, "lyrics_width": widths.pop() if widths else 0}
    network = config_for(_spec(config), sizes)
    of_spec = ("feature_count", "window_frames")
    return {f.name: getattr(network, f.name) for f in fields(Lm2dConfig) if f.name not in of_spec}


def _spec(config: TeacherConfig) -> PolicySpec:
    music = feature_spec(FEATURES)
    chunk = config.model.get("chunk_frames", Lm2dConfig.chunk_frames)
    commit = config.model.get("commit_frames", Lm2dConfig.commit_frames)
    if not 1 <= config.answer_every <= chunk:
        raise ConfigError(f"answer_every is {config.answer_every}: give 1 to {chunk}")
    return PolicySpec(
        name=config.name,
        features=music.name,
        window_frames=config.window_frames,
        feature_count=music.count,
        rate_hz=music.rate_hz,
        horizon=chunk + commit + 1 - config.answer_every,
        pose_space=MDLT_ARM,
    )


def _record(
    prepared: PreparedSet, songs: list[DancedSong], config: dict, network: Lm2dNetwork
) -> dict:
    return {
        "data": prepared.manifest["label"],
        "source": prepared.manifest["source"],
        "set_hash": prepared.manifest["hash"],
        "songs": len(songs),
        "frames": sum(len(song.features) for song in songs),
        "lyrics": any(song.lyrics is not None for song in songs),
        "parameters": parameter_count(network),
        "config": config,
        "version": __version__,
        "torch": torch.__version__,
    }


def _with_time(folder: Path, began_s: float) -> Checkpoint:
    """Return the configuration of a finished run, with the time that this part of it took."""
    checkpoint = read_config(folder)
    checkpoint.training["this_run_s"] = round(time.monotonic() - began_s, 1)
    return checkpoint
