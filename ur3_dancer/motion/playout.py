"""The time-ordered merge of chunks: what the arm should do at any time.

Chunks merge by time, never by arrival. The newest one is the plan; what separates it from the plan
so far is an offset in angle, velocity and acceleration at the cursor (the time being played), and
that offset dies away as (A + B t + C t**2) exp(-w t). So the plan is continuous up to its
acceleration whatever arrives. The rejected alternative, a fade with a window of fixed length,
starts anew with each of sixty chunks a second and so depends on how many come; this offset is a
linear system of third order with one pole, which merging as often as one likes does not change.

When a chunk asks for more than the limits allow, its amplitude about home shrinks, and its time
does not: the beat stays. The amplitude falls at once (the offset makes it smooth) and comes back
slowly.
"""

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.curve import Curve, control_points, peaks
from ur3_dancer.motion.kinematics import tool_points

MAX_POINTS = 600
MAX_DURATION_S = 5.0
MAX_FUTURE_S = 1.0
RANGE_TOLERANCE_RAD = 0.01
HEADROOM = 0.9
AMPLITUDE_RETURN_PER_S = 1.0
HALF_BLEND_S = 0.1
"""An ordinary difference between chunks is half gone after this time."""

_HALF_LIFE = 2.674  # (1 + x + x**2 / 2) exp(-x) = 1 / 2
_BLEND_SHARE = 0.4  # of each limit, for closing a large offset


