"""Evaluation: policies dance freely to held-out songs, and are measured beside their controls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.policy import Policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dances import frame_times_s, teach
from ur3_dancer.learning.generated import HeardSong
from ur3_dancer.learning.metrics.beats import (
    BeatAlignment,
    angle_speed,
    beat_alignment,
    motion_beats_s,
    shifted_alignment,
)
from ur3_dancer.learning.metrics.poses import energy_rad_s, jerk_rad_s3
from ur3_dancer.learning.on_beat import OnBeat, by_chance, median_lag_s, on_beat, on_shifted_beat
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import LATENCY_S, Motion, rehearse
from ur3_dancer.music.spec import feature_spec

MEASURED_FROM_S = 8.0
"""In a song's first seconds the beat tracker still locks: no measure counts them."""
_STRETCH_S = 2.0


@dataclass(frozen=True)
class Score:
    """What one policy did in all songs together.

    Attributes:
        policy: its name.
        true, shifted: minima against the songs' beats, and against shifted songs.
        bas, shifted_bas: beat alignment scores as the field computes them, likewise.
        aje_rad: RMSE against the teacher over frames and joints, the nearer of its two dances
            counting in each two seconds.
        energy_rad_s: mean sum of joint speeds.
        energy_ratio, jerk_ratio: energy and jerk as a share of the teacher's.
        limit_share: frames in which a joint is within 1 % of its range from a bound.
        lag_s: median of minima after beats, over the songs' medians; negative is early.
    """

    policy: str
    true: OnBeat
    shifted: OnBeat
    bas: BeatAlignment
    shifted_bas: BeatAlignment
    aje_rad: float
    energy_rad_s: float
    energy_ratio: float
    jerk_ratio: float
    limit_share: float
    lag_s: float | None

    def to_dict(self) -> dict:
        """Return everything for JSON."""
        return {
            "policy": self.policy,
            "on_beat": self.true.to_dict(),
            "shifted": self.shifted.to_dict(),
            "by_chance": by_chance(self.true, self.shifted),
            "beat_alignment": self.bas.to_dict(),
            "shifted_beat_alignment": self.shifted_bas.to_dict(),
            "aje_rad": self.aje_rad,
            "energy_rad_s": self.energy_rad_s,
            "energy_ratio": self.energy_ratio,
            "jerk_ratio": self.jerk_ratio,
            "limit_share": self.limit_share,
            "lag_ms": None if self.lag_s is None else 1000 * self.lag_s,
        }


def evaluate(
    policy: Policy,
    arm: ArmConfig,
    songs: list[HeardSong],
    seed: int = 0,
    latency_s: float = LATENCY_S,
    progress: Callable[..., Iterable] = lambda songs, **_: songs,
) -> Score:
    """Let a policy dance to each song, and add up.

    Args:
        policy: what dances; it hears one window a frame and sees its own poses only.
        arm: the arm that would dance.
        songs: with known beats.
        seed: of the shifts of the control.
        latency_s: from the newest sample of a window to the pose played then.
        progress: wraps the songs, as `tqdm` does.

    Raises:
        ConfigError: a song, or its beats, end too early to be measured.
    """
    policy.warm_up()
    random = np.random.default_rng(seed)
    rate_hz = feature_spec(policy.spec.features).rate_hz
    true, shifted, bas, shifted_bas = OnBeat(), OnBeat(), BeatAlignment(), BeatAlignment()
    figures, lags_s = [], []
    for song in progress(songs, desc=policy.spec.name):
        motion = rehearse(policy, arm, song.frames, latency_s)
        measured = _measured(motion, song)
        true += on_beat(motion, song.beats_s, MEASURED_FROM_S)
        shifted += on_shifted_beat(motion, song.beats_s, MEASURED_FROM_S, random)
        one, control = _alignment(measured, song.beats_s, rate_hz, random)
        bas, shifted_bas = bas + one, shifted_bas + control
        lag_s = median_lag_s(motion, song.beats_s, MEASURED_FROM_S)
        lags_s += [] if lag_s is None else [lag_s]
        teacher = _teacher(arm, song, measured)
        figures.append(
            (
                _nearest_squares(measured.q, teacher, rate_hz),
                energy_rad_s(measured.q, rate_hz),
                energy_rad_s(teacher[0], rate_hz),
                jerk_rad_s3(measured.q, rate_hz),
                jerk_rad_s3(teacher[0], rate_hz),
                _limit_share(motion.q, arm),
            )
        )
    square, energy, taught_energy, jerk, taught_jerk, touched = np.mean(figures, axis=0).tolist()
    return Score(
        policy=policy.spec.name,
        true=true,
        shifted=shifted,
        bas=bas,
        shifted_bas=shifted_bas,
        aje_rad=float(np.sqrt(square)),
        energy_rad_s=energy,
        energy_ratio=energy / taught_energy,
        jerk_ratio=jerk / taught_jerk,
        limit_share=touched,
        lag_s=float(np.median(lags_s)) if lags_s else None,
    )


def _measured(motion: Motion, song: HeardSong) -> Motion:
    """Return what of a motion is measured: all after the first seconds."""
    counts = motion.times_s >= MEASURED_FROM_S
    if np.count_nonzero(counts) < 4:
        raise ConfigError(
            f"song {song.name} ends before {MEASURED_FROM_S:g} s, from where it is measured: give "
            "a longer one"
        )
    if np.count_nonzero(song.beats_s > MEASURED_FROM_S) < 2:
        raise ConfigError(
            f"song {song.name} has no two beats after {MEASURED_FROM_S:g} s, from where it is "
            "measured: give beats up to its end"
        )
    return Motion(motion.times_s[counts], motion.q[counts])


def _alignment(
    motion: Motion, beats_s: np.ndarray, rate_hz: float, random: np.random.Generator
) -> tuple[BeatAlignment, BeatAlignment]:
    start_s, end_s = float(motion.times_s[0]), float(motion.times_s[-1])
    motion_s = motion_beats_s(angle_speed(motion.q, rate_hz), rate_hz, start_s)
    music_s = beats_s[(beats_s >= start_s) & (beats_s <= end_s)]
    return beat_alignment(motion_s, music_s), shifted_alignment(motion_s, music_s, random)


def _teacher(arm: ArmConfig, song: HeardSong, motion: Motion) -> np.ndarray:
    """Return the teacher's two dances (2, T, 6) at the times of a motion."""
    dances = teach(DancingArm.of(arm), song.frames, song.beats_s, feature_spec(song.features))
    times_s = frame_times_s(len(song.frames), feature_spec(song.features).rate_hz)
    return np.stack(
        [
            np.stack([np.interp(motion.times_s, times_s, joint) for joint in dance.T], axis=1)
            for dance in dances
        ]
    )


def _nearest_squares(q: np.ndarray, teacher: np.ndarray, rate_hz: float) -> float:
    """Return the mean square of the difference to the nearest dance of each two seconds."""
    length = round(_STRETCH_S * rate_hz)
    squares = ((teacher - q) ** 2).mean(axis=2)
    stretches = [squares[:, i : i + length] for i in range(0, squares.shape[1], length)]
    nearest = [stretch.mean(axis=1).min() * stretch.shape[1] for stretch in stretches]
    return float(sum(nearest) / squares.shape[1])


def _limit_share(q: np.ndarray, arm: ArmConfig) -> float:
    unit = np.abs(arm.pose_space().to_unit(q))
    return float((unit > 0.98).any(axis=1).mean())
