"""Training streams: the student dances on its own to many songs at once while it learns.

A model that only ever saw the teacher's past poses fails when it is fed with its own (exposure
bias: the public MDLT-T is worse than a frozen pose when it runs freely). So each stream goes
through a song with the poses that the student itself promised, as it will live; sometimes it
begins in the teacher's steps, sometimes at home, frozen, or off the beat. At every step the teacher
says how to go on from where the student is: on with the nearest of the right dances, the
difference dying away within a fraction of a second (dataset aggregation, Ross et al. 2011, made
continuous).

Two traps were met and are avoided here. A student that knows nothing yet stands still, and one
that only ever sees itself stand still learns nothing else: so streams are short at first, most of
them in the teacher's steps; half of them stay so, and the others grow longer. And to a dancer at
rest all right dances are equally near, so that on average it should stay: who is at rest is told to
begin to one certain side.

Nothing here loops over streams: a batch is a few gathers, whatever B is.

Shapes: B batch, K window, H horizon, J joints, V variants. Poses are unit values of the pose space.
"""

import torch
from torch import Tensor

from ur3_dancer.dance.promises import NEWEST_SHARE
from ur3_dancer.learning.songs import Dances
from ur3_dancer.learning.train_config import StreamSettings

_LARGEST_UNIT = 0.999
_SHORT_LIFE_STEPS = 2.0
_GROWN_UP = 0.6
"""Share of the training after which streams live as long as they ever will."""
_SIDE = (1.0, 0.5, 0.4, 0.3, 0.2, 0.1)
_SIDE_AHEAD_S = 0.2
"""Dancers at rest begin with the dance that goes further this way in the next 0.2 s."""
_AT_REST = 0.05
"""Share of the teacher's spread below which a dancer counts as at rest, over a window."""
_STRIDES = (1, 1, 1, 2, 3, 4, 6, 9, 12, 18, 24, 30)
"""Frames to the next window: mostly few as live, sometimes many, as when windows are lost."""
_HOME, _FROZEN, _DISPLACED, _OFF_BEAT, _TRUTH = range(5)
"""Pasts in which a stream may begin."""


