"""ur3-dancer evaluate_lm2d: steps against quality and time, and whether words matter."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ur3_dancer.dance.checkpoint import Checkpoint
    from ur3_dancer.dance.lm2d.diffusion import Consistency
    from ur3_dancer.learning.lm2d.evaluation import Stage

HELP = "compare an LM2D student with its teacher on songs that neither has learnt from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "student",
        nargs="?",
        type=Path,
        default=Path("out/checkpoints/lm2d"),
        help="folder of the student (default: %(default)s)",
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        default=Path("out/checkpoints/lm2d-teacher"),
        help="folder of the teacher (default: %(default)s)",
    )
    parser.add_argument(
        "--music-only",
        type=Path,
        metavar="FOLDER",
        help="a teacher trained without lyrics, to stand beside: config/train/lm2d-music.yaml",
    )
    parser.add_argument(
        "--data", default="out/lm2d/set", help="folder of the prepared set (default: %(default)s)"
    )
    parser.add_argument(
        "--part",
        choices=("test", "val"),
        default="test",
        help="of the set; val is for choosing settings, test for what is reported "
        "(default: %(default)s)",
    )
    parser.add_argument("--songs", type=int, default=24, help="of the part (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=int, default=30, help="of each song (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=int, default=1, help="of the noise, for each row (default: %(default)s)"
    )
    parser.add_argument(
        "--guidance",
        nargs=2,
        type=float,
        metavar=("MUSIC", "LYRICS"),
        help="of the teacher (default: as the student was distilled)",
    )
    parser.add_argument(
        "--seams",
        type=float,
        default=10.0,
        metavar="MINUTES",
        help="of dancing with an arm, to compare jerk at seams and between; 0 leaves it out "
        "(default: %(default)g)",
    )
    parser.add_argument("--plot", type=Path, help="PNG that gets steps against quality and time")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print a table in Markdown."""
    from ur3_dancer.errors import ConfigError

    for name in ("songs", "seconds", "seeds"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
    if not 0.0 <= args.seams <= 600.0:
        raise ConfigError(f"--seams is {args.seams:g}: give 0 to 600 minutes")

    from functools import partial

    import torch
    from tqdm import tqdm

    from ur3_dancer.dance.lm2d.load import (
        check_music_only,
        check_pair,
        load_student,
        load_teacher,
    )
    from ur3_dancer.learning.lm2d.evaluation import evaluate
    from ur3_dancer.learning.lm2d.steps_report import comparison, draw, table

    torch.set_num_threads(1)
    teacher_checkpoint, teacher = load_teacher(args.teacher)
    checkpoint, student = load_student(args.student)
    check_pair(teacher_checkpoint, checkpoint)
    music_only = None
    if args.music_only:
        alone_checkpoint, music_only = load_teacher(args.music_only)
        check_music_only(teacher_checkpoint, alone_checkpoint)
    stage = _stage(args, checkpoint, student)
    rows = evaluate(stage, student, teacher, music_only, args.seeds, partial(tqdm, leave=False))
    print(f"{_what_was_danced(stage, checkpoint, args.part)}\n\n{table(rows)}\n")
    print("\n".join(comparison(rows)))
    if args.seams > 0:
        print(_seams(args.student, stage.songs, args.seams))
    if args.plot:
        draw(rows, args.plot)
        print(args.plot)
    return 0


def _stage(args: argparse.Namespace, checkpoint: "Checkpoint", student: "Consistency") -> "Stage":
    """Return songs, judge and guidance of the teacher, by which all are measured."""
    import numpy as np

    from ur3_dancer.dance.lm2d.samplers import Guidance
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.lm2d.danced_songs import danced_songs, open_set
    from ur3_dancer.learning.lm2d.evaluation import Stage
    from ur3_dancer.learning.lm2d.examples import Examples, ExampleSettings
    from ur3_dancer.learning.lm2d.figures import Figures
    from ur3_dancer.learning.lm2d.full_song import most_frames
    from ur3_dancer.learning.lm2d.semantic import lines_and_moves, train_dual_encoder
    from ur3_dancer.learning.lm2d.student import guidance_of
    from ur3_dancer.music.spec import feature_spec

    guidance = Guidance(*args.guidance) if args.guidance else guidance_of(checkpoint)
    prepared, encoder = open_set(args.data), checkpoint.model["lyrics_encoder"]
    if not encoder:
        raise ConfigError(f"student {args.student} reads no lyrics: there is nothing to match")
    listed = prepared.split("crossmodal", args.part)[: args.songs]
    if not listed:
        raise ConfigError(f"set {args.data} has no {args.part} songs: give a larger set")
    learnt = danced_songs(prepared, prepared.split("crossmodal", "train"), encoder)
    songs = danced_songs(prepared, listed, encoder)
    judge = train_dual_encoder(*lines_and_moves(learnt, [s.body for s in learnt], 0), seed=11)
    figures = Figures.of(student.network, student.levels.sigma_data)
    config, music = student.network.config, feature_spec(checkpoint.spec.features)
    examples = Examples(songs, config, music, checkpoint.normalizer, figures, ExampleSettings(), 0)
    if examples.song_count != len(songs):
        raise ConfigError(f"some {args.part} songs of {args.data} are shorter than one example")
    frames = min(round(args.seconds * music.rate_hz), most_frames(songs, examples, config))
    beats_s = [np.asarray(song.beats_s) for song in listed]
    return Stage(songs, beats_s, examples, frames, judge, guidance, prepared.manifest["label"])


def _what_was_danced(stage: "Stage", checkpoint: "Checkpoint", part: str) -> str:
    from ur3_dancer.learning.lm2d.steps_report import dances_note

    seconds = stage.frames / checkpoint.spec.rate_hz
    return (
        f"{len(stage.songs)} {stage.label} {part} songs, {seconds:g} s of each; foot metrics are "
        f"left out: the arm has none. Guidance of the teacher: music {stage.guidance.music:g}, "
        f"lyrics {stage.guidance.lyrics:g}\n{dances_note(stage.dance_count)}"
    )


def _seams(student: Path, songs: Sequence, minutes: float) -> str:
    """Let the student dance with an arm to the songs, over and over; say how smooth seams are."""
    import numpy as np

    from ur3_dancer.dance.catalog import load_policy
    from ur3_dancer.learning.lm2d.seams import measure_seams
    from ur3_dancer.motion.arm_config import load_arm_config

    arm = load_arm_config("ur3")
    policy = load_policy(student, arm)
    policy.warm_up()
    frames, wanted = np.concatenate([s.features for s in songs]), minutes * 60 * policy.spec.rate_hz
    frames = np.tile(frames, (int(np.ceil(wanted / len(frames))), 1))[: int(wanted)]
    seams = measure_seams(policy, arm, frames)
    near, interior = seams.jerk_rad_s3
    return (
        f"seams: jerk {near:.1f} rad/s³ at {seams.count} seams, {interior:.1f} between, ratio "
        f"{seams.ratio:.2f}, over {seams.minutes:g} minutes with a {arm.model}"
    )
