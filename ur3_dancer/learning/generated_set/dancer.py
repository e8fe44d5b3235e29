"""From key poses to a body in motion: smooth curves that slow down on the beat.

Every channel is a cubic spline through its key poses, over a phase that itself slows down on each
beat: psi = phi - stop / (2 pi) sin(2 pi phi), phi the beats that have passed. At a beat psi runs at
1 - stop, half-way at 1 + stop. Both the spline and the phase have continuous second derivatives, so
speed and acceleration of every joint are continuous, and arms are slowest on the beats. Feet go
straight from key to key instead, with stop 1, which is as smooth: so a foot that stands does not
slide, as it would where a spline overshoots.
"""

import numpy as np
from scipy.interpolate import CubicSpline

from ur3_dancer.learning.generated_set import limbs
from ur3_dancer.learning.generated_set.choreography import Choreography
from ur3_dancer.learning.generated_set.poses import (
    ARMS,
    COLUMN,
    FEET,
    LEFT_ARM,
    REST,
    RIGHT_ARM,
)
from ur3_dancer.motion.body import SMPL_JOINTS, BodyMotion
from ur3_dancer.motion.rotations import axis_angle_from_matrix

RATE_HZ = 60.0
_AROUND = 4
"""Key poses at rest before and after the dance."""
_TRUNK_STOP = 0.7
_STANCE_M = 0.11
"""Half the distance of the feet."""
_STANDING_M = 0.94
"""Height of the pelvis, knees a little bent."""
_ANKLE_M = 0.07
_STEP_LIFT_M = 0.06
_NOD_RAD = 0.14
_STEPPED = (COLUMN["yaw"], *range(FEET.start, FEET.stop))
_SPINE = ("spine_1", "spine_2", "spine_3")


def dance(choreography: Choreography, beats_s: np.ndarray, duration_s: float) -> BodyMotion:
    """Return the dance at 60 Hz, its first frame with the song's first sample.

    Args:
        choreography: the key poses.
        beats_s: (B,) when the song's beats are.
        duration_s: of the song.
    """
    times_s = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    key_s = beats_s[choreography.beats]
    number = np.arange(-_AROUND, len(key_s) + _AROUND)
    grid_s = _extended(key_s)
    phase = CubicSpline(grid_s, number)(np.clip(times_s, grid_s[0], grid_s[-1]))
    last = REST.copy()
    last[COLUMN["yaw"]] = choreography.keys[-1, COLUMN["yaw"]]
    keys = np.concatenate(
        [np.tile(REST, (_AROUND, 1)), choreography.keys, np.tile(last, (_AROUND, 1))]
    )
    spline = CubicSpline(number, keys)
    channels = spline(_slowed(phase, _TRUNK_STOP))
    channels[:, ARMS] = spline(_slowed(phase, choreography.style.stop))[:, ARMS]
    for column in _STEPPED:
        channels[:, column] = np.interp(_slowed(phase, 1.0), number, keys[:, column])
    energy = np.concatenate([np.zeros(_AROUND), choreography.energy, np.zeros(_AROUND)])
    lively = np.clip(CubicSpline(number, energy)(_slowed(phase, 1.0)), 0.0, 1.0)
    on_beat = 0.5 + 0.5 * np.cos(2 * np.pi * _beat_phase(times_s, beats_s))
    channels[:, COLUMN["dip"]] += choreography.style.bounce_m * lively * on_beat
    channels[:, COLUMN["nod"]] += _NOD_RAD * lively * (on_beat - 0.5)
    lifts = _lifts(keys, number, phase)
    return _body(channels, lifts)


def _extended(key_s: np.ndarray) -> np.ndarray:
    """Return the keys' times with those of the keys at rest around them."""
    first = key_s[1] - key_s[0] if len(key_s) > 1 else 0.5
    last = key_s[-1] - key_s[-2] if len(key_s) > 1 else 0.5
    around = np.arange(1, _AROUND + 1)
    return np.concatenate([key_s[0] - around[::-1] * first, key_s, key_s[-1] + around * last])


