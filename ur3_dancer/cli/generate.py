"""ur3-dancer generate: songs and dances to learn from, when no recorded set is at hand."""

import argparse
from pathlib import Path

HELP = "make up a data set: songs with known beats, dances in SMPL form, and verses if wished"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="folder that gets the set, laid out as AIST++ is; the same command goes on where it "
        "was interrupted",
    )
    parser.add_argument("--songs", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="equal seeds give equal sets (default: %(default)s)"
    )
    parser.add_argument(
        "--song-s", type=float, default=40.0, help="length of each in s (default: %(default)s)"
    )
    parser.add_argument(
        "--lyrics",
        action="store_true",
        help="verses (times and words, no voice) whose words move the dancer",
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help="drum recordings named as in Sonic Pi's library, played in three songs of five",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Generate, and say what there is and how to go on."""
    import functools
    from collections import Counter

    from tqdm import tqdm

    from ur3_dancer.learning.generated_set.generate import SetSettings, generate_set

    samples_dir = None if args.samples is None else str(args.samples)
    settings = SetSettings(args.seed, args.song_s, args.lyrics, samples_dir)
    content = generate_set(
        args.out, args.songs, settings, args.workers, functools.partial(tqdm, leave=False)
    )
    songs = content["songs"]
    parts = Counter(song["part"] for song in songs)
    genres = Counter(song["genre"] for song in songs)
    lines = [line for song in songs for line in song["lyrics"]]
    print(
        f"{len(songs)} generated songs, {sum(song['duration_s'] for song in songs) / 60:.1f} min, "
        f"{sum(len(song['beats_s']) for song in songs)} beats: "
        f"{', '.join(f'{count} {part}' for part, count in parts.items())}; "
        f"{', '.join(f'{count} {genre}' for genre, count in genres.items())}"
    )
    if lines:
        moving = sum(line["gesture"] is not None for line in lines)
        held_out = sum(line["held_out"] for line in lines)
        print(f"{len(lines)} lines, {moving} with a gesture, {held_out} in held-out phrasings")
    print(f"in {args.out}; prepare it: ur3-dancer prepare generated {args.out} --out FOLDER")
    return 0
