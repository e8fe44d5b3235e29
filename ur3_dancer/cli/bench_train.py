"""The training bench: steps a second, beside a straightforward loop over samples."""

import argparse
from pathlib import Path


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommand's arguments."""
    parser.add_argument(
        "configs",
        type=Path,
        nargs="*",
        help="training configurations (default: the shipped mdlt-t and the paper's)",
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each way is measured")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def measure_train(args: argparse.Namespace) -> dict:
    """Measure each configuration; keys are the names of their models."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.train_config import load_train_config
    from ur3_dancer.resources import find

    if not args.seconds > 0:
        raise ConfigError(f"--seconds is {args.seconds:g}: give a number of seconds above 0")
    shipped = [find(f"config/train/{name}.yaml") for name in ("mdlt-t", "mdlt-t-paper")]
    configs = [load_train_config(path) for path in args.configs or shipped]

    from ur3_dancer.learning.measure_training import measure_training

    return {config.name: measure_training(config, args.seconds) for config in configs}


def print_train(result: dict) -> None:
    """Print two tables."""
    for name, figures in result.items():
        print(
            f"{name}: {figures['parameters']:,} parameters, batch {figures['batch']}, "
            f"K {figures['window_frames']}, H {figures['horizon']}; steps a second of one core"
        )
        for part, ways in (("with the network", "whole"), ("sampling alone", "sampling")):
            rates = figures[ways]
            line = [f"all at once {rates['batch_steps_s']:8.2f}"]
            for way, label in (("stacked", "stacked"), ("one_by_one", "one by one")):
                if f"{way}_steps_s" in rates:
                    line.append(
                        f"{label} {rates[f'{way}_steps_s']:8.2f} "
                        f"({rates[f'quicker_than_{way}']:.1f} times slower)"
                    )
            print(f"  {part:17}" + "   ".join(line))
