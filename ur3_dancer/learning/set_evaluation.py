"""Dancers beside their controls on the test part of a prepared set, streamed as live.

Every dancer hears one window a frame, and its own past poses. What it dances at a frame is the
first pose of the chunk that it answered one frame before: so H = 1 is the paper's setting, and a
longer horizon is not read ahead. The controls are what a measure must be told apart from:

- truth: the true dance itself, so that one sees what can be reached;
- mean pose: the mean of the training part, frozen;
- shuffled: the true frames of the song in random order;
- wrong song: the true dance to another music;
- groove: the dancer by rule;
- and of each dancer its own dance to another music ("NAME, wrong song").
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from ur3_dancer.dance.policy import Policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dance_score import (
    DanceScore,
    TrueDance,
    average_over_genres,
    by_genre,
    is_long_enough,
    score_dance,
    summary,
)
from ur3_dancer.learning.metrics.diversity import diversity, scale_by_truth
from ur3_dancer.learning.metrics.poses import aje_rad, stretch_features
from ur3_dancer.learning.set_songs import SetSong
from ur3_dancer.music.window import Window

HORIZONS_S = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""How far ahead poses are judged; 0 is the very next frame."""


@dataclass(frozen=True)
class FreeRun:
    """What a dancer danced to one song.

    Attributes:
        poses_rad: (T, A) danced at each frame from `first` on.
        first: number of the first danced frame: as many as a window has.
        ahead_rad: steps ahead → (T', A), the pose that was foretold that many steps before it is
            due; T' is shorter than T by the steps.
    """

    poses_rad: np.ndarray
    first: int
    ahead_rad: dict[int, np.ndarray] = field(default_factory=dict)

    def map(self, change: Callable[[np.ndarray], np.ndarray]) -> "FreeRun":
        """Return the same dance with all poses changed, for instance into another space."""
        ahead_rad = {step: change(poses) for step, poses in self.ahead_rad.items()}
        return FreeRun(change(self.poses_rad), self.first, ahead_rad)


@dataclass(frozen=True)
class Row:
    """One dancer or control.

    Attributes:
        name: as tables call it.
        scores: one a song.
        diversity: mean distance between stretches of five seconds, in deviations of the truth's.
        horizons_rad: seconds ahead → AJE of the poses foretold; empty for controls.
    """

    name: str
    scores: list[DanceScore]
    diversity: float
    horizons_rad: dict[float, float] = field(default_factory=dict)

    def to_dict(self) -> dict:
        """Return averages, genres and songs for JSON."""
        return {
            "name": self.name,
            "paper": average_over_genres(self.scores),
            "all": {**summary(self.scores), "diversity": self.diversity},
            "aje_rad_by_horizon_s": {f"{s:.3f}": aje for s, aje in self.horizons_rad.items()},
            "genres": {genre: summary(some) for genre, some in by_genre(self.scores).items()},
            "songs": [score.to_dict() for score in self.scores],
        }


def long_enough(songs: list[SetSong], first: int) -> tuple[list[SetSong], list[str]]:
    """Return the songs that last beyond frame `first`, and the names of those that do not.

    Raises:
        ConfigError: none does.
    """
    fit = [s for s in songs if is_long_enough(len(s.dance.poses_rad) - first, s.dance.rate_hz)]
    if not fit:
        raise ConfigError(
            f"none of {len(songs)} songs is longer than the window of {first} frames: prepare "
            "longer songs, or choose a model with a shorter window"
        )
    return fit, [song.dance.name for song in songs if all(song is not one for one in fit)]


def free_run(policy: Policy, frames: np.ndarray) -> FreeRun:
    """Let a policy dance to the (T, F) raw frames of a song, one window a frame.

    Raises:
        ConfigError: the song is too short for the policy's window.
    """
    K, H, rate_hz = policy.spec.window_frames, policy.spec.horizon, policy.spec.rate_hz
    if not is_long_enough(len(frames) - K, rate_hz):
        raise ConfigError(
            f"a song of {len(frames)} frames is too short for {policy.spec.name}, whose window has "
            f"{K}: leave it out of the set"
        )
    steps = sorted({min(round(ahead_s * rate_hz), H - 1) for ahead_s in HORIZONS_S})
    policy.reset()
    poses, ahead = [], {step: [] for step in steps}
    for newest in range(K - 1, len(frames) - 1):
        window = Window(frames[newest + 1 - K : newest + 1], (newest + 1) / rate_hz, rate_hz)
        targets = policy.predict(window).targets_rad
        poses.append(targets[0].copy())
        for step in steps:
            if newest + 1 + step < len(frames):
                ahead[step].append(targets[step].copy())
    return FreeRun(np.stack(poses), K, {step: np.stack(q) for step, q in ahead.items() if q})


