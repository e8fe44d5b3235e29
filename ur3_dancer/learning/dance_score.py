"""What one dance to one song is worth, and what many are worth together."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.learning.metrics.beats import (
    BeatAlignment,
    angle_speed,
    beat_alignment,
    motion_beats_s,
    shifted_alignment,
)
from ur3_dancer.learning.metrics.poses import (
    aje_rad,
    energy_rad_s,
    fid_rad2,
    jerk_rad_s3,
    stretch_features,
    velocity_fid_rad2_s2,
)
from ur3_dancer.learning.on_beat import OnBeat, by_chance, median_lag_s, on_beat, on_shifted_beat
from ur3_dancer.motion.rehearsal import Motion

_SHORTEST_S = 0.5


@dataclass(frozen=True)
class TrueDance:
    """The dance that was danced to a song, with the song's beats.

    Attributes:
        name, genre: of the song's dance.
        times_s: (T,) time of each frame, evenly spaced.
        poses_rad: (T, A) angles.
        beats_s: (N,) beats on the same clock.
        rate_hz: frames a second.
    """

    name: str
    genre: str
    times_s: np.ndarray
    poses_rad: np.ndarray
    beats_s: np.ndarray
    rate_hz: float


@dataclass(frozen=True)
class DanceScore:
    """One dance beside the true one; every figure is explained in docs/evaluation.md.

    Attributes:
        song, genre: whose song it is.
        aje_rad, fid_rad2: as the paper defines them.
        velocity_fid_rad2_s2: the same Fréchet distance between velocities.
        energy_rad_s, jerk_rad_s3: of the dance.
        true_energy_rad_s, true_jerk_rad_s3: of the truth.
        true, shifted: minima against beats within 70 ms, and against the shifted song.
        bas, shifted_bas: beat alignment scores in both directions, and against the shifted song.
        lag_s: median of minima after beats; None without any.
        features: (N, 3 A) what diversity is counted in.
    """

    song: str
    genre: str
    aje_rad: float
    fid_rad2: float
    velocity_fid_rad2_s2: float
    energy_rad_s: float
    jerk_rad_s3: float
    true_energy_rad_s: float
    true_jerk_rad_s3: float
    true: OnBeat
    shifted: OnBeat
    bas: BeatAlignment
    shifted_bas: BeatAlignment
    lag_s: float | None
    features: np.ndarray

    def to_dict(self) -> dict:
        """Return everything but the features, for JSON."""
        numbers = ("aje_rad", "fid_rad2", "velocity_fid_rad2_s2", "energy_rad_s", "jerk_rad_s3")
        return {
            "song": self.song,
            "genre": self.genre,
            **{name: getattr(self, name) for name in numbers},
            "true_energy_rad_s": self.true_energy_rad_s,
            "true_jerk_rad_s3": self.true_jerk_rad_s3,
            "on_beat": self.true.to_dict(),
            "shifted": self.shifted.to_dict(),
            "by_chance": by_chance(self.true, self.shifted),
            "beat_alignment": self.bas.to_dict(),
            "shifted_beat_alignment": self.shifted_bas.to_dict(),
            "lag_ms": None if self.lag_s is None else 1000 * self.lag_s,
        }


def score_dance(poses_rad: np.ndarray, truth: TrueDance, random: np.random.Generator) -> DanceScore:
    """Measure (T, A) poses at the times of the true dance.

    Args:
        poses_rad: what was danced.
        truth: the true dance; both are compared frame by frame.
        random: draws the shifts of the controls.
    """
    rate_hz, start_s = truth.rate_hz, float(truth.times_s[0])
    motion = Motion(truth.times_s, np.asarray(poses_rad, float))
    motion_s = motion_beats_s(angle_speed(motion.q, rate_hz), rate_hz, start_s)
    within = (truth.beats_s >= start_s) & (truth.beats_s <= truth.times_s[-1])
    music_s = truth.beats_s[within]
    has_beat = len(music_s) >= 2
    return DanceScore(
        song=truth.name,
        genre=truth.genre,
        aje_rad=aje_rad(motion.q, truth.poses_rad),
        fid_rad2=fid_rad2(motion.q, truth.poses_rad),
        velocity_fid_rad2_s2=velocity_fid_rad2_s2(motion.q, truth.poses_rad, rate_hz),
        energy_rad_s=energy_rad_s(motion.q, rate_hz),
        jerk_rad_s3=jerk_rad_s3(motion.q, rate_hz),
        true_energy_rad_s=energy_rad_s(truth.poses_rad, rate_hz),
        true_jerk_rad_s3=jerk_rad_s3(truth.poses_rad, rate_hz),
        true=on_beat(motion, truth.beats_s, start_s),
        shifted=on_shifted_beat(motion, truth.beats_s, start_s, random) if has_beat else OnBeat(),
        bas=beat_alignment(motion_s, music_s),
        shifted_bas=shifted_alignment(motion_s, music_s, random),
        lag_s=median_lag_s(motion, truth.beats_s, start_s),
        features=stretch_features(motion.q, rate_hz),
    )


def is_long_enough(frames: int, rate_hz: float) -> bool:
    """Tell whether a dance has enough frames for its measures to mean anything: half a second."""
    return frames >= max(4, _SHORTEST_S * rate_hz)


def by_genre(scores: list[DanceScore]) -> dict[str, list[DanceScore]]:
    """Return the scores of each genre, genres in alphabetical order."""
    return {
        genre: [score for score in scores if score.genre == genre]
        for genre in sorted({score.genre for score in scores})
    }


def summary(scores: list[DanceScore]) -> dict:
    """Return the figures of several dances together.

    Errors and distances are means over the songs; energy and jerk are ratios of means; counts add
    up; the lag is the median of the songs' medians.
    """

    def mean(name: str) -> float:
        return float(np.mean([getattr(score, name) for score in scores]))

    def ratio(name: str) -> float | None:
        true = mean(f"true_{name}")
        return mean(name) / true if true > 0 else None

    def total(name: str, zero):
        return sum((getattr(score, name) for score in scores), zero)

    own, shifted = total("true", OnBeat()), total("shifted", OnBeat())
    lags_s = [score.lag_s for score in scores if score.lag_s is not None]
    return {
        "songs": len(scores),
        **{name: mean(name) for name in ("aje_rad", "fid_rad2", "velocity_fid_rad2_s2")},
        "energy_rad_s": mean("energy_rad_s"),
        "energy_ratio": ratio("energy_rad_s"),
        "jerk_rad_s3": mean("jerk_rad_s3"),
        "jerk_ratio": ratio("jerk_rad_s3"),
        "on_beat": own.to_dict(),
        "shifted": shifted.to_dict(),
        "by_chance": by_chance(own, shifted),
        "beat_alignment": total("bas", BeatAlignment()).to_dict(),
        "shifted_beat_alignment": total("shifted_bas", BeatAlignment()).to_dict(),
        "lag_ms": float(1000 * np.median(lags_s)) if lags_s else None,
    }


def average_over_genres(scores: list[DanceScore]) -> dict[str, float]:
    """Return the paper's averages: AJE and FID of each genre, then the mean of the genres."""
    genres = [summary(group) for group in by_genre(scores).values()]
    return {
        name: float(np.mean([genre[name] for genre in genres])) for name in ("aje_rad", "fid_rad2")
    }
