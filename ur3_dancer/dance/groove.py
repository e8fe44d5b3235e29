"""Rule-based dancing: a key pose on each beat, at rest exactly there, fastest in between.

It is base-line, teacher of generated dances, and what plays when a trained model fails its checks.
"""

import numpy as np

from ur3_dancer.dance.beat_keeper import BeatKeeper, Grid
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.dancing_arm import DancingArm
from ur3_dancer.dance.ease import Ease, State, minimum_jerk
from ur3_dancer.dance.energy import EnergyFollower
from ur3_dancer.dance.moves import Choreography, PhraseChoreography
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

_BREATH_S = 1.25
_BREATH_RAD = np.array([0.0, 0.03, -0.05, 0.03, 0.0, 0.0])
_TOLERANCE_S = 0.010
"""An ease that ends this near to a beat is let be: frames themselves are 17 ms long."""
_LATEST_BEAT = 3


def groove_poses(
    arm: DancingArm,
    choreography: Choreography,
    beats_s: np.ndarray,
    energy: np.ndarray,
    times_s: np.ndarray,
    first_beat: int = 0,
) -> np.ndarray:
    """Dance to known beats: a pure function of beat phase and energy.

    Args:
        arm: home, bounds and limits.
        choreography: which key poses are danced.
        beats_s: (N,) increasing beat times, N >= 2.
        energy: (N,) energy 0..1 at each beat.
        times_s: (T,) when poses are wanted; home before the first beat's ease and after the last.
        first_beat: number of the first beat; shifts the place in the moves' cycle.

    Returns:
        (T, 6) float64 rad.
    """
    periods_s = np.diff(beats_s, prepend=2 * beats_s[0] - beats_s[1])
    around_s = np.minimum(periods_s, np.append(periods_s[1:], np.inf))
    keys = [arm.home_rad]
    for i, (period_s, shorter_s) in enumerate(zip(periods_s, around_s, strict=True)):
        cycle_rad = choreography.cycle_rad(first_beat + i, float(energy[i]))
        wanted = arm.key_rad(cycle_rad, first_beat + i, shorter_s)
        keys.append(arm.towards(keys[-1], wanted, period_s))
    keys = np.stack(keys)
    knots_s = np.insert(beats_s, 0, beats_s[0] - periods_s[0])
    segment = np.clip(np.searchsorted(knots_s, times_s, side="right") - 1, 0, len(knots_s) - 2)
    phase = (times_s - knots_s[segment]) / (knots_s[segment + 1] - knots_s[segment])
    eased = minimum_jerk(phase)[:, None]
    return arm.soft_limit(keys[segment] * (1.0 - eased) + keys[segment + 1] * eased)


