"""What the verbs that play a trajectory on an arm have in common."""

import argparse
import sys
from typing import TYPE_CHECKING

from ur3_dancer.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from ur3_dancer.clock import Clock
    from ur3_dancer.motion.arm_config import ArmConfig
    from ur3_dancer.stage.playing import Song
    from ur3_dancer.stage.rehearsal.trajectory_file import Trajectory

_YES = "dance"
_PRIORITY = 20  # as `live` asks for


def add_play_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the arm is and what it is allowed."""
    parser.add_argument(
        "--play",
        metavar="ARM",
        help="then play it on an arm: embedded (simulated), ursim, or a robot's address",
    )
    parser.add_argument(
        "--allow-motion",
        action="store_true",
        help="a robot at an address may move: the space is clear, the emergency stop in hand",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before a robot moves")
    parser.add_argument(
        "--controller-host",
        default="127.0.0.1",
        help="loopback address of the embedded controller (default: %(default)s)",
    )
    parser.add_argument("--no-sound", action="store_true", help="play without the song")


def check_play_arguments(args: argparse.Namespace) -> None:
    """Refuse what could only fail later.

    Raises:
        ConfigError: options of --play without it, or an address that may not move.
    """
    if args.play is None:
        if args.allow_motion or args.yes or args.no_sound:
            raise ConfigError(
                "--allow-motion, --yes and --no-sound belong to --play ARM: say where to play"
            )
        return
    if _is_address(args.play) and not args.allow_motion:
        raise ConfigError(
            f"--play {args.play} is a real robot and --allow-motion is not given: clear the space, "
            "take the emergency stop in hand, lower the speed slider, then add --allow-motion"
        )


def play_on_arm(
    args: argparse.Namespace,
    trajectory: "Trajectory",
    arm: "ArmConfig",
    samples: "np.ndarray | None" = None,
    rate_hz: int = 0,
) -> int:
    """Play a trajectory on the arm of `args.play`; 0 when it was danced to its end.

    Args:
        args: of the verb.
        trajectory: what to play.
        arm: configuration of the arm.
        samples: (n,) float32 of its song, or None.
        rate_hz: of the samples.
    """
    from ur3_dancer.clock import SystemClock
    from ur3_dancer.robot.driver import Driver
    from ur3_dancer.robot.driver_settings import DriverSettings
    from ur3_dancer.robot.places import ADDRESS, Place
    from ur3_dancer.stage.playing import play

    check_play_arguments(args)
    _confirm(args)
    clock = SystemClock()
    song = None if args.no_sound else _song(samples, rate_hz, clock)
    place = Place(
        args.play,
        arm,
        clock,
        allow_motion=args.allow_motion,
        simulated_host=args.controller_host,
    )
    with place:
        driver = Driver(place.arm(), arm, clock, DriverSettings(realtime_priority=_PRIORITY))
        try:
            driver.connect()
            if place.kind == ADDRESS:
                for refusal in driver.refused:
                    print(f"warning: {refusal}", file=sys.stderr)
            played = play(trajectory, arm, driver, clock, song, _say)
        finally:
            driver.close()
    for error in played.errors:
        print(f"error: {error}", file=sys.stderr)
    if played.rms_rad is not None:
        print(
            f"played: the joints were {played.rms_rad:.4f} rad from what was wanted (RMS; worst "
            f"{played.worst_rad:.3f}), {played.lag_ms:+.0f} ms behind"
        )
    return 2 if played.errors else 0


def _confirm(args: argparse.Namespace) -> None:
    """Let a person say that a real arm may move now."""
    if not _is_address(args.play) or args.yes:
        return
    print(
        f"The robot at {args.play} will go home and then dance. Nobody may be within its reach, "
        "and somebody holds the emergency stop."
    )
    try:
        answer = input(f"Type {_YES} to begin: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != _YES:
        raise ConfigError(f"not begun: {_YES} was not typed; --yes does not ask")


def _song(samples: "np.ndarray | None", rate_hz: int, clock: "Clock") -> "Song | None":
    """Return the song on the default loudspeaker, or None with a word why not."""
    if samples is None:
        return None
    from ur3_dancer.errors import AudioError
    from ur3_dancer.music.loudspeaker import Loudspeaker
    from ur3_dancer.music.resample import Resampler
    from ur3_dancer.stage.playing import Song

    try:
        speaker = Loudspeaker(clock=clock)
    except AudioError as error:
        print(f"note: without sound: {error}", file=sys.stderr)
        return None
    resampler = Resampler(rate_hz, speaker.rate_hz)
    resampled = resampler.process(samples)
    late = round(resampler.delay_s * speaker.rate_hz)  # what the filter adds before the song
    return Song(resampled[late:], speaker)


def _is_address(place: str) -> bool:
    return place.strip().lower() not in ("", "embedded", "ursim")


def _say(line: str) -> None:
    print(line, flush=True)
