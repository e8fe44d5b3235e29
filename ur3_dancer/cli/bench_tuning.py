"""The tuning bench: what gain, look-ahead, horizon and amplitude do to a dance."""

import argparse
from pathlib import Path

_LEAST_S = 8.0


def add_tuning_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommand's arguments."""
    parser.add_argument("--seconds", type=float, default=16.0, help="of the built-in track")
    parser.add_argument("--model", default="groove", help="what dances (default: %(default)s)")
    parser.add_argument("--arm", default="ur3", help="arm model or file (default: %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it: PNG, SVG or PDF")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def measure_tuning(args: argparse.Namespace) -> dict:
    """Measure, and draw where asked; the keys are those of `robot/measure_tuning.py`."""
    from ur3_dancer.dance.catalog import load_policy
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.music.block import Block
    from ur3_dancer.music.listener import Listener
    from ur3_dancer.music.spec import feature_spec
    from ur3_dancer.music.track import built_in_track
    from ur3_dancer.robot.measure_tuning import measure_tuning as measure

    if not args.seconds >= _LEAST_S:
        raise ConfigError(f"--seconds is {args.seconds:g}: give {_LEAST_S:g} or more")
    arm = load_arm_config(args.arm)
    policy = load_policy(args.model, arm)
    policy.warm_up()
    song = built_in_track()
    listener = Listener(feature_spec(policy.spec.features), policy.spec.window_frames, song.rate_hz)
    heard = Block(song.samples[: int(args.seconds * song.rate_hz)], 0.0)
    result = measure(policy, arm, listener.process(heard))
    if args.plot:
        from ur3_dancer.stage.tuning_plot import draw_tuning

        draw_tuning(result, args.plot)
    return {"model": args.model, "arm": args.arm, "seconds": args.seconds, **result}


def print_tuning(result: dict) -> None:
    """Print three tables."""
    servo, horizon, amplitude = result["servo"], result["horizon"], result["amplitude"]
    print("delay, ms        look-ahead s " + _row(servo["lookahead_s"], "8.2f"))
    for gain, delay_ms in zip(servo["gain"], servo["delay_ms"], strict=True):
        print(f"  gain {gain:6g}                  " + _row(delay_ms, "8.1f"))
    print("worst error, rad    lost, s   " + _row(horizon["outage_s"], "8.2f"))
    for H, error_rad in horizon["worst_error_rad"].items():
        print(f"  {H:>2} poses left               " + _row(error_rad, "8.3f"))
    print("amplitude                     " + _row(amplitude["share"], "8.2f"))
    print("  mean joint speed, rad/s     " + _row(amplitude["energy_rad_s"], "8.3f"))
    print("  acceleration used, 99 %     " + _row(amplitude["acceleration_share"], "8.2f"))


def _row(values: list[float], form: str) -> str:
    return "".join(format(value, form) for value in values)
