"""LM2D's network: noisy poses in, and what the preconditioning makes a denoiser of, out.

A Transformer after EDGE (arXiv 2211.10658) with LM2D's second cross-attention, to lyrics. The paper
leaves open, and is chosen here:

- The music is the past window alone, so that the network can dance live: frames are heard up to
  now, and the poses to come are invented.
- A few frames of music share a token, and so do a few poses. That costs no timing, for each frame
  keeps its own weights, and makes learning three times as quick.
- Three poses are 441 numbers, more than a token is wide: at small noise a denoiser must answer the
  noise itself, which would not fit through. But bodies move smoothly and many joints together: some
  hundred principal axes of such patches hold all but a thousandth of what they do. Diffusion takes
  place along these axes; noise across them is dropped before the network, exactly and for good.
- Each pose knows where in the foretold beat it falls (`beat_ahead`). From the beat column
  alone a network of this size learns to extrapolate beats by a second only after far longer
  training than two cores allow.
- Promised poses stand before the chunk as clean tokens, so that an answer goes on from them
  (training-time real-time chunking, arXiv 2512.05964).
- A line of lyrics is one token that knows when the line begins and ends.
- A condition that is dropped becomes a learned token.

Shapes: B batch, K window, F features, P prefix, H chunk, N pose tokens, n numbers of a token,
M lines of lyrics, d width.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ur3_dancer.dance.lm2d.conditions import CLOCK_WIDTH, LINE_TIMES, Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH, Lm2dConfig
from ur3_dancer.dance.lm2d.layers import MusicLayer, PoseLayer

_ABSENT, _PROMISED, _INVENTED = range(3)


@dataclass(frozen=True)
class Heard:
    """Conditions as tokens: computed once, used at every noise level.

    Attributes:
        music: (B, S, d).
        lyrics: (B, 1 + M, d), the first one being learned; None in a network without lyrics.
        lyrics_seen: (B, 1 + M) bool.
        pooled: (B, d) all of them in one.
        places: (B, N, d) what is known of each pose token but its noisy poses.
    """

    music: Tensor
    lyrics: Tensor | None
    lyrics_seen: Tensor | None
    pooled: Tensor
    places: Tensor


class Lm2dNetwork(nn.Module):
    """The raw network F; `diffusion.Denoiser` and `diffusion.Consistency` wrap it.

    Buffers hold figures of the training set: mean and scale of each number of a pose, by which
    poses are normalised, the principal axes of patches of normalised poses, and mean and scale of
    each music feature.
    """

    def __init__(self, config: Lm2dConfig):
        super().__init__()
        self.config = config
        d = config.width
        r, of_music = config.patch_frames, config.music_patch_frames
        heard, poses = config.window_frames // of_music, config.frames // r
        self.music_in = nn.Linear(of_music * config.feature_count, d)
        self.music_places = nn.Parameter(0.02 * torch.randn(heard, d))
        self.music_layers = nn.ModuleList(MusicLayer(config) for _ in range(config.music_layers))
        self.music_norm, self.music_pooled = nn.LayerNorm(d), nn.Linear(d, d)
        self.music_null = nn.Parameter(0.02 * torch.randn(d))
        if config.lyrics_width:
            self.lyrics_in = nn.Linear(config.lyrics_width, d)
            self.line_times_in = nn.Linear(4 * LINE_TIMES, d)
            self.lyrics_norm, self.lyrics_pooled = nn.LayerNorm(d), nn.Linear(d, d)
            self.lyrics_null = nn.Parameter(0.02 * torch.randn(d))
        self.pose_in = nn.Linear(config.token_numbers, d)
        self.clock_in = nn.Linear(r * CLOCK_WIDTH, d)
        self.pose_places = nn.Parameter(0.02 * torch.randn(poses, d))
        self.kinds = nn.Embedding(3, d)
        self.noise_in = nn.Sequential(nn.Linear(_NOISE_WIDTH, d), nn.SiLU(), nn.Linear(d, d))
        self.layers = nn.ModuleList(PoseLayer(config) for _ in range(config.layers))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, config.token_numbers)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.register_buffer("pose_mean", torch.zeros(POSE_WIDTH))
        self.register_buffer("pose_scale", torch.ones(POSE_WIDTH))
        self.register_buffer("pose_axes", torch.eye(r * POSE_WIDTH, config.token_numbers))
        self.register_buffer("music_mean", torch.zeros(config.feature_count))
        self.register_buffer("music_scale", torch.ones(config.feature_count))

    def normalise(self, poses: Tensor) -> Tensor:
        """Map (..., 147) poses to numbers of order one."""
        return (poses - self.pose_mean) / self.pose_scale

    def physical(self, normalised: Tensor) -> Tensor:
        """Map (..., 147) normalised poses back to metres and rotations."""
        return normalised * self.pose_scale + self.pose_mean

    def numbers(self, normalised: Tensor) -> Tensor:
        """Return the (B, N, n) numbers of tokens that stand for (B, H, 147) normalised poses."""
        return _patches(normalised, self.config.patch_frames) @ self.pose_axes

    def poses(self, numbers: Tensor) -> Tensor:
        """Return the (B, H, 147) normalised poses that (B, N, n) numbers stand for."""
        return (numbers @ self.pose_axes.T).reshape(len(numbers), -1, POSE_WIDTH)

    def hear(self, conditions: Conditions) -> Heard:
        """Turn conditions into tokens, for any number of calls with other noise."""
        music = self._hear_music(conditions)
        pooled = self.music_pooled(music.mean(dim=1))
        lyrics = seen = None
        if self.config.lyrics_width:
            lyrics, seen = self._read_lyrics(conditions)
            share = seen / seen.sum(dim=1, keepdim=True)
            pooled = pooled + self.lyrics_pooled((lyrics * share[..., None]).sum(dim=1))
        return Heard(music, lyrics, seen, pooled, self._places(conditions))

    def forward(self, noisy: Tensor, noise: Tensor, heard: Heard) -> Tensor:
        """Return the raw answer.

        Args:
            noisy: (B, N, n) scaled numbers of noisy poses.
            noise: (B,) noise level as a number of order one.
            heard: from `hear`.

        Returns:
            (B, N, n).
        """
        count = noisy.shape[1]
        known, invented = heard.places[:, :-count], heard.places[:, -count:]
        x = torch.cat([known, invented + self.pose_in(noisy)], dim=1)
        state = heard.pooled + self.noise_in(_waves(noise[:, None]))
        for layer in self.layers:
            x = layer(x, state, heard.music, heard.lyrics, heard.lyrics_seen)
        return self.head(self.norm(x[:, -count:]))

    def _hear_music(self, conditions: Conditions) -> Tensor:
        frames = (conditions.music - self.music_mean) / self.music_scale
        x = self.music_in(_patches(frames, self.config.music_patch_frames))
        x = torch.where(conditions.hears[:, None, None], x, self.music_null)
        x = x + self.music_places
        for layer in self.music_layers:
            x = layer(x)
        return self.music_norm(x)

    def _read_lyrics(self, conditions: Conditions) -> tuple[Tensor, Tensor]:
        null = self.lyrics_null.expand(len(conditions), 1, -1)
        always = torch.ones(len(conditions), 1, dtype=torch.bool, device=null.device)
        if conditions.lyrics is None:
            return self.lyrics_norm(null), always
        times = conditions.lyrics_times
        bounded = torch.tanh(times / 4.0)
        features = torch.cat([bounded, torch.tanh(times), times.sin(), times.cos()], dim=-1)
        # Encoders differ in the size of their answers; only the direction means something.
        words = nn.functional.layer_norm(conditions.lyrics, conditions.lyrics.shape[-1:])
        lines = self.lyrics_in(words) + self.line_times_in(features)
        seen = torch.cat([always, conditions.lyrics_seen], dim=1)
        return self.lyrics_norm(torch.cat([null, lines], dim=1)), seen

    def _places(self, conditions: Conditions) -> Tensor:
        clock = _patches(
            conditions.clock * conditions.hears[:, None, None], self.config.patch_frames
        )
        # A token of the prefix is promised when all of its poses are.
        known = conditions.prefix_known.unflatten(1, (-1, self.config.patch_frames)).all(dim=2)
        kinds = torch.full(clock.shape[:2], _INVENTED, dtype=torch.long, device=clock.device)
        kinds[:, : known.shape[1]] = torch.where(known, _PROMISED, _ABSENT)
        x = self.clock_in(clock) + self.kinds(kinds) + self.pose_places
        promised = self.pose_in(self.numbers(conditions.prefix)) * known[..., None]
        return torch.cat([x[:, : known.shape[1]] + promised, x[:, known.shape[1] :]], dim=1)


_NOISE_WIDTH = 32


def _waves(noise: Tensor) -> Tensor:
    """Return (B, 32) waves of a noise level of order one, at wave lengths from 50 down to 0.4."""
    rates = torch.exp(
        torch.linspace(math.log(0.125), math.log(16.0), _NOISE_WIDTH // 2, device=noise.device)
    )
    return torch.cat([torch.sin(noise * rates), torch.cos(noise * rates)], dim=-1)


def _patches(frames: Tensor, count: int) -> Tensor:
    """Lay the numbers of each `count` frames of (B, T, w) side by side."""
    return frames.reshape(len(frames), frames.shape[1] // count, count * frames.shape[2])


def parameter_count(network: nn.Module) -> int:
    """Return the number of weights, frozen or not."""
    return sum(each.numel() for each in network.parameters())
