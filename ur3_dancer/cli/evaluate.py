"""ur3-dancer evaluate: is a policy on the beat, beside its controls?"""

import argparse
from pathlib import Path

HELP = "let a policy dance to held-out songs and measure it beside its controls"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "model", nargs="?", default="mdlt-t", help="name or folder (default: %(default)s)"
    )
    parser.add_argument(
        "--songs", type=int, default=10, help="held-out generated songs (default: %(default)s)"
    )
    parser.add_argument(
        "--song-s", type=float, default=40.0, help="length of each in s (default: %(default)s)"
    )
    parser.add_argument(
        "--data-seed", type=int, default=1, help="seed of the data set (default: %(default)s)"
    )
    parser.add_argument(
        "--audio",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="audio files instead of generated songs; beats by librosa, from the whole file",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("out/data"),
        help="folder that keeps generated songs (default: %(default)s)",
    )
    parser.add_argument("--arm", default="ur3", help="arm model or file (default: %(default)s)")
    parser.add_argument(
        "--latency-ms",
        type=float,
        default=60.0,
        help="from sound to the pose that the arm plays then (default: %(default)s)",
    )
    parser.add_argument(
        "--alone", action="store_true", help="without groove and mean-pose beside the model"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that generate songs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print."""
    from ur3_dancer.dance.catalog import load_policy, policy_spec
    from ur3_dancer.errors import ConfigError
    from ur3_dancer.learning.train_config import DataSettings
    from ur3_dancer.motion.arm_config import load_arm_config

    for name in ("songs", "song_s", "workers"):
        if not getattr(args, name) > 0:
            option = name.replace("_", "-")
            raise ConfigError(f"--{option} is {getattr(args, name)}: must be above 0")
    if not 0.0 <= args.latency_ms < 500.0:
        raise ConfigError(f"--latency-ms is {args.latency_ms:g}: must be from 0 to 500")
    arm, spec = load_arm_config(args.arm), policy_spec(args.model)
    names = [args.model] if args.alone else dict.fromkeys([args.model, "groove", "mean-pose"])
    policies = [load_policy(name, arm) for name in names]

    import functools
    import json

    from tqdm import tqdm

    from ur3_dancer.learning.evaluation import evaluate, table
    from ur3_dancer.learning.generated import load_songs, song_seeds
    from ur3_dancer.learning.recorded import hear_file

    progress = functools.partial(tqdm, leave=False)
    if args.audio:
        songs = [hear_file(path, spec.features) for path in args.audio]
    else:
        settings = DataSettings(held_out_songs=args.songs, song_s=args.song_s, seed=args.data_seed)
        _, seeds = song_seeds(settings)
        songs = load_songs(seeds, settings, spec.features, args.data, args.workers, progress)
    scores = [
        evaluate(policy, arm, songs, latency_s=args.latency_ms / 1000, progress=progress)
        for policy in policies
    ]
    what = (
        ", ".join(map(str, args.audio)) if args.audio else f"{len(songs)} held-out generated songs"
    )
    if args.json:
        print(
            json.dumps({"songs": what, "scores": [score.to_dict() for score in scores]}, indent=2)
        )
    else:
        print(f"{what}; within 70 ms; shifted: the same motion against the song shifted\n")
        print(table(scores))
    return 0
