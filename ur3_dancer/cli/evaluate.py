"""ur3-dancer evaluate: how well does a model dance, beside its controls?"""

import argparse
from pathlib import Path

from ur3_dancer.dance.default import DEFAULT_MODEL

HELP = "let a model dance to songs that it has not learnt and measure it beside its controls"
_BESIDE = ("groove", "mean-pose")
_STDOUT = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "model", nargs="?", default=DEFAULT_MODEL, help="name or folder (default: %(default)s)"
    )
    parser.add_argument(
        "prepared",
        nargs="?",
        type=Path,
        metavar="DATA",
        help="folder of a set that `ur3-dancer prepare` wrote: evaluate on its test part, in the "
        "pose space of the model; without it, on songs with known beats, as the live arm would do",
    )
    parser.add_argument(
        "--beside",
        nargs="+",
        default=[],
        metavar="MODEL",
        help="further models, in the same tables",
    )
    parser.add_argument(
        "--alone", action="store_true", help="without groove and mean-pose beside the model"
    )
    parser.add_argument("--arm", default="ur3", help="arm model or file (default: %(default)s)")
    of_set = parser.add_argument_group("on a prepared set")
    of_set.add_argument(
        "--split",
        help="crossmodal, paper:INDEX, song or genre:NAME (default: the one that the model was "
        "trained by, else song)",
    )
    of_set.add_argument(
        "--most-songs", type=int, metavar="N", help="only N songs, evenly spread over the test part"
    )
    of_songs = parser.add_argument_group("on songs")
    of_songs.add_argument(
        "--songs", type=int, default=10, help="held-out generated songs (default: %(default)s)"
    )
    of_songs.add_argument(
        "--song-s", type=float, default=40.0, help="length of each in s (default: %(default)s)"
    )
    of_songs.add_argument(
        "--data-seed", type=int, default=1, help="seed of the data set (default: %(default)s)"
    )
    of_songs.add_argument(
        "--room",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of the generated songs that is heard in a room, 0 to 1; the others as from a "
        "cable (default: %(default)s)",
    )
    of_songs.add_argument(
        "--varied",
        action="store_true",
        help="songs as `generate` makes them up: sections, swing, 4/4 and 3/4, bands, rooms",
    )
    of_songs.add_argument(
        "--audio",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="audio files instead of generated songs; beats by librosa, from the whole file",
    )
    of_songs.add_argument(
        "--beats",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="of --audio, one for each and in the same order: the time of a beat in seconds first "
        "on each line, as data sets and Audacity's labels have it",
    )
    of_songs.add_argument(
        "--data",
        type=Path,
        default=Path("out/data"),
        help="folder that keeps generated songs (default: %(default)s)",
    )
    of_songs.add_argument(
        "--latency-ms",
        type=float,
        default=60.0,
        help="from sound to the pose that the arm plays then (default: %(default)s)",
    )
    of_songs.add_argument("--workers", type=int, default=2, help="processes that generate songs")
    output = parser.add_argument_group("output")
    output.add_argument(
        "--json",
        nargs="?",
        type=Path,
        const=_STDOUT,
        metavar="FILE",
        help="write JSON to FILE; without FILE, print it instead of tables",
    )
    output.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write Markdown, with pictures beside"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate, print, and write what was asked for."""
    _check(args)
    report = _on_set(args) if args.prepared else _on_songs(args)
    if args.json == _STDOUT:
        print(report.json())
    else:
        from ur3_dancer.learning.tables import show

        print("\n".join(report.facts), end="\n\n")
        show(report.tables)
        if args.json:
            report.write_json(args.json)
    if args.markdown:
        report.write_markdown(args.markdown, _command())
    return 0


