"""ur3-dancer cue: let the music begin."""

import argparse

HELP = "let the music begin that waits for its cue"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--namespace", default="/", help="ROS namespace of the nodes")
    parser.add_argument(
        "--timeout", type=float, default=5.0, help="s to look for the node (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Call the microphone node's ~/cue."""
    from ur3_dancer.nodes.trigger import say

    print(say("microphone", "cue", args.namespace, find_s=args.timeout))
    return 0
