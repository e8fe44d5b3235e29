"""Measure what hearing costs, how well beats are heard, and how well the arm's loop keeps time."""

import argparse
import json
import os

from ur3_dancer.cli.bench_inference import (
    add_inference_arguments,
    measure_inference,
    print_inference,
)
from ur3_dancer.cli.bench_servo import add_servo_arguments, measure, print_servo
from ur3_dancer.cli.bench_train import add_train_arguments, measure_train, print_train
from ur3_dancer.cli.bench_tuning import add_tuning_arguments, measure_tuning, print_tuning

HELP = "measure features, beats, microphone, memory and the servo loop on this machine"

_WITH_TABLES = {
    "servo": (measure, print_servo),
    "inference": (measure_inference, print_inference),
    "train": (measure_train, print_train),
    "tuning": (measure_tuning, print_tuning),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    features = what.add_parser("features", help="cost of a frame, beside librosa's (30 s)")
    features.add_argument("--seconds", type=float, default=20.0, help="how long to listen")
    features.add_argument(
        "--back-to-back", action="store_true", help="do not pace: quicker, and understates"
    )
    beats = what.add_parser("beats", help="beats on generated songs, beside librosa's (2 min)")
    beats.add_argument("--rounds", type=int, default=2, help="songs of each kind and style")
    beats.add_argument("--no-librosa", action="store_true", help="leave the comparison out")
    microphone = what.add_parser("microphone", help="latency and losses of a source (20 s)")
    microphone.add_argument("--audio", default="mic", help="mic, demo or a sound file")
    microphone.add_argument("--device", default="", help="input device by index or name")
    microphone.add_argument("--block-samples", type=int, default=192, help="samples in a block")
    microphone.add_argument("--seconds", type=float, default=20.0, help="how long to listen")
    microphone.add_argument(
        "--load", type=int, default=0, help="busy processes beside it for each processor"
    )
    memory = what.add_parser("memory", help="memory over an hour of sound, sped up (2 min)")
    memory.add_argument("--minutes", type=float, default=60.0, help="how much sound")
    add_servo_arguments(what.add_parser("servo", help="the arm's control loop (2 min)"))
    add_inference_arguments(what.add_parser("inference", help="a frame of each model (70 s)"))
    add_train_arguments(what.add_parser("train", help="steps a second of training (2 min)"))
    add_tuning_arguments(what.add_parser("tuning", help="what the knobs do, drawn (1 min)"))
    for each in (features, beats, microphone, memory):
        each.add_argument("--spec", default="mdlt60", help="feature set")
        each.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    if args.what in _WITH_TABLES:
        measure_it, print_it = _WITH_TABLES[args.what]
        result = measure_it(args)
        print(json.dumps(result, indent=2)) if args.json else print_it(result)
        return 0
    from ur3_dancer.music.spec import feature_spec

    spec = feature_spec(args.spec)
    if args.what == "features":
        from ur3_dancer.music.measure_features import measure_features

        result = measure_features(spec, args.seconds, paced=not args.back_to_back)
    elif args.what == "microphone":
        from ur3_dancer.music.measure_listening import busy, measure_listening
        from ur3_dancer.music.source import open_source

        source = open_source(args.audio, device=args.device, block_samples=args.block_samples)
        with busy(args.load * len(os.sched_getaffinity(0))):
            result = measure_listening(source, spec, args.seconds)
    elif args.what == "memory":
        from ur3_dancer.music.measure_listening import measure_memory

        result = measure_memory(spec, args.minutes)
    else:
        from ur3_dancer.music.measure_beats import measure_beats

        result = measure_beats(spec, args.rounds, with_librosa=not args.no_librosa)
    if args.json:
        print(json.dumps(result, indent=2))
        return 0
    for key, value in result.items():
        if key == "by_song":
            continue
        if isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()):
            for name, each in value.items():
                print(f"{key}.{name}: " + ", ".join(f"{k} {v}" for k, v in each.items()))
        else:
            print(f"{key}: {value}")
    return 0
