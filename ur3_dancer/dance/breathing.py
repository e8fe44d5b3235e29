"""Breathing: what an arm does in silence, so that it looks awake and not switched off."""

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

_FADE_S = 2.5


class Breathing:
    """A policy that dances to music and breathes in silence.

    After two seconds of silence the dance fades to small slow moves about home; as soon as there is
    sound again it fades back. What breathes and what dances are added, weighted by a smooth share,
    at the times of the chunk: so nothing jumps.

    Args:
        policy: dances; its chunks are joint angles in UR order.
        home_rad: (6,) pose about which it breathes.
    """

    def __init__(self, policy: Policy, home_rad: np.ndarray):
        self._policy, self.spec = policy, policy.spec
        self._home = np.asarray(home_rad, float)
        self._ear = EnergyFollower(feature_spec(policy.spec.features))
        self.reset()

    @property
    def breathing(self) -> bool:
        """Return whether it breathes, or is on its way there."""
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
        """Return the dance, the breath, or a mixture, see `Policy.predict`."""
        chunk = self._policy.predict(window)
        self._listen(window)
        times_s = chunk.start_s + chunk.step_s * np.arange(len(chunk.targets_rad))
        share = self._share(times_s)[:, None]
        if not share.any():
            return chunk
        breath = self._home + _SIZE_RAD * np.sin(2 * np.pi * times_s / BREATH_S)[:, None]
        targets_rad = chunk.targets_rad + share * (breath - chunk.targets_rad)
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
        """Return the (n,) share of breathing at given times, 0 to 1."""
        x = np.clip((times_s - self._from_s) / _FADE_S, 0.0, 1.0)
        return self._from_share + (self._goal - self._from_share) * x**3 * (10 - 15 * x + 6 * x**2)
