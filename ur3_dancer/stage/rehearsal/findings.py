"""What a rehearsal tells: how the arm moves, where limits bind, what is too fast, what is quiet."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.kinematics import tool_points
from ur3_dancer.motion.rehearsal import FullMotion
from ur3_dancer.stage import beat_lag

BINDS_AT = 0.98
"""Share of a limit from which on it counts as binding."""

GROWN_S = 2.0
"""A dance grows from small: what the amplitude does before this time is no finding."""

_REDUCED_BELOW = 0.95
_QUIET_RAD_S = 0.05
_QUIET_S = 2.0
_GAP_S = 0.5
NAMES = tuple(joint.removesuffix("_joint") for joint in JOINTS)


@dataclass(frozen=True)
class Shares:
    """How much of each limit each set-point takes, as the controller's referee would see it.

    Attributes:
        speed, acceleration: (T, 6) of finite differences, 1 at the limit.
        position: (T, 6) distance from the middle of the range, 1 at a bound.
        tool: (T,) of the tool's greatest speed.
        tool_m_s: (T,) the tool's speed.
        speed_rad_s: (T, 6) signed.
    """

    speed: np.ndarray
    acceleration: np.ndarray
    position: np.ndarray
    tool: np.ndarray
    tool_m_s: np.ndarray
    speed_rad_s: np.ndarray


def shares(motion: FullMotion, arm: ArmConfig) -> Shares:
    """Measure a motion against the limits of its arm."""
    before = np.vstack([motion.q[:1], motion.q])
    speed_rad_s = np.diff(before, axis=0) * motion.rate_hz
    acceleration = np.diff(np.vstack([np.zeros(6), speed_rad_s]), axis=0) * motion.rate_hz
    tool = tool_points(arm.model, before, arm.workspace.tool_length_m)
    tool_m_s = np.linalg.norm(np.diff(tool, axis=0), axis=1) * motion.rate_hz
    return Shares(
        speed=np.abs(speed_rad_s) / arm.limits.velocity_rad_s,
        acceleration=np.abs(acceleration) / arm.limits.acceleration_rad_s2,
        position=np.abs(arm.pose_space().to_unit(motion.q)),
        tool=tool_m_s / arm.workspace.tcp_speed_m_s,
        tool_m_s=tool_m_s,
        speed_rad_s=speed_rad_s,
    )


def stretches(where: np.ndarray, times_s: np.ndarray, gap_s: float = _GAP_S) -> list[slice]:
    """Return the stretches in which `where` (T,) holds; gaps up to `gap_s` do not part them."""
    found: list[slice] = []
    for i in np.flatnonzero(where):
        if found and times_s[i] - times_s[found[-1].stop - 1] <= gap_s:
            found[-1] = slice(found[-1].start, int(i) + 1)
        else:
            found.append(slice(int(i), int(i) + 1))
    return found


def find(
    motion: FullMotion, arm: ArmConfig, beats_s: np.ndarray, beats_from: str, song_s: float
) -> dict:
    """Return everything that is worth telling of a rehearsal, ready for JSON.

    Args:
        motion: what would be sent.
        arm: its limits.
        beats_s: (B,) beat times in seconds.
        beats_from: `known` or `heard`.
        song_s: length of the song.
    """
    used = shares(motion, arm)
    dancing = motion.times_s <= song_s
    return {
        "motion": {
            "energy_rad_s": float(np.abs(used.speed_rad_s[dancing]).mean()),
            "beat_lag_ms": beat_lag.summary(motion.times_s, motion.q, beats_s),
        },
        "beats": {"from": beats_from, "count": len(beats_s), "times_s": _rounded(beats_s)},
        "joints": {name: _joint(i, motion, used, arm) for i, name in enumerate(NAMES)},
        "tool": {
            "greatest_m_s": float(used.tool_m_s.max()),
            "greatest_share": float(used.tool.max()),
        },
        "limits_bind": list(_binding(motion, used)),
        "held_by_workspace": list(_held(motion)),
        "too_fast": list(_too_fast(motion)),
        "amplitude_reduced": list(_reduced(motion)),
        "quiet": list(_quiet(motion, used, song_s)),
    }


def _joint(i: int, motion: FullMotion, used: Shares, arm: ArmConfig) -> dict:
    grown = motion.times_s >= GROWN_S
    return {
        "lowest_rad": float(motion.q[:, i].min()),
        "highest_rad": float(motion.q[:, i].max()),
        "lower_limit_rad": float(arm.limits.lower_rad[i]),
        "upper_limit_rad": float(arm.limits.upper_rad[i]),
        "greatest_speed_rad_s": float(np.abs(used.speed_rad_s[:, i]).max()),
        "greatest_speed_share": float(used.speed[:, i].max()),
        "greatest_acceleration_share": float(used.acceleration[:, i].max()),
        "least_amplitude": float(motion.amplitude[grown, i].min()) if grown.any() else None,
    }


def _binding(motion: FullMotion, used: Shares) -> Iterable[dict]:
    """Yield where set-points lie at a limit, in order of time."""
    kinds = {"position": used.position, "speed": used.speed, "acceleration": used.acceleration}
    found = []
    for limit, share in kinds.items():
        for i, name in enumerate(NAMES):
            for stretch in stretches(share[:, i] >= BINDS_AT, motion.times_s):
                found.append(
                    {
                        "joint": name,
                        "limit": limit,
                        **_span(motion.times_s, stretch),
                        "set_points": int((share[stretch, i] >= BINDS_AT).sum()),
                    }
                )
    return sorted(found, key=lambda each: each["start_s"])


def _held(motion: FullMotion) -> Iterable[dict]:
    for stretch in stretches(np.array([bool(why) for why in motion.held]), motion.times_s):
        why = next(filter(None, motion.held[stretch]))
        yield {**_span(motion.times_s, stretch), "why": why}


def _too_fast(motion: FullMotion) -> Iterable[dict]:
    """Yield where the model asks for more than the limits allow, by the joint that asks most."""
    demand = np.maximum(motion.speed_demand, motion.acceleration_demand)
    times_s = motion.chunk_times_s
    over = (demand > 1.0).any(axis=1) | (motion.tool_demand > 1.0)
    for stretch in stretches(over, times_s):
        worst = int(demand[stretch].max(axis=0).argmax())
        yield {
            **_span(times_s, stretch),
            "joint": NAMES[worst],
            "speed_share": float(motion.speed_demand[stretch, worst].max()),
            "acceleration_share": float(motion.acceleration_demand[stretch, worst].max()),
            "tool_share": float(motion.tool_demand[stretch].max()),
        }


def _reduced(motion: FullMotion) -> Iterable[dict]:
    """Yield where the motion is smaller than asked for, so that its beat can stay."""
    full = motion.amplitude[motion.times_s >= GROWN_S]
    largest = full.max() if len(full) else 1.0
    reduced = (motion.amplitude < _REDUCED_BELOW * largest) & (motion.times_s >= GROWN_S)[:, None]
    for stretch in stretches(reduced.any(axis=1), motion.times_s):
        part = motion.amplitude[stretch]
        worst = int(part.min(axis=0).argmin())
        yield {
            **_span(motion.times_s, stretch),
            "joint": NAMES[worst],
            "least": float(part[:, worst].min()),
            "mean": float(part[:, worst].mean()),
        }


def _quiet(motion: FullMotion, used: Shares, song_s: float) -> Iterable[dict]:
    """Yield stretches of two seconds or more in which the arm hardly moves."""
    mean_rad_s = np.abs(used.speed_rad_s).mean(axis=1)
    still = (mean_rad_s < _QUIET_RAD_S) & (motion.times_s <= song_s)
    for stretch in stretches(still, motion.times_s, gap_s=0.1):
        span = _span(motion.times_s, stretch)
        if span["end_s"] - span["start_s"] >= _QUIET_S:
            yield span


def _span(times_s: np.ndarray, stretch: slice) -> dict[str, float]:
    start_s, end_s = times_s[stretch.start], times_s[stretch.stop - 1]
    return {"start_s": round(float(start_s), 3), "end_s": round(float(end_s), 3)}


def _rounded(times_s: np.ndarray) -> list[float]:
    return np.round(times_s, 4).tolist()
