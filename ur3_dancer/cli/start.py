"""Start a waiting arm, from any shell."""

import argparse

from ur3_dancer.cli.driver_word import add_driver_arguments, say

HELP = "let a waiting driver go home, slowly, and then dance"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_driver_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say it."""
    return say("start", args)
