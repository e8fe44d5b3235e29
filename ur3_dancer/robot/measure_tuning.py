"""What the knobs do, on the simulated arm: gain, look-ahead, horizon and amplitude.

One dance is played over and over with one knob turned at a time. The arm is the embedded
controller's own, stepped here without its sockets: its servoJ is a model of the real one's (see
`robot/controller/servo.py`), so figures of gain and look-ahead show the direction and not the size.
"""

from collections.abc import Sequence

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.policy import Policy
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import FullMotion, rehearse_in_full
from ur3_dancer.music.window import Window
from ur3_dancer.robot.controller.arm import SimulatedArm
from ur3_dancer.robot.controller.model import model_named
from ur3_dancer.robot.measure_arm_delay import fit_delay

GAINS = (100.0, 300.0, 1200.0, 2000.0)
LOOKAHEADS_S = (0.03, 0.06, 0.1, 0.15, 0.2)
HORIZONS = (1, 5, 12, 24)
OUTAGES_S = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
AMPLITUDES = (0.25, 0.5, 0.75, 1.0)
STEP_RAD = 0.1
_STEP_S = 0.6
_OUTAGE_EVERY_S = 2.0


def measure_tuning(policy: Policy, arm: ArmConfig, windows: Sequence[Window]) -> dict:
    """Turn each knob through its range.

    Args:
        policy: what dances, warmed up.
        arm: limits, workspace and home.
        windows: of a song, one a frame, at least 8 s of it.

    Returns:
        `servo`: `gain`, `lookahead_s`, and `delay_ms` of each gain at each look-ahead. `step`:
        `times_s` and, by setting, `share` of a step of `STEP_RAD` that is done. `horizon`:
        `outage_s` and, by the poses that are left when a chunk is played, `worst_error_rad` of the
        joint that is furthest off when that much of the music is lost every two seconds.
        `amplitude`: `share`, `energy_rad_s`, and `acceleration_share`, the 99th percentile of what
        is used of the limit.
    """
    whole = rehearse_in_full(policy, arm, windows)
    return {
        "servo": {
            "gain": list(GAINS),
            "lookahead_s": list(LOOKAHEADS_S),
            "delay_ms": [[_delay_ms(whole, arm, g, s) for s in LOOKAHEADS_S] for g in GAINS],
        },
        "step": _steps(arm),
        "horizon": {
            "outage_s": list(OUTAGES_S),
            "worst_error_rad": {str(H): _worst_errors(policy, arm, windows, H) for H in HORIZONS},
        },
        "amplitude": _amplitudes(policy, arm, windows),
    }


def follow(commands: np.ndarray, model: str, gain: float, lookahead_s: float) -> np.ndarray:
    """Return the joints (T, 6) of the simulated arm that is sent `commands` (T, 6) by servoJ."""
    simulated = SimulatedArm(model_named(model))
    simulated.q = simulated.actual_q = commands[0].tolist()
    joints = np.empty_like(commands)
    for i, command in enumerate(commands):
        simulated.servo(command, lookahead_s, gain)
        simulated.step(program_runs=True)
        joints[i] = simulated.actual_q
    return joints


def _delay_ms(motion: FullMotion, arm: ArmConfig, gain: float, lookahead_s: float) -> float:
    joints = follow(motion.q, arm.model, gain, lookahead_s)
    return 1000.0 * fit_delay(motion.times_s, motion.q, joints).delay_s


def _steps(arm: ArmConfig) -> dict:
    """Return how a sudden step is followed: what no dance does, and what shows the law best."""
    model = model_named(arm.model)
    count = round(_STEP_S / model.period_s)
    commands = np.tile(arm.home_rad, (count, 1))
    commands[1:, 0] += STEP_RAD
    settings = {"stiff": (GAINS[-1], 0.03), "shipped": (arm.servo.gain, arm.servo.lookahead_s)}
    settings |= {"soft": (GAINS[0], 0.03), "smooth": (arm.servo.gain, LOOKAHEADS_S[-1])}
    share = {}
    for name, (gain, lookahead_s) in settings.items():
        done = follow(commands, arm.model, gain, lookahead_s)[:, 0] - arm.home_rad[0]
        label = f"{name}: gain {gain:g}, look-ahead {lookahead_s:g} s"
        share[label] = (done / STEP_RAD).tolist()
    return {"times_s": (np.arange(count) * model.period_s).tolist(), "share": share}


class _Shortened:
    """A policy whose chunks have fewer poses."""

    def __init__(self, policy: Policy, horizon: int):
        self._policy, self._horizon = policy, horizon
        self.spec = policy.spec

    def reset(self) -> None:
        self._policy.reset()

    def warm_up(self) -> None:
        self._policy.warm_up()

    def predict(self, window: Window) -> Chunk:
        chunk = self._policy.predict(window)
        # The first poses are past when the chunk is played: count from when it is.
        late = round(0.1 / chunk.step_s)
        return Chunk(chunk.targets_rad[: late + self._horizon], chunk.start_s, chunk.step_s)


def _worst_errors(
    policy: Policy, arm: ArmConfig, windows: Sequence[Window], horizon: int
) -> list[float]:
    shortened = _Shortened(policy, horizon)
    ways = []
    for outage_s in OUTAGES_S:
        heard = [w for w in windows if w.time_s % _OUTAGE_EVERY_S >= outage_s]
        ways.append(rehearse_in_full(shortened, arm, heard).q)
    count = min(map(len, ways))
    return [float(np.abs(way[:count] - ways[0][:count]).max()) for way in ways]


def _amplitudes(policy: Policy, arm: ArmConfig, windows: Sequence[Window]) -> dict:
    energy, used = [], []
    for share in AMPLITUDES:
        motion = rehearse_in_full(policy, arm, windows, amplitude=share)
        speed = np.diff(motion.q, axis=0) * motion.rate_hz
        acceleration = np.diff(speed, axis=0) * motion.rate_hz
        energy.append(float(np.abs(speed).mean()))
        worst = (np.abs(acceleration) / arm.limits.acceleration_rad_s2).max(axis=1)
        used.append(float(np.percentile(worst, 99)))
    return {"share": list(AMPLITUDES), "energy_rad_s": energy, "acceleration_share": used}
