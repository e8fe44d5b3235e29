"""Dancers and their controls on a prepared set, as a report."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.groove import GroovePolicy
from ur3_dancer.dance.policy import Policy
from ur3_dancer.dance.pose_space import MDLT_ARM, PoseSpace
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.prepared import PreparedSet
from ur3_dancer.learning.evaluation_plots import draw_beats, draw_dance, draw_errors
from ur3_dancer.learning.evaluation_report import GENERATED, Picture, Report
from ur3_dancer.learning.evaluation_tables import set_tables
from ur3_dancer.learning.generated import LABEL
from ur3_dancer.learning.set_evaluation import (
    FreeRun,
    Row,
    evaluate_on_set,
    free_run,
    long_enough,
)
from ur3_dancer.learning.set_songs import (
    SetSong,
    arm_angles_from_joints,
    mean_pose_rad,
    set_songs,
)
from ur3_dancer.motion.arm_config import ArmConfig

GROOVE_WINDOW = 20
"""K of the dancer by rule."""
_GROOVE_HORIZON_S = 0.5
Progress = Callable[..., Iterable]


@dataclass(frozen=True)
class SetRun:
    """What was evaluated on a prepared set.

    Attributes:
        rows: dancers and controls.
        songs: that were danced to.
        left_out: names of songs that were shorter than a window.
        space: in which all poses are.
        first: the first frame that counted.
        danced: name of a dancer → what it danced to the first song.
    """

    rows: list[Row]
    songs: list[SetSong]
    left_out: list[str]
    space: PoseSpace
    first: int
    danced: dict[str, FreeRun]


def run_on_set(
    policies: dict[str, Policy],
    prepared: PreparedSet,
    protocol: str,
    arm: ArmConfig,
    *,
    with_groove: bool = True,
    most_songs: int | None = None,
    first: int = 0,
    seed: int = 0,
    progress: Progress = lambda songs, **_: songs,
) -> SetRun:
    """Let policies dance to the test part of a prepared set.

    Args:
        policies: name → policy whose chunks are in its own pose space; all in the same one.
        prepared: the set.
        protocol: of the split.
        arm: retargets where poses are joints, and bounds `groove`.
        with_groove: the dancer by rule stands beside.
        most_songs: evaluate only this many, evenly spread over the test part.
        first: at least this many frames at the start of each song do not count.
        seed: of shuffles and shifts.
        progress: wraps songs, as `tqdm` does.

    Raises:
        ConfigError: features or spaces do not fit, or there is nothing to evaluate on.
    """
    features = prepared.manifest["features"]
    for name, policy in policies.items():
        if policy.spec.features != features:
            raise ConfigError(
                f"{name} hears the features {policy.spec.features}, the set was prepared with "
                f"{features}: prepare it with --features {policy.spec.features}"
            )
    space = _common_space(policies)
    songs = set_songs(prepared, protocol, "test", space, arm)
    if most_songs is not None and len(songs) > most_songs:
        songs = [songs[i * len(songs) // most_songs] for i in range(most_songs)]
    windows = [policy.spec.window_frames for policy in policies.values()]
    first = max([first, *windows, *([GROOVE_WINDOW] if with_groove else [])])
    songs, left_out = long_enough(songs, first)
    still = mean_pose_rad(set_songs(prepared, protocol, "train", space, arm))
    danced: dict[str, FreeRun] = {}
    dancers = {name: _keeping(name, _dancer(policy), danced) for name, policy in policies.items()}
    if with_groove:
        dancers["groove"] = _groove(arm, features, space)
    for policy in policies.values():
        policy.warm_up()
    rows = evaluate_on_set(dancers, songs, still, first, seed, progress)
    return SetRun(rows, songs, left_out, space, first, danced)


def report_on_set(
    run: SetRun, manifest: dict, protocol: str, notes: tuple[str, ...] = ()
) -> Report:
    """Return the tables, facts and pictures of an evaluation.

    Args:
        run: what was found.
        manifest: of the prepared set.
        protocol: of the split.
        notes: further facts.
    """
    what = describe(manifest, protocol)
    rows = [row.to_dict() for row in run.rows]
    rate_hz = run.songs[0].dance.rate_hz
    return Report(
        title=f"Dancers on {what}",
        facts=(
            f"{_songs(len(run.songs))}, features {manifest['features']}, {rate_hz:g} Hz, the "
            f"{manifest['side']} arm, angles {manifest['angles']}, set {manifest['hash'][:12]}.",
            f"Poses in {run.space.name} ({len(run.space.names)} angles), free-running: one window "
            f"a frame, own past poses; frames from {run.first} on count.",
            *_left_out(run.left_out),
            *notes,
            *([GENERATED] if manifest["label"] == LABEL else []),
        ),
        tables=set_tables(run.rows, what),
        content={
            "set": {key: manifest[key] for key in ("source", "label", "features", "hash")},
            "split": protocol,
            "space": run.space.name,
            "first_frame": run.first,
            "left_out": run.left_out,
            "rows": rows,
        },
        pictures=_pictures(run, rows),
    )


def describe(manifest: dict, protocol: str) -> str:
    """Return source, label, split and part of what is evaluated on, in words."""
    source, label = manifest["source"], manifest["label"]
    return f"{source if source == label else f'{source} ({label})'}, split {protocol}, test"


def _left_out(names: list[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return [f"Left out, for they are shorter than the window: {_songs(len(names))}: {shown}."]


def _songs(count: int) -> str:
    return f"{count} song" + ("" if count == 1 else "s")


def _common_space(policies: dict[str, Policy]) -> PoseSpace:
    spaces = {policy.spec.pose_space.names: policy.spec.pose_space for policy in policies.values()}
    if len(spaces) > 1:
        speak = ", ".join(f"{name} {p.spec.pose_space.name}" for name, p in policies.items())
        raise ConfigError(
            f"these models speak different pose spaces ({speak}), whose errors cannot stand side "
            "by side: evaluate them one by one"
        )
    return next(iter(spaces.values()), MDLT_ARM)


def _dancer(policy: Policy) -> Callable[[np.ndarray], FreeRun]:
    return lambda frames: free_run(policy, frames)


def _keeping(
    name: str, dance: Callable[[np.ndarray], FreeRun], kept: dict[str, FreeRun]
) -> Callable[[np.ndarray], FreeRun]:
    """Return the dancer, of whose dances the first one is kept for a picture."""

    def dance_and_keep(frames: np.ndarray) -> FreeRun:
        run = dance(frames)
        kept.setdefault(name, run)
        return run

    return dance_and_keep


def _groove(arm: ArmConfig, features: str, space: PoseSpace) -> Callable[[np.ndarray], FreeRun]:
    policy = GroovePolicy(DancingArm.of(arm), features, GROOVE_WINDOW, _GROOVE_HORIZON_S)
    if space.names != MDLT_ARM.names:
        return _dancer(policy)
    return lambda frames: free_run(policy, frames).map(
        lambda q_rad: arm_angles_from_joints(q_rad, arm)
    )


def _pictures(run: SetRun, rows: list[dict]) -> tuple[Picture, ...]:
    names, figures = [row["name"] for row in rows], [row["all"] for row in rows]
    pictures = [
        Picture("errors", "AJE and FID of each dancer", lambda path: draw_errors(path, rows)),
        Picture(
            "beats",
            "On beat and beat alignment, with the songs' own beats and with shifted ones",
            lambda path: draw_beats(path, names, figures),
        ),
    ]
    shown = [_dance_picture(name, danced, run) for name, danced in run.danced.items()]
    return tuple(pictures + shown[:1])


def _dance_picture(name: str, danced: FreeRun, run: SetRun) -> Picture:
    dance, first = run.songs[0].dance, danced.first
    times_s, truth_rad = dance.times_s[first:], dance.poses_rad[first:]
    return Picture(
        "dance",
        f"Eight seconds of {dance.name}: {name} beside the truth",
        lambda path: draw_dance(
            path, run.space.names, times_s, truth_rad, danced.poses_rad, dance.beats_s
        ),
    )
