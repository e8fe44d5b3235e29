"""Run the embedded UR3 controller by itself, for any RTDE client."""

import argparse

HELP = "run the embedded UR3 controller for any RTDE client (ur-rtde, a driver under test)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the controller's own arguments."""
    from ur3_dancer.robot.controller.arguments import add_arguments as add_controller_arguments

    add_controller_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    from ur3_dancer.robot.controller.__main__ import serve

    return serve(args)
