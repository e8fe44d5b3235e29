"""ur3-dancer distill: from an LM2D teacher of fifty steps to a student of one."""

import argparse
from pathlib import Path

HELP = "distil an LM2D teacher to a student that dances live in one step"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "config", type=Path, help="distillation, for instance config/train/lm2d-student.yaml"
    )
    parser.add_argument("--teacher", help="folder of the teacher instead of the configured one")
    parser.add_argument("--data", help="folder of the prepared set instead of the configured one")
    parser.add_argument(
        "--out",
        type=Path,
        help="folder that gets the checkpoint (default: out/checkpoints/<name of the model>)",
    )
    parser.add_argument(
        "--threads", type=int, default=1, help="threads of torch (default: %(default)s)"
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        help="processes that distil together (default: %(default)s)",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="begin again; without it a distillation that was begun in the folder goes on",
    )


def run(args: argparse.Namespace) -> int:
    """Distil, save, and say where and how long it took."""
    from dataclasses import replace

    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.lm2d.settings import StudentConfig, load_settings

    for name in ("threads", "processes"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
    config = load_settings(args.config, StudentConfig)
    if args.teacher:
        config = replace(config, teacher=args.teacher)
    if args.data:
        config = replace(config, data=replace(config.data, prepared=args.data))
    folder = args.out or Path("out/checkpoints") / config.name

    from ur3_dancer.learning.lm2d.train import LoopOptions, distil

    checkpoint = distil(config, folder, LoopOptions(args.processes, args.threads, args.fresh))
    record = checkpoint.training
    print(
        f"{config.name}: {config.student.recipe}, {record['parameters']:,} parameters, "
        f"{config.loop.steps} steps on {record['songs']} {record['data']} songs, "
        f"{record['this_run_s']:.0f} s now\n"
        f"checkpoint in {folder}; how it compares: ur3-dancer evaluate_lm2d {folder}"
    )
    return 0
