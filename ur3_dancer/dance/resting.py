"""Rest: what an arm does in silence, whatever its model would make of it.

Models have learnt music; what they answer to silence is an accident. So the dance fades to home,
and an arm that is on stage may breathe there, so that it looks awake and not switched off.
"""

import numpy as np

from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.energy import EnergyFollower
from ur3_dancer.dance.policy import Policy
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

BREATH_S = 5.0
"""A person at rest takes twelve breaths a minute."""

_SIZE_RAD = np.array([0.0, 0.025, -0.035, 0.02, 0.0, 0.03])
"""Choice: the tool rises and sinks by about a centimetre."""

_QUIET_S = 2.0
"""Silence must have lasted this long: a general pause is not the end of the music."""

_TO_REST_S, _TO_DANCE_S = 2.5, 1.0
"""Rest is not urgent; a first beat is."""


class Resting:
    """A policy that dances to music and rests at home in silence.

    At first, and after two seconds of silence, there is rest; as soon as there is sound the dance
    fades in. Rest and dance are added, weighted by a smooth share, at the times of the chunk: so
    nothing jumps.

    Args:
        policy: dances; its chunks are joint angles in UR order.
        home_rad: (6,) pose in which it rests.
        breathes: whether it makes small slow moves there.
    """

    def __init__(self, policy: Policy, home_rad: np.ndarray, breathes: bool = False):
        self._policy, self.spec = policy, policy.spec
        self._size_rad = _SIZE_RAD if breathes else np.zeros(6)
        self._home = np.asarray(home_rad, float)
        self._ear = EnergyFollower(feature_spec(policy.spec.features))
        self.reset()

    @property
    def resting(self) -> bool:
        """Return whether it rests, or is on its way there."""
        return self._goal > 0.0

    def reset(self) -> None:
        """Forget the song; at first there is silence."""
        self._policy.reset()
        self._ear.reset()
        self._silent_since_s: float | None = None
        self._goal, self._from_share, self._from_s = 1.0, 1.0, -np.inf

    def warm_up(self) -> None:
        """Pay every first-call cost of the policy."""
        self._policy.warm_up()
        self.reset()

    def predict(self, window: Window) -> Chunk:
        """Return the dance, rest, or a mixture, see `Policy.predict`."""
        chunk = self._policy.predict(window)
        self._listen(window)
        times_s = chunk.start_s + chunk.step_s * np.arange(len(chunk.targets_rad))
        share = self._share(times_s)[:, None]
        if not share.any():
            return chunk
        rest = self._home + self._size_rad * np.sin(2 * np.pi * times_s / BREATH_S)[:, None]
        targets_rad = chunk.targets_rad + share * (rest - chunk.targets_rad)
        return Chunk(targets_rad, chunk.start_s, chunk.step_s)

    def _listen(self, window: Window) -> None:
        now_s = window.time_s
        self._ear.hear(window.frames, now_s)
        if not self._ear.silent:
            self._silent_since_s = None
        elif self._silent_since_s is None:
            self._silent_since_s = now_s
        quiet = self._silent_since_s is not None and now_s - self._silent_since_s >= _QUIET_S
        if self._ear.silent and not quiet:
            return  # a pause: go on with what was done before it
        goal = 1.0 if quiet else 0.0
        if goal != self._goal:
            self._from_share = float(self._share(np.array([now_s]))[0])
            self._goal, self._from_s = goal, now_s

    def _share(self, times_s: np.ndarray) -> np.ndarray:
        """Return the (n,) share of rest at given times, 0 to 1."""
        fade_s = _TO_REST_S if self.resting else _TO_DANCE_S
        x = np.clip((times_s - self._from_s) / fade_s, 0.0, 1.0)
        return self._from_share + (self._goal - self._from_share) * x**3 * (10 - 15 * x + 6 * x**2)