class Streams:
    """B dances under way, each at one frame of one song.

    Args:
        dances: songs to dance to, each of more than K + H frames.
        settings: how streams begin and end.
        sizes: B, K and H.
        rate_hz: frames a second.
        spread: (J,) standard deviation of each joint's unit pose, the measure of noise.
        home: (J,) unit pose.
        seed: of everything drawn here.
    """

    def __init__(
        self,
        dances: Dances,
        settings: StreamSettings,
        sizes: tuple[int, int, int],
        rate_hz: float,
        spread: Tensor,
        home: Tensor,
        seed: int,
    ):
        self._dances, self._settings = dances, settings
        self._B, self._K, self._H = B, K, H = sizes
        self._rate_hz, self._spread, self._home = rate_hz, spread, home
        self._random = torch.Generator().manual_seed(seed)
        fade = torch.exp(-torch.arange(1, H + 1) / (settings.recovery_s * rate_hz))
        self._fade = fade[None, None, :, None]
        longest = min(settings.longest_stride, H)
        self._strides = [stride for stride in _STRIDES if stride <= longest]
        self._life_steps = torch.full((B,), _SHORT_LIFE_STEPS)
        self._side = torch.tensor(_SIDE)[: len(home)] / spread
        self._newest = torch.zeros(B, dtype=torch.long)
        self._end = torch.zeros(B, dtype=torch.long)
        self._promised = torch.zeros(B, K + H, len(home))
        self._known = torch.zeros(B, dtype=torch.long)
        self._begin(torch.ones(B, dtype=torch.bool))

    def batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return music (B, K, F), past poses with noise (B, K, J), targets (B, K, H, J), clock."""
        K, H = self._K, self._H
        window = self._newest[:, None] + torch.arange(1 - K, 1)
        past = self._promised[:, :K]
        around = self._newest[:, None] + torch.arange(1 - K, H + 1)
        right = self._dances.poses[:, around]
        nearest = right[self._nearest(right, past), torch.arange(self._B)]
        ahead = nearest[:, 1:].unfold(1, H, 1).transpose(2, 3)
        off = past - nearest[:, :K]
        targets = (ahead + off[:, :, None] * self._fade).clamp(-_LARGEST_UNIT, _LARGEST_UNIT)
        return self._dances.music(window), past + self._noise(), targets, self._dances.clock[window]

    def grow_up(self, done: float) -> None:
        """Let every second stream live longer as the training goes on, `done` 0..1."""
        grown = min(1.0, done / _GROWN_UP)
        longest = self._settings.life_steps
        self._life_steps[::2] = _SHORT_LIFE_STEPS * (1 - grown) + longest * grown

    def go_on(self, promised: Tensor) -> None:
        """Take the newest answers (B, H, J) as promised and move on by a few frames."""
        stride = self._strides[int(self._draw(len(self._strides), 1))]
        # As live, see `dance.promises`: where an earlier answer has promised too, both count.
        before = self._promised[:, self._K :]
        is_known = torch.arange(self._H) < self._known[:, None]
        share = torch.where(is_known, NEWEST_SHARE, 1.0)[:, :, None]
        promised = before + share * (promised - before)
        self._known[:] = self._H - stride
        last = promised[:, -1:].expand(-1, stride, -1)
        line = torch.cat([self._promised[:, : self._K], promised, last], dim=1)
        self._promised = line[:, stride:]
        self._newest += stride
        ended = self._newest + self._H >= self._end
        tired = torch.rand(self._B, generator=self._random) < 1.0 / self._life_steps
        if (over := ended | tired).any():
            self._begin(over)

    def state_dict(self) -> dict:
        """Return where all streams are, and the random generator."""
        return {
            "random": self._random.get_state(),
            "newest": self._newest,
            "end": self._end,
            "promised": self._promised,
            "known": self._known,
            "life_steps": self._life_steps,
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._random.set_state(state["random"])
        self._newest, self._end = state["newest"].clone(), state["end"].clone()
        self._promised, self._known = state["promised"].clone(), state["known"].clone()
        self._life_steps = state["life_steps"].clone()

    def _nearest(self, right: Tensor, past: Tensor) -> Tensor:
        """Return (B,) which of the right dances (V, B, K + H, J) each stream is led to."""
        if len(right) == 1:
            return torch.zeros(self._B, dtype=torch.long)
        K = self._K
        distance = ((right[:, :, :K] - past) / self._spread).square().mean((2, 3))
        ahead = min(self._H, round(_SIDE_AHEAD_S * self._rate_hz))
        step = ((right[:, :, K - 1 + ahead] - right[:, :, K - 1]) * self._side).sum(2)
        moving = (past.std(1) / self._spread).square().mean(1)
        decided = moving / (moving + _AT_REST**2)
        return (decided * distance - (1.0 - decided) * step).argmin(0)

    def _begin(self, which: Tensor) -> None:
        """Let the streams marked in (B,) begin at a random frame of a random song."""
        dances, B = self._dances, self._B
        # Drawn for all, used for some: then the numbers do not depend on how many begin.
        song = self._draw(len(dances.starts), B)
        start, length = dances.starts[song], dances.lengths[song]
        free = length - self._K - self._H
        at = self._K + (torch.rand(B, generator=self._random) * free).long().clamp(max=free - 1)
        past = self._past(start, at, length)
        self._known[which] = 0
        self._newest[which], self._end[which] = (start + at)[which], (start + length)[which]
        self._promised[which] = past[which]

    def _past(self, start: Tensor, at: Tensor, length: Tensor) -> Tensor:
        """Return (B, K + H, J) poses for the frames around `at`; only the first K matter."""
        B, second = self._B, round(self._rate_hz)
        span = at[:, None] + torch.arange(1 - self._K, self._H + 1)
        kind = self._draw(_TRUTH, B)
        in_step = torch.rand(B, generator=self._random) < self._settings.from_truth
        kind[in_step] = _TRUTH
        off_beat = self._draw(second, B)[:, None] - second // 2
        frozen = (torch.rand(B, generator=self._random) * length).long()[:, None]
        last = length[:, None] - 1
        span = torch.where(kind[:, None] == _OFF_BEAT, span + off_beat, span)
        span = torch.where(kind[:, None] == _FROZEN, frozen, span).clamp(min=0).minimum(last)
        variant = self._draw(len(self._dances.poses), B)[:, None]
        past = self._dances.poses[variant, start[:, None] + span]
        away = torch.randn(B, 1, len(self._home), generator=self._random) * self._spread
        displaced = (past + away).clamp(-_LARGEST_UNIT, _LARGEST_UNIT)
        past = torch.where(kind[:, None, None] == _DISPLACED, displaced, past)
        return torch.where(kind[:, None, None] == _HOME, self._home, past)

    def _noise(self) -> Tensor:
        """Return (B, K, J) noise: a part for the whole window and a part for each pose."""
        shape = (self._B, self._K, len(self._home))
        each = torch.randn(shape, generator=self._random)
        whole = torch.randn(self._B, 1, len(self._home), generator=self._random)
        return self._settings.noise * self._spread * (0.5 * each + whole)

    def _draw(self, below: int, count: int) -> Tensor:
        return torch.randint(below, (count,), generator=self._random)
