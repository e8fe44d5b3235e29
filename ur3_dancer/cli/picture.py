"""Draw a recorded dance."""

import argparse
from pathlib import Path

HELP = "draw a dance that live --trajectory recorded: the arm's poses and its joints over time"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("trajectory", type=Path, help="NPZ file of live --trajectory")
    parser.add_argument("picture", type=Path, help="PNG, SVG or PDF file to write")
    parser.add_argument("--arm", default="ur3", help="ur3 or ur3e")
    parser.add_argument("--title", default="A UR3 dances", help="line above the picture")


def run(args: argparse.Namespace) -> int:
    """Draw and say where."""
    from ur3_dancer.stage.picture import draw

    draw(args.trajectory, args.picture, args.arm, args.title)
    print(args.picture)
    return 0
