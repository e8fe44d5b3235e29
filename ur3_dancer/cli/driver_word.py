"""What the verbs that say one word to a running driver have in common."""

import argparse


def add_driver_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the driver is."""
    parser.add_argument("--namespace", default="/", help="ROS namespace of the driver")
    parser.add_argument(
        "--timeout", type=float, default=5.0, metavar="S", help="look for the driver this long"
    )


def say(word: str, args: argparse.Namespace) -> int:
    """Call the driver's service `word` and print its answer."""
    from ur3_dancer.errors import ConfigError

    if not args.timeout > 0:
        raise ConfigError(f"--timeout is {args.timeout:g}: give a number of seconds above 0")
    from ur3_dancer.nodes.trigger import say

    print(say("driver", word, args.namespace, find_s=args.timeout))
    return 0
