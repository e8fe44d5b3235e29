"""ur3-dancer rehearse: what would the arm do to this song?"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ur3_dancer.cli.play_on_arm import add_play_arguments, check_play_arguments, play_on_arm
from ur3_dancer.dance.default import DEFAULT_MODEL

if TYPE_CHECKING:
    from ur3_dancer.dance.policy import Policy

HELP = "dance to a song as fast as the machine can, without an arm, and show what would be sent"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("song", metavar="SONG", help="sound file, or demo for the built-in track")
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="name or folder of a model (default: %(default)s)"
    )
    parser.add_argument("--arm", default="ur3", help="arm model or file (default: %(default)s)")
    parser.add_argument(
        "--amplitude", type=float, default=1.0, help="size of the motion about home, 0 to 1"
    )
    parser.add_argument("--seed", type=int, default=0, help="of groove's or LM2D's choreography")
    parser.add_argument(
        "--lyrics", type=Path, metavar="FILE", help="LRC file, for models that hear words"
    )
    parser.add_argument(
        "--latency-ms",
        type=float,
        default=60.0,
        help="from sound to the command that it shapes (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for everything it makes"
    )
    parser.add_argument("--no-video", action="store_true", help="without the film")
    add_play_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Rehearse, write, and say what was found."""
    from ur3_dancer.errors import ConfigError

    if not 0.0 <= args.amplitude <= 1.0:
        raise ConfigError(f"--amplitude is {args.amplitude:g}: must be from 0 to 1")
    if not 0.0 <= args.latency_ms < 500.0:
        raise ConfigError(f"--latency-ms is {args.latency_ms:g}: must be from 0 to 500")
    check_play_arguments(args)

    from functools import partial

    from tqdm import tqdm

    from ur3_dancer.dance.catalog import load_policy, policy_spec
    from ur3_dancer.dance.resting import Resting
    from ur3_dancer.motion.arm_config import load_arm_config
    from ur3_dancer.stage.rehearsal.folder import Folder
    from ur3_dancer.stage.rehearsal.hearing import Hearing
    from ur3_dancer.stage.rehearsal.rehearsing import rehearse_song, write

    arm = load_arm_config(args.arm)
    song = Hearing(args.song, policy_spec(args.model))
    policy = load_policy(args.model, arm, args.seed)
    for line in _begin_show(policy, args.seed, args.lyrics):
        print(line)
    folder = Folder(args.out)
    progress = partial(tqdm, leave=False)
    dancer = Resting(policy, arm.home_rad)
    rehearsal = rehearse_song(dancer, arm, song, args.amplitude, args.latency_ms / 1000.0, progress)
    for sentence in rehearsal.sentences:
        print(sentence)
    write(rehearsal, folder, video_wanted=not args.no_video, progress=progress)
    for reason in folder.left_out:
        print(f"note: {reason}", file=sys.stderr)
    print(folder.path / "index.html")
    if args.play is None:
        return 0
    return play_on_arm(args, rehearsal.trajectory, arm, song.samples, song.rate_hz)


def _begin_show(policy: "Policy", seed: int, lyrics: Path | None) -> list[str]:
    """Give LM2D its seed and its lyrics, from the song's start; other models refuse lyrics."""
    if hasattr(policy, "begin_show"):
        from ur3_dancer.dance.lm2d.policy import ShowSettings
        from ur3_dancer.dance.lm2d.show import prepare_show

        return prepare_show(policy, ShowSettings(seed, song_start_s=0.0), str(lyrics or ""))
    if lyrics is not None:
        from ur3_dancer.errors import ConfigError

        raise ConfigError(
            f"--lyrics {lyrics} are given, but {policy.spec.name} hears no words: choose a model "
            "of the kind lm2d, or leave the lyrics away"
        )
    return []
