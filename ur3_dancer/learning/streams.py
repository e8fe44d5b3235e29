"""Training streams: the student dances on its own to many songs at once while it learns.

A model that only ever saw the teacher's past poses fails when it is fed with its own (exposure
bias: the public MDLT-T is worse than a frozen pose when it runs freely). So each stream goes
through a song with the poses that the student itself promised, as it will live; sometimes it
begins in the teacher's steps, sometimes at home, frozen, or off the beat. At every step the teacher
says how to go on from where the student is: on with the nearer of the two right dances, the
difference dying away within a fraction of a second (dataset aggregation, Ross et al. 2011, made
continuous).

Two traps were met and are avoided here. A student that knows nothing yet stands still, and one
that only ever sees itself stand still learns nothing else: so streams are short at first, most of
them in the teacher's steps; half of them stay so, and the others grow longer. And to a dancer at
rest both dances are equally near, so that on average it should stay: who is at rest is told to
begin to one certain side.

Shapes: B batch, K window, H horizon, J joints, V variants. Poses are unit values of the pose space.
"""

import torch
from torch import Tensor

from ur3_dancer.dance.promises import NEWEST_SHARE
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
_STRIDES = (1, 1, 1, 2, 3, 4, 6, 9, 12)
"""Frames to the next window: mostly few as live, sometimes many, as when windows are lost."""


class Dances:
    """Songs and their dances, end to end in memory.

    Attributes:
        music: (N, F) normalised frames of all songs, in half precision: steps of 0.0005 or less.
        poses: (V, N, J) unit poses of the equally right dances.
        clock: (N, 3) where in the beat each frame lies, see `dances.beat_clock`.
        starts, lengths: (S,) where each song begins, and its number of frames.
    """

    def __init__(self, songs: list[tuple[Tensor, Tensor, Tensor]]):
        """Lay (T, F) music, (V, T, J) poses and the (T, 3) clock of each song end to end."""
        music, poses, clock = zip(*songs, strict=True)
        self.music = torch.cat([frames.half() for frames in music])
        self.poses = torch.cat(poses, dim=1)
        self.clock = torch.cat(clock)
        self.lengths = torch.tensor([len(frames) for frames in music])
        self.starts = self.lengths.cumsum(0) - self.lengths


class Streams:
    """B dances under way, each at one frame of one song.

    Args:
        dances: songs to dance to.
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
        self._life_steps = torch.full((B,), _SHORT_LIFE_STEPS)
        self._side = torch.tensor(_SIDE)[: len(home)] / spread
        self._newest = torch.zeros(B, dtype=torch.long)
        self._end = torch.zeros(B, dtype=torch.long)
        self._promised = torch.zeros(B, K + H, len(home))
        self._known = torch.zeros(B, dtype=torch.long)
        self._begin(torch.arange(B))

    def batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return music (B, K, F), past poses with noise (B, K, J), targets (B, K, H, J), clock."""
        K, H = self._K, self._H
        window = self._newest[:, None] + torch.arange(1 - K, 1)
        past = self._promised[:, :K]
        around = self._newest[:, None] + torch.arange(1 - K, H + 1)
        right = self._dances.poses[:, around]
        distance = ((right[:, :, :K] - past) / self._spread).square().mean((2, 3))
        ahead = min(H, round(_SIDE_AHEAD_S * self._rate_hz))
        step = ((right[:, :, K - 1 + ahead] - right[:, :, K - 1]) * self._side).sum(2)
        moving = (past.std(1) / self._spread).square().mean(1)
        decided = moving / (moving + _AT_REST**2)
        choice = (decided * distance - (1.0 - decided) * step).argmin(0)
        nearest = right[choice, torch.arange(self._B)]
        ahead = nearest[:, 1:].unfold(1, H, 1).transpose(2, 3)
        off = past - nearest[:, :K]
        targets = (ahead + off[:, :, None] * self._fade).clamp(-_LARGEST_UNIT, _LARGEST_UNIT)
        music = self._dances.music[window].float()
        return music, past + self._noise(), targets, self._dances.clock[window]

    def grow_up(self, done: float) -> None:
        """Let every second stream live longer as the training goes on, `done` 0..1."""
        grown = min(1.0, done / _GROWN_UP)
        longest = self._settings.life_steps
        self._life_steps[::2] = _SHORT_LIFE_STEPS * (1 - grown) + longest * grown

    def go_on(self, promised: Tensor) -> None:
        """Take the newest answers (B, H, J) as promised and move on by a few frames."""
        stride = min(_STRIDES[self._draw(len(_STRIDES))], self._H)
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
        self._begin(torch.nonzero(ended | tired)[:, 0])

    def _begin(self, streams: Tensor) -> None:
        """Let some streams begin at a random frame of a random song, in a random past."""
        for stream in streams.tolist():
            song = self._draw(len(self._dances.starts))
            start, length = int(self._dances.starts[song]), int(self._dances.lengths[song])
            at = self._K + self._draw(length - self._K - self._H)
            self._known[stream] = 0
            self._newest[stream], self._end[stream] = start + at, start + length
            self._promised[stream] = self._past(start, at, length)

    def _past(self, start: int, at: int, length: int) -> Tensor:
        """Return (K + H, J) poses for the frames around `at`; only the first K matter."""
        dance = self._dances.poses[self._draw(self._dances.poses.shape[0]), start : start + length]
        span = torch.arange(at - self._K + 1, at + self._H + 1)
        share = torch.rand((), generator=self._random).item()
        from_truth = self._settings.from_truth
        if share < from_truth:
            return dance[span]
        kind = self._draw(4)
        if kind == 0:
            return self._home.expand(len(span), -1)
        if kind == 1:
            return dance[self._draw(length)].expand(len(span), -1)
        if kind == 2:
            away = torch.randn(self._promised.shape[2], generator=self._random)
            return (dance[span] + away * self._spread).clamp(-_LARGEST_UNIT, _LARGEST_UNIT)
        off_beat = self._draw(round(self._rate_hz)) - round(self._rate_hz / 2)
        return dance[(span + off_beat).clamp(0, length - 1)]

    def _noise(self) -> Tensor:
        """Return (B, K, J) noise: a part for the whole window and a part for each pose."""
        shape = (self._B, self._K, len(self._home))
        each = torch.randn(shape, generator=self._random)
        whole = torch.randn(self._B, 1, len(self._home), generator=self._random)
        return self._settings.noise * self._spread * (0.5 * each + whole)

    def _draw(self, below: int) -> int:
        return int(torch.randint(below, (), generator=self._random))
