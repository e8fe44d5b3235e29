"""ur3-dancer ablate: networks against windows, with seeds, on a named set."""

import argparse
from pathlib import Path

HELP = "train and evaluate networks with several windows and seeds, and print mean ± deviation"
_CONFIG = "config/train/ablate.yaml"
_STDOUT = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what",
        type=Path,
        metavar="CONFIG|SET",
        help=f"an ablation's YAML file such as {_CONFIG}, or the folder of a prepared set, on "
        "which that file's ablation is run",
    )
    parser.add_argument(
        "--split", help="of a prepared set: crossmodal, paper:INDEX, song or genre:NAME"
    )
    parser.add_argument(
        "--out",
        type=Path,
        help="folder that gets the cells (default: out/ablate/<name of the ablation or the set>)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("out/data"),
        help="folder that keeps generated songs (default: %(default)s)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="processes that generate songs (default: 2)"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads that train (default: 1)")
    parser.add_argument(
        "--json",
        nargs="?",
        type=Path,
        const=_STDOUT,
        metavar="FILE",
        help="write JSON to FILE; without FILE, print it instead of the table",
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write Markdown")


def run(args: argparse.Namespace) -> int:
    """Run what is not done yet, then print the whole table."""
    import functools
    import shlex
    import sys

    from ur3_dancer.errors import ConfigError

    for name in ("workers", "threads"):
        if getattr(args, name) < 1:
            raise ConfigError(f"--{name} is {getattr(args, name)}: give 1 or more")
    config, name = _config(args)

    from tqdm import tqdm

    from ur3_dancer.learning.ablation import Places, run_ablation
    from ur3_dancer.learning.tables import show

    folder = args.out or Path("out/ablate") / name
    report = run_ablation(
        config,
        Places(folder, args.data, args.workers, args.threads),
        say=functools.partial(print, file=sys.stderr),
        progress=functools.partial(tqdm, leave=False),
    )
    if args.json == _STDOUT:
        print(report.json())
    else:
        print("\n".join(report.facts), end="\n\n")
        show(report.tables)
        if args.json:
            report.write_json(args.json)
    if args.markdown:
        report.write_markdown(args.markdown, shlex.join(["ur3-dancer", *sys.argv[1:]]))
    return 0


def _config(args: argparse.Namespace):
    """Return the ablation and the name of its folder."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.ablation_config import load_ablation_config
    from ur3_dancer.resources import find

    if not args.what.is_dir():
        config = load_ablation_config(args.what)
        if args.split:
            raise ConfigError(
                "--split belongs to a prepared set: give its folder, or set train.data.protocol"
            )
        return config, config.name
    from ur3_dancer.learning.data.prepared import PreparedSet

    features = PreparedSet.open(args.what).manifest["features"]
    config = load_ablation_config(find(_CONFIG))
    return config.on_set(args.what, features, args.split), args.what.resolve().name
