"""Stop a running arm, from any shell."""

import argparse

from ur3_dancer.cli.driver_word import add_driver_arguments, say

HELP = "bring a running arm to rest; it stays stopped until a reset"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_driver_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say it."""
    return say("stop", args)
