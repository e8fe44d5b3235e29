"""ur3-dancer replay: a recorded performance again."""

import argparse
import sys
from pathlib import Path

from ur3_dancer.cli.play_on_arm import add_play_arguments, check_play_arguments, play_on_arm

HELP = "run inference again on a recording and compare, or play its motion on an arm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE.mcap", help="what record made")
    parser.add_argument("--model", help="that answers again; without it the one that danced")
    parser.add_argument("--arm", default="ur3", help="arm model or file (default: %(default)s)")
    add_play_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Replay; 1 where the chunks differ."""
    check_play_arguments(args)
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.stage.recording.performance import read_performance
    from ur3_dancer.stage.recording.replaying import motion

    arm = load_arm_config(args.arm)
    performance = read_performance(args.file)
    if performance.cut:
        print(
            f"note: {args.file} was cut short: {performance.cut}; {performance.messages} messages "
            "were saved",
            file=sys.stderr,
        )
    if args.play is not None:
        return play_on_arm(args, motion(performance, arm), arm)
    return _compare(args, performance, arm)


def _compare(args: argparse.Namespace, performance, arm) -> int:
    from ur3_dancer.dance.catalog import load_policy
    from ur3_dancer.dance.resting import Resting
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.stage.recording.replaying import EQUAL_RAD, compare

    model = args.model or performance.model
    if not model:
        raise ConfigError(f"{args.file} does not say which model danced: give --model")
    result = compare(performance, Resting(load_policy(model, arm), arm.home_rad))
    print(
        f"{model}: {result.compared} chunks compared, {result.without_window} without their "
        f"window; greatest difference {result.worst_rad:.2g} rad, RMS {result.rms_rad:.2g} rad"
    )
    if result.differ_from_s is None:
        print(f"the same, within {EQUAL_RAD:g} rad")
        return 0
    print(f"they differ from {result.differ_from_s:.2f} s after the first chunk on")
    return 1
