"""Policies on songs with known beats, as a report: what the live arm would do."""

from collections.abc import Callable, Iterable

import numpy as np

from ur3_dancer.dance.policy import Policy
from ur3_dancer.learning.evaluation import MEASURED_FROM_S, evaluate
from ur3_dancer.learning.evaluation_plots import draw_beats
from ur3_dancer.learning.evaluation_report import GENERATED, Picture, Report
from ur3_dancer.learning.evaluation_tables import song_tables
from ur3_dancer.learning.generated import LABEL, HeardSong
from ur3_dancer.motion.arm_config import ArmConfig


def report_on_songs(
    policies: list[Policy],
    arm: ArmConfig,
    songs_for: Callable[[str], list[HeardSong]],
    what: str,
    latency_s: float,
    progress: Callable[..., Iterable] = lambda songs, **_: songs,
) -> Report:
    """Let policies dance to songs, through the playout of the live arm.

    Args:
        policies: in the order of the table.
        arm: that would dance.
        songs_for: returns the songs as a feature set, called by its name, hears them.
        what: the songs in words.
        latency_s: from sound to the pose played then.
        progress: wraps songs, as `tqdm` does.
    """
    heard: dict[str, list[HeardSong]] = {}
    for policy in policies:
        if policy.spec.features not in heard:
            heard[policy.spec.features] = songs_for(policy.spec.features)
    scores = [
        evaluate(policy, arm, heard[policy.spec.features], latency_s=latency_s, progress=progress)
        for policy in policies
    ]
    names, figures = [score.policy for score in scores], [score.to_dict() for score in scores]
    is_generated = any(song.source == LABEL for songs in heard.values() for song in songs)
    beats = "known" if is_generated else f"counted so: {_tempos(heard)}"
    return Report(
        title=f"Dancers on {what}",
        facts=(
            f"What the arm would do {1000 * latency_s:.0f} ms after the sound, from the "
            f"{MEASURED_FROM_S:g}th second of each song on; beats are {beats}.",
            "AJE, energy and jerk stand beside the dance by rule to the same beats.",
            *([GENERATED] if is_generated else []),
        ),
        tables=song_tables(scores, what),
        content={"songs": what, "latency_s": latency_s, "scores": figures},
        pictures=(
            Picture(
                "beats",
                "On beat and beat alignment, with the songs' own beats and with shifted ones",
                lambda path: draw_beats(path, names, figures),
            ),
        ),
    )


def _tempos(heard: dict[str, list[HeardSong]]) -> str:
    """Return by whom and at which tempo each song is counted: estimates may be far off."""
    songs = next(iter(heard.values()), [])
    return ", ".join(
        f"{song.name} at {60 / float(np.median(np.diff(song.beats_s))):.0f} BPM ({song.beats_by})"
        for song in songs
    )
