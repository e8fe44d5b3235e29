"""ur3-dancer train: from songs to a checkpoint."""

import argparse
from pathlib import Path

HELP = "train a model by a YAML file and save its checkpoint"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "config", type=Path, help="training configuration, for instance config/train/mdlt-t.yaml"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder that gets the checkpoint (default: out/checkpoints/<name of the model>)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("out/data"),
        help="folder that keeps the generated songs for the next run (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=2,
        help="processes that generate songs (default: %(default)s)",
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="threads of each process that trains; more help only on an idle machine "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        help="processes that train together, on a GPU each where there are some, each with the "
        "configured batch (default: %(default)s)",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="begin again; without it a training that was begun in the folder goes on",
    )


def run(args: argparse.Namespace) -> int:
    """Train, save, and say where and how long it took."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.train_config import load_train_config

    for name in ("workers", "threads", "processes"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
    if _is_lm2d(args.config):
        return _run_lm2d(args)
    config = load_train_config(args.config)
    folder = args.out or Path("out/checkpoints") / config.name

    from ur3_dancer.learning.train import train

    trained = train(
        config, folder, args.data, args.workers, args.threads, args.processes, args.fresh
    )
    record = trained.checkpoint.training
    print(
        f"{config.name}: {record['parameters']:,} parameters, {config.optimizer.steps} steps on "
        f"{record['songs']} {record['data']} songs; songs {trained.data_s:.0f} s, training "
        f"{record['training_s']:.0f} s in all\n"
        f"checkpoint in {folder}; hear how it does: ur3-dancer evaluate {folder}"
    )
    return 0


def _is_lm2d(path: Path) -> bool:
    """Return whether a file configures LM2D; what is wrong with a file is said by its reader."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and content.get("network") == "lm2d"


def _run_lm2d(args: argparse.Namespace) -> int:
    """Train an LM2D teacher; its file names the prepared set."""
    from ur3_dancer.learning.lm2d.settings import TeacherConfig, load_settings

    config = load_settings(args.config, TeacherConfig)
    folder = args.out or Path("out/checkpoints") / config.name

    from ur3_dancer.learning.lm2d.train import LoopOptions, train_teacher

    checkpoint = train_teacher(
        config, folder, LoopOptions(args.processes, args.threads, args.fresh)
    )
    record = checkpoint.training
    print(
        f"{config.name}: {record['parameters']:,} parameters, {config.loop.steps} steps on "
        f"{record['songs']} {record['data']} songs, {record['this_run_s']:.0f} s now\n"
        f"teacher in {folder}; distil it: ur3-dancer distill config/train/lm2d-cd.yaml"
    )
    return 0
