"""ur3-dancer prepare: from a data set to what trainings and evaluations read."""

import argparse
from pathlib import Path

HELP = "prepare a data set for training: features as heard live, arm angles, bodies, beats"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "source", help="aist, phantom-dance, dance-with-melody, just-lmd or generated"
    )
    parser.add_argument("folder", type=Path, help="as the set's owner lays it out: docs/data.md")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="folder that gets the prepared set; the same command goes on where it was interrupted",
    )
    parser.add_argument(
        "--features", default="mdlt60", help="mdlt60, mdlt30 or lm2d30 (default: %(default)s)"
    )
    parser.add_argument(
        "--side", default="right", help="arm that dances: right or left (default: %(default)s)"
    )
    parser.add_argument(
        "--angles",
        default="signed",
        help="signed, or paper for MDLT's own, whose second repeats its first (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=2,
        help="processes, each with one song in memory (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Prepare, say what was left out and why, and how to go on."""
    import functools
    from collections import Counter

    from tqdm import tqdm

    from ur3_dancer.learning.data.parts import PartSettings
    from ur3_dancer.learning.data.prepare import prepare

    settings = PartSettings(args.source, args.features, args.side, args.angles)
    made = prepare(
        args.folder, args.out, settings, args.workers, functools.partial(tqdm, leave=False)
    )
    for line in made.skipped:
        print(f"skipped {line}")
    for line in made.notes:
        print(f"note: {line}")
    manifest = made.manifest
    songs = manifest["songs"]
    genres = Counter(song["genre"] for song in songs if song["genre"])
    by_genre = "; " + ", ".join(f"{count} {genre}" for genre, count in sorted(genres.items()))
    print(
        f"{'already prepared: ' if made.was_there else ''}{len(songs)} dances "
        f"({manifest['label']}) to {len({song['song'] for song in songs})} pieces of music, "
        f"{manifest['frames']} frames, {manifest['frames'] / manifest['rate_hz'] / 60:.1f} min"
        f"{by_genre if genres else ''}; {len(made.skipped)} skipped\n"
        f"{manifest['features']}, {manifest['side']} arm, {manifest['angles']} angles, "
        f"{'whole bodies' if manifest['has_body'] else 'no whole bodies'}, "
        f"hash {manifest['hash'][:12]}; in {args.out}"
    )
    return 0
