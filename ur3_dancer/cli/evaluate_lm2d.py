"""ur3-dancer evaluate_lm2d: steps against quality and time, and whether words matter."""

import argparse
from pathlib import Path

HELP = "compare an LM2D student with its teacher on the test songs of a prepared set"


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
        "--data", default="out/lm2d/set", help="folder of the prepared set (default: %(default)s)"
    )
    parser.add_argument("--songs", type=int, default=24, help="test songs (default: %(default)s)")
    parser.add_argument(
        "--chunks", type=int, default=30, help="chunks in a row (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=int, default=1, help="of the student (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate and print a table in Markdown."""
    from ur3_dancer.errors import ConfigError

    for name in ("songs", "chunks", "seeds"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")

    import numpy as np
    import torch

    from ur3_dancer.dance.lm2d.load import check_pair, load_student, load_teacher
    from ur3_dancer.learning.lm2d.danced_songs import danced_songs, open_set
    from ur3_dancer.learning.lm2d.evaluation import Stage, evaluate, table
    from ur3_dancer.learning.lm2d.examples import Examples, ExampleSettings
    from ur3_dancer.learning.lm2d.figures import Figures
    from ur3_dancer.learning.lm2d.full_song import most_chunks
    from ur3_dancer.learning.lm2d.semantic import lines_and_moves, train_dual_encoder
    from ur3_dancer.music.spec import feature_spec

    torch.set_num_threads(1)
    teacher_checkpoint, teacher = load_teacher(args.teacher)
    checkpoint, student = load_student(args.student)
    check_pair(teacher_checkpoint, checkpoint)
    prepared, encoder = open_set(args.data), checkpoint.model["lyrics_encoder"]
    if not encoder:
        raise ConfigError(f"student {args.student} reads no lyrics: there is nothing to match")
    learnt = danced_songs(prepared, prepared.split("crossmodal", "train"), encoder)
    listed = prepared.split("crossmodal", "test")[: args.songs]
    songs = danced_songs(prepared, listed, encoder)
    judge = train_dual_encoder(*lines_and_moves(learnt, [s.body for s in learnt], 0), seed=11)
    figures = Figures.of(student.network, student.levels.sigma_data)
    config, music = student.network.config, feature_spec(checkpoint.spec.features)
    examples = Examples(songs, config, music, checkpoint.normalizer, figures, ExampleSettings(), 0)
    if examples.song_count != len(songs):
        raise ConfigError(f"some test songs of {args.data} are shorter than one example")
    chunks = min(args.chunks, most_chunks(songs, examples, config.chunk_frames))
    beats_s = [np.asarray(song.beats_s) for song in listed]
    rows = evaluate(Stage(songs, beats_s, examples, chunks, judge), student, teacher, args.seeds)
    print(
        f"{len(songs)} {prepared.manifest['label']} test songs, {chunks} chunks of "
        f"{config.chunk_frames / music.rate_hz:g} s each; foot metrics are left out: the arm has "
        f"none\n\n{table(rows)}"
    )
    return 0
