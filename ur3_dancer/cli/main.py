"""The ur3-dancer command: finds the verb, runs it, and turns errors into one line each."""

import argparse
import importlib
import sys

from ur3_dancer import __version__
from ur3_dancer.errors import DancerError

VERBS = (
    "live",
    "show",
    "cue",
    "start",
    "stop",
    "reset",
    "home",
    "view",
    "doctor",
    "devices",
    "generate",
    "prepare",
    "train",
    "distill",
    "evaluate",
    "evaluate_lm2d",
    "ablate",
    "calibrate",
    "bench",
    "controller",
    "picture",
    "rehearse",
    "record",
    "replay",
)
"""Modules of this package. Each has HELP, add_arguments(parser) and run(args) -> exit status, and
imports what is heavy only when it runs."""

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every verb's arguments."""
    parser = argparse.ArgumentParser(
        prog="ur3-dancer", description="A Universal Robots UR3 dances to the music it hears."
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in VERBS:
        module = importlib.import_module(f"ur3_dancer.cli.{name}")
        verb = verbs.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run a verb and return the exit status; an expected error is one line, never a trace."""
    args = build_parser().parse_args(argv)
    try:
        return args.run(args)
    except DancerError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