class GroovePolicy:
    """Dances by rule to the beats and the energy that the features hold.

    Every window is answered from a plan of minimum-jerk eases, one key pose a beat. The plan is
    replanned, from the state that was promised, only when the beat grid moves: so motion stays
    smooth whatever the tracker does. Without beats, or in silence, the arm breathes at home.

    Args:
        arm: home, bounds and limits.
        features: name of the feature specification.
        window_frames: K.
        horizon_s: how far ahead chunks reach, in seconds.
        seed: of the choreography.

    Attributes:
        energy: factor on how lively the music is taken to be; may be set while it dances.
    """

    def __init__(
        self,
        arm: DancingArm,
        features: str = "mdlt60",
        window_frames: int = 20,
        horizon_s: float = 0.5,
        seed: int = 0,
    ):
        music = feature_spec(features)
        self._arm, self._seed, self._columns = arm, seed, music.columns
        self.spec = PolicySpec(
            name="groove",
            features=features,
            window_frames=window_frames,
            feature_count=music.count,
            rate_hz=music.rate_hz,
            horizon=round(horizon_s * music.rate_hz),
            pose_space=arm.pose_space,
        )
        self._keeper = BeatKeeper()
        self._energy = EnergyFollower(music)
        self.energy = 1.0
        self.reset()

    def reset(self) -> None:
        """Forget the song and stand at home."""
        self._keeper.reset()
        self._energy.reset()
        self._choreography = PhraseChoreography(self._seed)
        self._plan: list[Ease] = []
        self._standing = self._arm.home_rad

    def warm_up(self) -> None:
        """Predict once on silence; nothing is compiled here."""
        silence = np.zeros((self.spec.window_frames, self.spec.feature_count), np.float32)
        self.predict(Window(silence, 0.0, self.spec.rate_hz))
        self.reset()

    def predict(self, window: Window) -> Chunk:
        """Return the next poses of the dance; see `Policy.predict`."""
        check_window(window, self.spec)
        step_s = 1.0 / self.spec.rate_hz
        frames = np.nan_to_num(window.frames, nan=0.0, posinf=0.0, neginf=0.0)
        beat_column = frames[:, self._columns["beat"]][:, 0]
        self._keeper.hear(beat_column, window.time_s, step_s)
        self._energy.hear(frames, window.time_s)
        times_s = window.time_s + step_s * np.arange(1, self.spec.horizon + 1)
        plan = self._replan(window.time_s, float(times_s[-1]))
        poses = np.stack([ease.poses(times_s) for ease in plan])
        current = np.searchsorted([ease.end_s for ease in plan[:-1]], times_s)
        targets_rad = poses[current, np.arange(len(times_s))]
        return Chunk(self._arm.soft_limit(targets_rad), float(times_s[0]), step_s)

    def _replan(self, now_s: float, until_s: float) -> list[Ease]:
        """Keep the ease that is under way if it still ends on a beat; plan the others afresh."""
        grid = None if self._energy.silent else self._keeper.grid
        running = [ease for ease in self._plan if ease.start_s <= now_s < ease.end_s]
        if not running or _misses_beat(running[0], grid, now_s):
            state = running[0].state(now_s) if running else State.at_rest(self._standing)
            running = [self._way_back(grid, now_s, state)]
        plan = running[:1]
        while plan[-1].end_s < until_s:
            plan.append(self._next_ease(grid, plan[-1]))
        self._plan, self._standing = plan, plan[-1].goal_rad
        return plan

    def _way_back(self, grid: Grid | None, now_s: float, state: State) -> Ease:
        """Return the ease to the first beat that can be reached from `state` within the limits."""
        if grid is None:
            return Ease(now_s, now_s + _BREATH_S, state, self._arm.home_rad)
        first = grid.beat_after(now_s + 0.02)
        for beat in range(first, first + _LATEST_BEAT):
            ease = Ease(now_s, grid.time_s(beat), state, self._key(grid, beat))
            velocity, acceleration = ease.peaks()
            calm = (velocity <= self._arm.velocity_rad_s).all()
            if calm and (acceleration <= self._arm.acceleration_rad_s2).all():
                break
        return ease

    def _next_ease(self, grid: Grid | None, last: Ease) -> Ease:
        if grid is None:
            end_s, key = last.end_s + _BREATH_S, self._breath(last.goal_rad)
        else:
            beat = grid.nearest(last.end_s) + 1
            end_s, key = grid.time_s(beat), self._key(grid, beat)
        goal = self._arm.towards(last.goal_rad, key, end_s - last.end_s)
        return Ease(last.end_s, end_s, State.at_rest(last.goal_rad), goal)

    def _key(self, grid: Grid, beat: int) -> np.ndarray:
        cycle_rad = self._choreography.cycle_rad(beat, min(self.energy * self._energy.value, 1.0))
        return self._arm.key_rad(cycle_rad, beat, grid.period_s)

    def _breath(self, pose_rad: np.ndarray) -> np.ndarray:
        breathed_in = np.dot(pose_rad - self._arm.home_rad, _BREATH_RAD) > 0.0
        return self._arm.home_rad + (-_BREATH_RAD if breathed_in else _BREATH_RAD)


def _misses_beat(ease: Ease, grid: Grid | None, now_s: float) -> bool:
    if grid is None:
        return False
    late_s = abs(grid.time_s(grid.nearest(ease.end_s)) - ease.end_s)
    return late_s > _TOLERANCE_S or ease.end_s - now_s > _LATEST_BEAT * grid.period_s
