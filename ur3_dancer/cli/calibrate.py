"""ur3-dancer calibrate: measure what delays the stage has, so that the beat is met."""

import argparse
from contextlib import ExitStack
from pathlib import Path

HELP = "measure the arm's delay and the sound's, and keep them in a show file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    latency = what.add_parser(
        "latency",
        help="small moves of the arm, then clicks from the loudspeaker to the microphone (40 s)",
    )
    latency.add_argument(
        "--show", type=Path, metavar="FILE", help="show file (YAML) that gets the figures"
    )
    latency.add_argument(
        "--robot-ip", default="embedded", help="embedded, ursim, or a robot's address"
    )
    latency.add_argument("--arm", default="ur3", help="arm configuration: ur3, ur3e or a file")
    latency.add_argument(
        "--allow-motion",
        action="store_true",
        help="a physical arm may move: everybody is out of its reach",
    )
    latency.add_argument(
        "--controller-host", default="127.0.0.1", help="loopback address of a simulated controller"
    )
    latency.add_argument("--no-arm", action="store_true", help="measure the sound alone")
    latency.add_argument("--no-audio", action="store_true", help="measure the arm alone")
    latency.add_argument("--microphone", default="", help="input device: index or part of its name")
    latency.add_argument("--loudspeaker", default="", help="output device, the same")
    latency.add_argument(
        "--seconds", type=float, default=10.0, help="how long the arm moves (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print, and keep what was measured."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.stage import calibration, report

    if not 4.0 <= args.seconds <= 120.0:
        raise ConfigError(f"--seconds is {args.seconds:g}: give 4 to 120")
    if args.no_arm and args.no_audio:
        raise ConfigError("--no-arm and --no-audio leave nothing to measure: give one of them")
    if args.show:
        report.check_writable(args.show)
        if args.show.exists():
            calibration.read(args.show)
    arm_delay_s = None if args.no_arm else _measure_arm(args)
    audio_delay_s = None if args.no_audio else _measure_audio(args)
    measured = calibration.Calibration(arm_delay_s, audio_delay_s)
    if args.show:
        calibration.write(args.show, measured)
        print(f"kept in {args.show}: ur3-dancer live --calibration {args.show}")
    else:
        print("to use it: ur3-dancer live " + " ".join(f"--set {s}" for s in measured.settings()))
    return 0


def _measure_arm(args: argparse.Namespace) -> float:
    from ur3_dancer.clock import SystemClock
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.nodes.instance_lock import InstanceLock
    from ur3_dancer.robot.driver import Driver
    from ur3_dancer.robot.driver_settings import DriverSettings
    from ur3_dancer.robot.measure_arm_delay import SWING_RAD, measure_arm_delay
    from ur3_dancer.robot.places import Place

    arm_config, clock = load_arm_config(args.arm), SystemClock()
    with ExitStack() as stack:
        # While a performance runs the arm has its one writer already.
        stack.callback(InstanceLock("/driver").release)
        place = Place(
            args.robot_ip,
            arm_config,
            clock,
            allow_motion=args.allow_motion,
            simulated_host=args.controller_host,
        )
        place.start()
        stack.callback(place.stop)
        driver = Driver(place.arm(), arm_config, clock, DriverSettings(realtime_priority=20))
        driver.connect()
        stack.callback(driver.close)
        print(
            f"the arm goes home and then swings each joint by {SWING_RAD:g} rad for "
            f"{args.seconds:g} s (Ctrl-C stops it)",
            flush=True,
        )
        found = measure_arm_delay(driver, arm_config, clock, args.seconds)
    joints = ", ".join(f"{1000 * delay_s:.0f}" for delay_s in found.by_joint_s)
    print(
        f"arm delay {1000 * found.delay_s:.1f} ms (by joint {joints}; "
        f"{100 * found.fit:.1f} % of the motion explained)"
    )
    return round(found.delay_s, 4)


def _measure_audio(args: argparse.Namespace) -> float:
    from ur3_dancer.music.loudspeaker import Loudspeaker
    from ur3_dancer.music.measure_audio_path import measure_audio_path
    from ur3_dancer.music.microphone import Microphone

    microphone, loudspeaker = Microphone(args.microphone), Loudspeaker(args.loudspeaker)
    print(f"clicks from {loudspeaker.name} to {microphone.name}", flush=True)
    path = measure_audio_path(microphone, loudspeaker)
    print(
        f"audio delay {1000 * path.delay_s:.1f} ms (spread {1000 * path.spread_s:.1f} ms, "
        f"{path.heard} of {path.played} clicks heard)"
    )
    return round(path.delay_s, 4)
