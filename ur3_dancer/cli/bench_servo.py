"""The servo bench: does the control loop keep its rate, and how smooth is what it sends?"""

import argparse
import os
import sys

from ur3_dancer.dance.default import DEFAULT_MODEL

MODELS = {"hz_125": "ur3", "hz_500": "ur3e"}
_SONG_S = 10.0
_BY_RULE = "groove"


def add_servo_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommand's arguments."""
    parser.add_argument("--seconds", type=float, default=6.0, help="dance of each measurement")
    parser.add_argument(
        "--model",
        help="what infers beside the loop; without it the default, or groove where that fails",
    )
    parser.add_argument(
        "--realtime-priority", type=int, default=20, help="of the driver, 1 to 99; 0 for none"
    )
    parser.add_argument("--only", choices=tuple(MODELS), help="one control rate instead of both")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def measure(args: argparse.Namespace) -> dict:
    """Measure; the keys of the result are stated in docs/ur3.md."""
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.nodes.measure_servo import measure_servo

    if not args.seconds > 0:
        raise ConfigError(f"--seconds is {args.seconds:g}: give a number of seconds above 0")
    if not 0 <= args.realtime_priority <= 99:
        raise ConfigError(f"--realtime-priority is {args.realtime_priority}: give 0 to 99")
    policy = _policy_name(args.model)
    windows, tracking = _hear_and_track(policy)
    driver = {"realtime_priority": args.realtime_priority}
    result: dict = {
        "inference_model": policy,
        "seconds": args.seconds,
        "processors": len(os.sched_getaffinity(0)),
        "realtime_priority": args.realtime_priority,
    }
    for key, arm in MODELS.items():
        if args.only in (None, key):
            result[key] = {
                "alone": measure_servo(arm, args.seconds, driver_parameters=driver),
                "beside_inference": measure_servo(
                    arm, args.seconds, windows=windows, policy=policy, driver_parameters=driver
                ),
            }
    result["tracking_500_hz"] = tracking
    return result


def print_servo(result: dict) -> None:
    """Print two tables."""
    print(f"inference: {result['inference_model']}, {result['processors']} processors")
    print("                          period error ms         missed      CPU      CPU")
    print("                       p50      p99      max               driver  controller")
    for key in (key for key in MODELS if key in result):
        for load, figures in result[key].items():
            error = figures["period_error_ms"]
            print(
                f"{key:8}{load:18}{error['p50']:6.3f}  {error['p99']:7.3f}  {error['max']:7.2f}"
                f"  {figures['missed_share']:8.3%}  {figures['cpu_driver']:6.1%}"
                f"  {figures['cpu_controller']:6.1%}"
            )
    print("60 Hz chunks as a 500 Hz stream:  max jerk rad/s3   lag ms   RMS rad   without lag")
    for way, figures in result["tracking_500_hz"].items():
        print(
            f"  {way:32}{figures['max_jerk_rad_s3']:13.3g}  {figures['lag_ms']:8.1f}"
            f"  {figures['rms_rad']:8.4f}  {figures['rms_aligned_rad']:10.4f}"
        )


def _policy_name(wanted: str | None) -> str:
    """Return the wanted policy, or the shipped one, or the rule-based one when that fails."""
    from ur3_dancer.dance.catalog import policy_spec
    from ur3_dancer.errors import DancerError

    if wanted is not None:
        policy_spec(wanted)
        return wanted
    try:
        policy_spec(DEFAULT_MODEL)
    except DancerError as error:
        print(f"note: {error}; measuring beside {_BY_RULE}", file=sys.stderr)
        return _BY_RULE
    return DEFAULT_MODEL


def _hear_and_track(policy_name: str) -> tuple[list, dict]:
    """Return windows of the built-in track for a policy, and how a dance by rule to it tracks.

    The dance is by rule because such chunks agree with each other: what differs between the ways
    to play them is then the way, not the plan.
    """
    from ur3_dancer.dance.catalog import load_policy, policy_spec
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.motion.measure_tracking import measure_tracking
    from ur3_dancer.music.block import Block
    from ur3_dancer.music.listener import Listener
    from ur3_dancer.music.spec import feature_spec
    from ur3_dancer.music.track import built_in_track

    arm = load_arm_config("ur3")
    song = built_in_track()
    heard = Block(song.samples[: int(_SONG_S * song.rate_hz)], 0.0)

    def windows(name: str) -> list:
        spec = policy_spec(name)
        return Listener(feature_spec(spec.features), spec.window_frames, song.rate_hz).process(
            heard
        )

    dance = load_policy(_BY_RULE, arm)
    chunks = [dance.predict(window) for window in windows(_BY_RULE)]
    return windows(policy_name), measure_tracking(chunks, arm)