def _check(args: argparse.Namespace) -> None:
    from ur3_dancer.errors import ConfigError

    for name in ("songs", "song_s", "workers", "most_songs"):
        value = getattr(args, name)
        if value is not None and not value > 0:
            raise ConfigError(f"--{name.replace('_', '-')} is {value}: must be above 0")
    if not 0.0 <= args.latency_ms < 500.0:
        raise ConfigError(f"--latency-ms is {args.latency_ms:g}: must be from 0 to 500")
    if not 0.0 <= args.room <= 1.0:
        raise ConfigError(f"--room is {args.room:g}: must be a share from 0 to 1")
    if args.varied and args.room:
        raise ConfigError(
            f"--room is {args.room:g} with --varied: varied songs have rooms of their own; leave "
            "--room out"
        )
    if args.prepared and args.audio:
        raise ConfigError(f"both {args.prepared} and --audio given: choose one")
    if args.beats and len(args.beats) != len(args.audio or []):
        raise ConfigError(
            f"{len(args.beats)} files of --beats for {len(args.audio or [])} of --audio: give one "
            "for each"
        )
    if not args.prepared and (args.split or args.most_songs):
        raise ConfigError(
            "--split and --most-songs belong to a prepared set: name its folder after the model"
        )


def _on_songs(args: argparse.Namespace):
    import functools

    from tqdm import tqdm

    from ur3_dancer.dance.catalog import load_policy
    from ur3_dancer.learning.song_report import report_on_songs
    from ur3_dancer.motion.arm_config import load_arm_config

    arm = load_arm_config(args.arm)
    names = dict.fromkeys([args.model, *args.beside, *(() if args.alone else _BESIDE)])
    policies = [load_policy(name, arm) for name in names]
    progress = functools.partial(tqdm, leave=False)
    what, songs_for = _songs(args, progress)
    return report_on_songs(policies, arm, songs_for, what, args.latency_ms / 1000, progress)


def _songs(args: argparse.Namespace, progress):
    """Return the songs in words, and what gives them as a feature set hears them."""
    from ur3_dancer.learning.generated import load_songs, song_seeds
    from ur3_dancer.learning.recorded import hear_file
    from ur3_dancer.learning.train_config import DataSettings

    if args.audio:
        what = ", ".join(path.name for path in args.audio)
        files = list(zip(args.audio, args.beats or [None] * len(args.audio), strict=True))
        return what, lambda features: [hear_file(path, features, beats) for path, beats in files]
    settings = DataSettings(
        held_out_songs=args.songs,
        song_s=args.song_s,
        seed=args.data_seed,
        room=args.room,
        varied=float(args.varied),
    )
    _, seeds = song_seeds(settings)
    heard = f", {100 * args.room:g} % of them in a room" if args.room else ""
    kind = "varied generated" if args.varied else "generated"
    return f"{args.songs} held-out {kind} songs{heard}", lambda features: load_songs(
        seeds, settings, features, args.data, args.workers, progress
    )


def _on_set(args: argparse.Namespace):
    import functools

    from tqdm import tqdm

    from ur3_dancer.learning.data.prepared import PreparedSet
    from ur3_dancer.learning.own_space import load_in_own_space, trained_by
    from ur3_dancer.learning.set_report import report_on_set, run_on_set
    from ur3_dancer.motion.arm_config import load_arm_config

    prepared, arm = PreparedSet.open(args.prepared), load_arm_config(args.arm)
    names = [name for name in dict.fromkeys([args.model, *args.beside]) if name not in _BESIDE]
    short = [Path(name).name for name in names]
    labels = short if len(set(short)) == len(names) else names
    policies = {
        label: load_in_own_space(name, arm) for label, name in zip(labels, names, strict=True)
    }
    protocol = args.split or trained_by(args.model, prepared.manifest) or "song"
    learnt = {name: trained_by(name, prepared.manifest) for name in names}
    notes = [
        f"{name} was trained by split {split} of this set: it may have learnt songs of this test."
        for name, split in learnt.items()
        if split not in (None, protocol)
    ]
    run_of_set = run_on_set(
        policies,
        prepared,
        protocol,
        arm,
        with_groove=not args.alone or "groove" in (args.model, *args.beside),
        most_songs=args.most_songs,
        progress=functools.partial(tqdm, leave=False),
    )
    return report_on_set(run_of_set, prepared.manifest, protocol, tuple(notes))


def _command() -> str:
    import shlex
    import sys

    return shlex.join(["ur3-dancer", *sys.argv[1:]])
