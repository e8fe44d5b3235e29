"""ur3-dancer train: from generated songs to a checkpoint."""

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
        help="threads that train; more help only on an idle machine (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, save, and say where and how long it took."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.train_config import load_train_config

    config = load_train_config(args.config)
    for name in ("workers", "threads"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
    folder = args.out or Path("out/checkpoints") / config.name

    from ur3_dancer.learning.train import train

    trained = train(config, folder, args.data, args.workers, args.threads)
    record = trained.checkpoint.training
    print(
        f"{config.name}: {record['parameters']:,} parameters, {config.optimizer.steps} steps on "
        f"{record['songs']} {record['data']} songs; songs {trained.data_s:.0f} s, "
        f"total {trained.total_s:.0f} s\n"
        f"checkpoint in {folder}; hear how it does: ur3-dancer evaluate {folder}"
    )
    return 0