def _slowed(phase: np.ndarray, stop: float) -> np.ndarray:
    return phase - stop / (2 * np.pi) * np.sin(2 * np.pi * phase)


def _beat_phase(times_s: np.ndarray, beats_s: np.ndarray) -> np.ndarray:
    grid_s = _extended(beats_s)
    number = np.arange(-_AROUND, len(beats_s) + _AROUND)
    return CubicSpline(grid_s, number)(np.clip(times_s, grid_s[0], grid_s[-1]))


def _lifts(keys: np.ndarray, number: np.ndarray, phase: np.ndarray) -> dict[str, np.ndarray]:
    """Return how high each foot is lifted, (T,) m: between two beats, when it goes elsewhere."""
    index = np.clip(np.floor(phase).astype(int) - number[0], 0, len(number) - 2)
    share = np.clip(phase - number[index], 0.0, 1.0)
    bump = (4 * share * (1 - share)) ** 3
    lifts = {}
    for side in ("left", "right"):
        place = keys[:, [COLUMN[f"{side}_x"], COLUMN[f"{side}_z"]]]
        turned = np.abs(np.diff(keys[:, COLUMN["yaw"]])) > 0.1
        moved = (np.linalg.norm(np.diff(place, axis=0), axis=1) > 0.02) | turned
        lifts[side] = _STEP_LIFT_M * bump * moved[index]
    return lifts


def _body(channels: np.ndarray, lifts: dict[str, np.ndarray]) -> BodyMotion:
    """Return the body that T rows of channels mean."""
    column = {name: channels[:, index] for name, index in COLUMN.items()}
    local = np.tile(np.eye(3), (len(channels), len(SMPL_JOINTS), 1, 1))

    def put(joint: str, rotation: np.ndarray) -> None:
        local[:, SMPL_JOINTS.index(joint)] = rotation

    heading = limbs.turn(1, column["yaw"])
    # A third of the lean and the sway comes from the hips, the rest is shared by the spine.
    pelvis = heading @ limbs.turn(0, column["lean"] / 3) @ limbs.turn(2, column["sway"] / 3)
    put("pelvis", pelvis)
    bend = (
        limbs.turn(1, column["torsion"] / 3)
        @ limbs.turn(0, column["lean"] * 2 / 9)
        @ limbs.turn(2, column["sway"] * 2 / 9)
    )
    for joint in _SPINE:
        put(joint, bend)
    for joint, share in (("neck", 0.4), ("head", 0.6)):
        turned = limbs.turn(1, column["look"] * share) @ limbs.turn(0, column["nod"] * share)
        put(joint, turned @ limbs.turn(2, column["tilt"] * share))
    for joint, rotation in limbs.right_arm(channels[:, RIGHT_ARM]).items():
        put(f"right_{joint}", rotation)
    for joint, rotation in limbs.right_arm(channels[:, LEFT_ARM]).items():
        put(f"left_{joint}", limbs.MIRROR @ rotation @ limbs.MIRROR)
    shift = np.stack([column["shift_x"], -column["dip"], column["shift_z"]], axis=1)
    place_m = np.einsum("tij,tj->ti", heading, shift)
    place_m[:, 1] += _STANDING_M
    for side, outside in (("left", 1.0), ("right", -1.0)):
        foot = np.stack(
            [
                outside * _STANCE_M + column[f"{side}_x"],
                _ANKLE_M + lifts[side],
                column[f"{side}_z"],
            ],
            axis=1,
        )
        ankle_m = np.einsum("tij,tj->ti", heading, foot)
        for joint, rotation in limbs.leg(side, pelvis, place_m, ankle_m, heading).items():
            put(f"{side}_{joint}", rotation)
    return BodyMotion(axis_angle_from_matrix(local), place_m, RATE_HZ)
