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

    config = load_train_config(args.config)
    for name in ("workers", "threads", "processes"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
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
