"""`python -m ur3_dancer.robot.controller`: run the embedded controller until SIGINT or SIGTERM."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from ur3_dancer.clock import SystemClock
from ur3_dancer.errors import DancerError
from ur3_dancer.robot.controller.model import model_named
from ur3_dancer.robot.controller.referee import RefereeLimits
from ur3_dancer.robot.controller.server import Server

_NICENESS = -15


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ur3_dancer.robot.controller",
        description="A simulated UR3 controller that RTDE clients accept. It prints READY when all "
        "its ports listen and ends on SIGINT or SIGTERM.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default %(default)s)")
    parser.add_argument("--model", default="ur3", help="ur3 (125 Hz) or ur3e (500 Hz)")
    parser.add_argument("--report", type=Path, help="the referee writes its counts here, as JSON")
    parser.add_argument(
        "--limits",
        type=Path,
        help="JSON file with what the referee judges by: lower, upper, velocity, acceleration and "
        "jerk, six numbers each; what is missing is the UR3's own",
    )
    parser.add_argument(
        "--exit-with-parent",
        type=int,
        nargs="?",
        const=0,
        metavar="PID",
        help="end when the process that started this one ends",
    )
    parser.add_argument("--verbose", action="store_true", help="log what programs say, too")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the controller; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    _prefer_this_process()
    # Seldom does a program compile beside the control cycle; then turns should be short.
    sys.setswitchinterval(0.0005)
    parent = options.exit_with_parent
    try:
        model = model_named(options.model)
        limits = RefereeLimits.from_file(options.limits) if options.limits else RefereeLimits()
        server = Server(
            options.host,
            model,
            limits,
            options.report,
            SystemClock(),
            os.getppid() if parent == 0 else parent,
        )
    except DancerError as error:
        print(error, file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    print(f"READY {options.host} {model.key}", flush=True)
    server.run()
    return 0


def _prefer_this_process() -> None:
    """Run before other programs where that is allowed: a real controller shares with none.

    Rejected: a real-time priority. Bytes that anybody may send to its ports are worked on here, and
    must not keep a machine from its other work.
    """
    try:
        os.nice(_NICENESS)
    except PermissionError as error:
        logging.getLogger(__name__).info("no higher priority (%s): other load may delay it", error)


if __name__ == "__main__":
    sys.exit(main())