def evaluate_on_set(
    dancers: dict[str, Callable[[np.ndarray], FreeRun]],
    songs: list[SetSong],
    mean_pose_rad: np.ndarray,
    first: int,
    seed: int = 0,
    progress: Callable[..., Iterable] = lambda songs, **_: songs,
) -> list[Row]:
    """Let dancers dance to every song, and score them beside the controls.

    Args:
        dancers: name → what dances to (T, F) frames in the space of the songs' truth.
        songs: of the test part, see `long_enough`.
        mean_pose_rad: (A,) of the training part.
        first: the first frame that counts, the same for all: the longest window of the dancers.
        seed: of shuffles and shifts.
        progress: wraps the songs, as `tqdm` does.

    Raises:
        ConfigError: a dancer begins later than `first`.
    """
    truths = [_from_frame(song.dance, first) for song in songs]
    others = _other_music(songs)
    random = np.random.default_rng(seed)
    rows = [_row("truth", truths, [truth.poses_rad for truth in truths], seed)]
    for name, dance in dancers.items():
        runs = [dance(song.frames) for song in progress(songs, desc=name)]
        danced = [_from(run, name, first) for run in runs]
        row = _row(name, truths, danced, seed)
        rows.append(replace(row, horizons_rad=_by_horizon(runs, songs, first)))
        if others:
            wrong = [danced[other] for other in others]
            rows.append(_row(f"{name}, wrong song", truths, wrong, seed))
    shuffled = [random.permutation(truth.poses_rad) for truth in truths]
    still = [np.tile(mean_pose_rad, (len(truth.poses_rad), 1)) for truth in truths]
    rows += [_row("mean pose", truths, still, seed), _row("shuffled", truths, shuffled, seed)]
    if others:
        wrong = [truths[other].poses_rad for other in others]
        rows.append(_row("wrong song", truths, wrong, seed))
    return rows


def _from(run: FreeRun, name: str, first: int) -> np.ndarray:
    """Return what was danced from frame `first` on."""
    if run.first > first:
        raise ConfigError(
            f"{name} dances from frame {run.first} on, later than frame {first}, from which all "
            "are measured: measure from there"
        )
    return run.poses_rad[first - run.first :]


def _row(name: str, truths: list[TrueDance], danced: list[np.ndarray], seed: int) -> Row:
    """Score dances of any lengths beside the truths: what both have counts."""
    scores, random = [], np.random.default_rng(seed)
    for truth, poses in zip(truths, danced, strict=True):
        frames = min(len(poses), len(truth.poses_rad))
        scores.append(score_dance(poses[:frames], _until_frame(truth, frames), random))
    features = np.concatenate([score.features for score in scores])
    true = np.concatenate([stretch_features(truth.poses_rad, truth.rate_hz) for truth in truths])
    return Row(name, scores, diversity(scale_by_truth(features, true)[0]))


def _by_horizon(runs: list[FreeRun], songs: list[SetSong], first: int) -> dict[float, float]:
    """Return AJE by seconds ahead, the mean over the songs."""
    found: dict[float, list[float]] = {}
    for run, song in zip(runs, songs, strict=True):
        truth, rate_hz = song.dance.poses_rad, song.dance.rate_hz
        for step, foretold in run.ahead_rad.items():
            due = truth[run.first + step :]
            skip = first - run.first
            if len(due) > skip:
                error = aje_rad(foretold[skip:], due[skip:])
                found.setdefault((step + 1) / rate_hz, []).append(error)
    return {ahead_s: float(np.mean(errors)) for ahead_s, errors in sorted(found.items())}


def _other_music(songs: list[SetSong]) -> list[int]:
    """Return for each song the number of the next one with other music; empty if there is none."""
    others = []
    for i, song in enumerate(songs):
        after = [(i + step) % len(songs) for step in range(1, len(songs))]
        others += [other for other in after if songs[other].music != song.music][:1]
    return others if len(others) == len(songs) else []


def _from_frame(dance: TrueDance, first: int) -> TrueDance:
    return replace(dance, times_s=dance.times_s[first:], poses_rad=dance.poses_rad[first:])


def _until_frame(dance: TrueDance, frames: int) -> TrueDance:
    return replace(dance, times_s=dance.times_s[:frames], poses_rad=dance.poses_rad[:frames])
