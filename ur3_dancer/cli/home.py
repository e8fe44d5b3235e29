"""Send a running arm home."""

import argparse

from ur3_dancer.cli.driver_word import add_driver_arguments, say

HELP = "move a running arm slowly to its home pose and hold it there"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_driver_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say it."""
    return say("home", args)
