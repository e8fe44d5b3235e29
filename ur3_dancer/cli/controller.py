"""Run the embedded UR3 controller by itself, for any RTDE client."""

import argparse

HELP = "run the embedded UR3 controller for any RTDE client (ur-rtde, a driver under test)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments; the module behind it has the same."""
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--model", default="ur3", help="ur3 (125 Hz) or ur3e (500 Hz)")
    parser.add_argument("--report", help="the referee writes what it counted here, as JSON")
    parser.add_argument("--limits", help="JSON file with the limits that the referee judges by")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    from ur3_dancer.robot.controller.__main__ import main

    arguments = ["--host", args.host, "--model", args.model]
    for option in ("report", "limits"):
        if getattr(args, option):
            arguments += [f"--{option}", getattr(args, option)]
    return main(arguments)
