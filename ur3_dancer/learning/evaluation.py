"""Evaluation: policies dance freely to held-out songs, and are measured beside their controls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.policy import Policy
from ur3_dancer.learning.dances import frame_times_s, teach
from ur3_dancer.learning.generated import HeardSong
from ur3_dancer.learning.on_beat import OnBeat, median_lag_s, on_beat, on_shifted_beat
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
        aje_rad: RMSE against the teacher over frames and joints, the nearer of its two dances
            counting in each two seconds.
        energy_rad_s: mean sum of joint speeds.
        energy_ratio: the same as a share of the teacher's.
        limit_share: frames in which a joint is within 1 % of its range from a bound.
        lag_s: median of minima after beats, over the songs' medians; negative is early.
    """

    policy: str
    true: OnBeat
    shifted: OnBeat
    aje_rad: float
    energy_rad_s: float
    energy_ratio: float
    limit_share: float
    lag_s: float | None

    def to_dict(self) -> dict:
        """Return everything for JSON."""
        return {
            "policy": self.policy,
            "on_beat": self.true.to_dict(),
            "shifted": self.shifted.to_dict(),
            "aje_rad": self.aje_rad,
            "energy_rad_s": self.energy_rad_s,
            "energy_ratio": self.energy_ratio,
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
    """
    policy.warm_up()
    random = np.random.default_rng(seed)
    music = feature_spec(policy.spec.features)
    true, shifted, squares, energies, taught, touched, lags = OnBeat(), OnBeat(), [], [], [], [], []
    for song in progress(songs, desc=policy.spec.name):
        motion = rehearse(policy, arm, song.frames, latency_s)
        true += on_beat(motion, song.beats_s, MEASURED_FROM_S)
        shifted += on_shifted_beat(motion, song.beats_s, MEASURED_FROM_S, random)
        lag_s = median_lag_s(motion, song.beats_s, MEASURED_FROM_S)
        lags += [] if lag_s is None else [lag_s]
        teacher = _teacher(arm, song, motion)
        measured = motion.times_s >= MEASURED_FROM_S
        squares.append(_nearest_squares(motion.q[measured], teacher[:, measured], music.rate_hz))
        energies.append(energy_rad_s(motion.q[measured], music.rate_hz))
        taught.append(energy_rad_s(teacher[0, measured], music.rate_hz))
        touched.append(_limit_share(motion.q, arm))
    return Score(
        policy=policy.spec.name,
        true=true,
        shifted=shifted,
        aje_rad=float(np.sqrt(np.mean(squares))),
        energy_rad_s=float(np.mean(energies)),
        energy_ratio=float(np.mean(energies) / np.mean(taught)),
        limit_share=float(np.mean(touched)),
        lag_s=float(np.median(lags)) if lags else None,
    )


def energy_rad_s(q: np.ndarray, rate_hz: float) -> float:
    """Return the mean over time of the sum of absolute joint velocities of (T, 6) rad."""
    return float(np.abs(np.diff(q, axis=0)).sum(axis=1).mean() * rate_hz)


def table(scores: list[Score]) -> str:
    """Return the scores as a table for a terminal."""
    lines = [
        "policy       on beat: F    minima on beat     beats met   shifted: F   AJE rad"
        "   energy   ratio   lag ms",
    ]
    for score in scores:
        true = score.true
        lag = "     -" if score.lag_s is None else f"{1000 * score.lag_s:+6.0f}"
        lines.append(
            f"{score.policy:<12}{true.f:>13.2f}{_share(true.minima_on_beat, true.minima):>18}"
            f"{_share(true.beats_met, true.beats):>14}{score.shifted.f:>13.2f}"
            f"{score.aje_rad:>10.3f}{score.energy_rad_s:>9.2f}{score.energy_ratio:>8.2f}   {lag}"
        )
    return "\n".join(lines)


def _share(part: float, whole: float) -> str:
    return f"{part:.0f}/{whole:.0f}"


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
