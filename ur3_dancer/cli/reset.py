"""Release a latched stop or fault, by a person."""

import argparse

from ur3_dancer.cli.driver_word import add_driver_arguments, say

HELP = "release a stop or fault after a look at the arm; nothing moves"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_driver_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say it."""
    return say("reset", args)
