"""ur3-dancer record: keep every topic of a running performance."""

import argparse
import signal
from pathlib import Path

from ur3_dancer.errors import ConfigError

HELP = "keep all topics of a running performance in an MCAP file, for replay, rosbag2 and Foxglove"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.mcap", help="file to make; a new one"
    )
    parser.add_argument(
        "--audio-file",
        type=Path,
        metavar="FILE",
        help="sound file that is put into the recording at its end: the song, or what the "
        "microphone keeps by --set microphone.record=FILE",
    )
    parser.add_argument("--namespace", default="/", help="ROS namespace of the nodes")
    parser.add_argument("--duration", type=float, metavar="S", help="end after S seconds")


def run(args: argparse.Namespace) -> int:
    """Record until Ctrl-C or the time is up; 0 when everything was kept."""
    from ur3_dancer.clock import SystemClock

    if args.out.suffix != ".mcap":
        raise ConfigError(f"--out is {args.out}: name a file that ends in .mcap")
    if args.duration is not None and not args.duration > 0:
        raise ConfigError(f"--duration is {args.duration:g}: give a number of seconds above 0")
    try:
        import mcap  # noqa: F401 - what the file is written with
    except ImportError as error:
        raise ConfigError(f"no recording without {error.name}: pip install mcap") from error
    from ur3_dancer.nodes.recorder import record

    ended: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, frame: ended.append(received))
    clock = SystemClock()
    until_s = float("inf") if args.duration is None else clock.now_s() + args.duration
    print(f"recording to {args.out} (Ctrl-C ends)", flush=True)
    counts, failure = record(
        args.out,
        args.namespace,
        lambda: not ended and clock.now_s() < until_s,
        args.audio_file,
        _show,
    )
    if not counts:
        raise ConfigError(
            f"nothing was heard, so there is no {args.out}: is a performance running, in the "
            f"namespace {args.namespace} and this ROS_DOMAIN_ID?"
        )
    for topic, count in sorted(counts.items()):
        print(f"{count:8} {topic}")
    if failure:
        raise ConfigError(failure)
    print(args.out)
    return 0


def _show(counts: dict[str, int]) -> None:
    print(f"{sum(counts.values()):8} messages on {len(counts)} topics", flush=True)