class Playout:
    """Merges chunks and is sampled by the servo loop; not thread-safe, one loop owns it.

    Attributes:
        amplitude: (6,) present scale of the motion about home, 0 to 1.
        speed_demand, acceleration_demand: (6,) what the newest chunk asked for before it was
            shrunk, as a share of what it may have; above 1 is too fast.
        tool_demand: the same of the tool's speed, once the joints keep to theirs.
        merged, stale: chunks taken, and chunks dropped because a newer one was known or because
            all their points were past.
    """

    def __init__(self, arm_config: ArmConfig):
        limits = arm_config.limits
        self._config = arm_config
        self._home = arm_config.home_rad
        self._lower, self._upper = limits.lower_rad, limits.upper_rad
        self._speed = HEADROOM * limits.velocity_rad_s
        self._acceleration = HEADROOM * limits.acceleration_rad_s2
        self._tcp_speed = HEADROOM * arm_config.workspace.tcp_speed_m_s
        self._blend_speed = _BLEND_SHARE * limits.velocity_rad_s
        self._blend_acceleration = _BLEND_SHARE * limits.acceleration_rad_s2
        self._blend_jerk = _BLEND_SHARE * limits.jerk_rad_s3
        self._state, self._old = np.empty((3, 6)), np.empty((3, 6))
        self.merged = self.stale = 0
        self.hold(arm_config.home_rad)

    def hold(self, q_rad: np.ndarray) -> None:
        """Forget every chunk and stand at `q_rad` (6,); the next dance grows from small."""
        q = np.asarray(q_rad, float)
        self._curve = Curve(control_points(q[None, :], 1.0), -1e9, 1.0, self._acceleration)
        self._newest_s = -np.inf
        self._merged_at_s: float | None = None
        self._offset_end_s = -np.inf
        self._offset_start_s = 0.0
        self._offset = np.zeros((3, 6))
        self._decay = np.ones(6)
        self.amplitude = np.zeros(6)
        self.speed_demand, self.acceleration_demand = np.zeros(6), np.zeros(6)
        self.tool_demand = 0.0

    def check(self, chunk: Chunk, now_s: float) -> None:
        """Refuse a chunk that must not be played.

        Raises:
            ConfigError: wrong shape, not finite, too long, too far ahead, or out of range.
        """
        q = np.asarray(chunk.targets_rad)
        if q.ndim != 2 or q.shape[1:] != (6,) or not 1 <= len(q) <= MAX_POINTS:
            raise ConfigError(
                f"chunk of shape {q.shape} refused: it must be (H, 6) with 1 to {MAX_POINTS} points"
            )
        if not (np.isfinite(chunk.start_s) and np.isfinite(chunk.step_s) and chunk.step_s > 0.0):
            raise ConfigError(
                f"chunk refused: start {chunk.start_s} s and step {chunk.step_s} s must be finite, "
                "and the step above 0"
            )
        duration_s = chunk.end_s - chunk.start_s
        if duration_s > MAX_DURATION_S:
            raise ConfigError(
                f"chunk of {duration_s:.2f} s refused: at most {MAX_DURATION_S:g} s are planned"
            )
        if chunk.start_s > now_s + MAX_FUTURE_S:
            raise ConfigError(
                f"chunk refused: it starts {chunk.start_s - now_s:.2f} s ahead, more than "
                f"{MAX_FUTURE_S:g} s: are both ends on the same monotonic clock?"
            )
        lowest, highest = q.min(axis=0), q.max(axis=0)
        inside = (lowest >= self._lower - RANGE_TOLERANCE_RAD) & (
            highest <= self._upper + RANGE_TOLERANCE_RAD
        )
        if not inside.all():  # NaN compares false, so it ends here too
            raise ConfigError(self._range_text(int(np.argmin(inside)), q))

    def merge(self, chunk: Chunk, cursor_s: float) -> bool:
        """Make `chunk` the plan from `cursor_s` on; return False when it came too late.

        Raises:
            ConfigError: as `check`; the plan is unchanged.
        """
        self.check(chunk, cursor_s)
        if chunk.start_s <= self._newest_s or chunk.end_s <= cursor_s:
            self.stale += 1
            return False
        wish = np.clip(np.asarray(chunk.targets_rad, float), self._lower, self._upper)
        control = control_points(wish, chunk.step_s)
        past = int((cursor_s - chunk.start_s) / chunk.step_s)
        self._set_amplitude(control[min(max(past, 0), len(wish) - 1) :], chunk.step_s, cursor_s)
        control = self._home + self.amplitude * (control - self._home)
        curve = Curve(control, chunk.start_s, chunk.step_s, self._acceleration)
        self._plan(cursor_s, self._old)
        self._old -= curve.state(cursor_s, self._state)
        self._set_offset(self._old, cursor_s)
        self._curve = curve
        self._newest_s = chunk.start_s
        self._merged_at_s = cursor_s
        self.merged += 1
        return True

    def sample(self, time_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Return angles (6,) and velocities (6,) for `time_s`, valid until the next call."""
        state = self._plan(time_s, self._state)
        return state[0], state[1]

    def limit_amplitude(self, share: float) -> None:
        """Set the largest amplitude, 0 to 1, for instance where the speed slider is low."""
        self._largest = min(max(share, 0.0), 1.0)

    _largest = 1.0

    @property
    def end_s(self) -> float:
        """Time of the plan's last point; after it the plan goes to rest."""
        return self._curve.end_s

    def is_exhausted(self, time_s: float) -> bool:
        """Return whether the plan has run out at `time_s`."""
        return time_s > self._curve.end_s

    def is_at_rest(self, time_s: float) -> bool:
        """Return whether the plan stands still at `time_s` and from then on."""
        return time_s >= self._curve.rest_s and time_s >= self._offset_end_s

    def _plan(self, time_s: float, out: np.ndarray) -> np.ndarray:
        self._curve.state(time_s, out)
        if time_s < self._offset_end_s:
            w, (a, b, c) = self._decay, self._offset
            t = time_s - self._offset_start_s
            fade = np.exp(-w * t)
            value = a + t * (b + t * c)
            slope = b + (2 * t) * c
            out[0] += value * fade
            out[1] += (slope - w * value) * fade
            out[2] += (2 * c - w * (2 * slope - w * value)) * fade
            self._stay_in_range(out)
        return out

    def _stay_in_range(self, state: np.ndarray) -> None:
        """Hold (3, 6) angles, velocities and accelerations at the limits of position.

        The chunks are within them, the offset need not be: chunks that all leave one way and begin
        anew where they left from would drive it ever further out.
        """
        q = state[0]
        beyond = (q < self._lower) | (q > self._upper)
        if beyond.any():
            np.clip(q, self._lower, self._upper, out=q)
            state[1:, beyond] = 0.0

    def _set_offset(self, gap: np.ndarray, cursor_s: float) -> None:
        """Let the offset start as `gap` (3, 6) and die away as fast as its size allows.

        The factors are the peaks of the curve's derivatives for a pure gap in angle:
        speed 0.271 w, acceleration 0.231 w**2, jerk w**3.
        """
        size = np.abs(gap[0]) + 1e-9
        w = np.minimum(_HALF_LIFE / HALF_BLEND_S, self._blend_speed / (0.271 * size))
        w = np.minimum(w, np.sqrt(self._blend_acceleration / (0.231 * size)))
        w = np.minimum(w, np.cbrt(self._blend_jerk / size))
        a, slope, bend = gap
        b = slope + w * a
        c = (bend + 2 * w * b - w * w * a) / 2
        self._offset = np.stack([a, b, c])
        self._decay = w
        self._offset_start_s = cursor_s
        self._offset_end_s = cursor_s + 18.0 / float(w.min())  # exp(-18) of it is left: nothing

    def _set_amplitude(self, control: np.ndarray, step_s: float, cursor_s: float) -> None:
        """Choose the amplitude for what is still to come of a chunk, control points (n, 6)."""
        speed, acceleration = peaks(control, step_s)
        self.speed_demand = speed / self._speed
        self.acceleration_demand = acceleration / self._acceleration
        demand = np.maximum(self.speed_demand, self.acceleration_demand)
        allowed = np.minimum(self._largest, 1.0 / np.maximum(demand, 1.0))
        poses = self._home + allowed * (control - self._home)
        tool = tool_points(self._config.model, poses, self._config.workspace.tool_length_m)
        tool_steps = tool[1:] - tool[:-1]
        tool_speed = np.sqrt((tool_steps * tool_steps).sum(axis=1).max()) / step_s
        self.tool_demand = float(tool_speed / self._tcp_speed)
        allowed *= min(1.0, 1.0 / max(self.tool_demand, 1e-9))
        since_s = 0.0 if self._merged_at_s is None else cursor_s - self._merged_at_s
        grown = self.amplitude + AMPLITUDE_RETURN_PER_S * min(max(since_s, 0.01), 0.1)
        self.amplitude = np.minimum(allowed, grown)

    def _range_text(self, joint: int, q: np.ndarray) -> str:
        values = q[:, joint]
        low, high = self._lower[joint], self._upper[joint]
        if not np.isfinite(values).all():
            return f"chunk refused: {JOINTS[joint]} has a value that is not finite"
        worst = values[np.argmax(np.maximum(low - values, values - high))]
        return (
            f"chunk refused: {JOINTS[joint]} would be {worst:.3f} rad, outside its limits "
            f"{low:g} to {high:g} rad: do policy and driver use the same arm configuration?"
        )
