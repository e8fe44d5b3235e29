"""The blocks of LM2D's network: attention, feed-forward and FiLM.

Shapes: B batch, L tokens, S tokens of a source, d width.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from ur3_dancer.dance.lm2d.config import Lm2dConfig


class Attention(nn.Module):
    """Multi-head attention of tokens to a source, which may be themselves."""

    def __init__(self, config: Lm2dConfig):
        super().__init__()
        d = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.query, self.key_value = nn.Linear(d, d), nn.Linear(d, 2 * d)
        self.out = nn.Linear(d, d)

    def forward(self, x: Tensor, source: Tensor, seen: Tensor | None = None) -> Tensor:
        """Return (B, L, d): what `x` (B, L, d) takes from `source` (B, S, d).

        Args:
            x: tokens that ask.
            source: tokens that answer.
            seen: (B, S) bool, which tokens of the source exist; all of them by default.
        """
        B, L, d = x.shape
        query = self.query(x).view(B, L, self.heads, -1).transpose(1, 2)
        key, value = (
            self.key_value(source)
            .view(B, source.shape[1], 2, self.heads, -1)
            .permute(2, 0, 3, 1, 4)
        )
        taken = scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=None if seen is None else seen[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        return self.out(taken.transpose(1, 2).reshape(B, L, d))


class FeedForward(nn.Sequential):
    """Two linear layers with GELU between, each token for itself."""

    def __init__(self, config: Lm2dConfig):
        super().__init__(
            nn.Linear(config.width, config.feed_forward),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.feed_forward, config.width),
        )


class MusicLayer(nn.Module):
    """Self-attention over the window of music, then feed-forward; residual around both."""

    def __init__(self, config: Lm2dConfig):
        super().__init__()
        self.attention, self.feed_forward = Attention(config), FeedForward(config)
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(2))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, S, d)."""
        y = self.norms[0](x)
        x = x + self.dropout(self.attention(y, y))
        return x + self.dropout(self.feed_forward(self.norms[1](x)))


class Film(nn.Module):
    """Scale and shift of each channel, decided by the noise level and the pooled conditions."""

    def __init__(self, width: int, parts: int):
        super().__init__()
        self.parts = parts
        self.linear = nn.Linear(width, 2 * parts * width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, state: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return scale and shift (B, 1, d) of each part for `state` (B, d)."""
        values = self.linear(nn.functional.silu(state))[:, None].chunk(2 * self.parts, dim=-1)
        return list(zip(values[::2], values[1::2], strict=True))


class PoseLayer(nn.Module):
    """Self-attention over poses, cross-attention to music and to lyrics, feed-forward.

    Each part is followed by FiLM, as in EDGE (arXiv 2211.10658), with a residual around both.
    """

    def __init__(self, config: Lm2dConfig):
        super().__init__()
        self.self_attention, self.to_music = Attention(config), Attention(config)
        self.to_lyrics = Attention(config) if config.lyrics_width else None
        self.feed_forward = FeedForward(config)
        parts = 4 if config.lyrics_width else 3
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(parts))
        self.film = Film(config.width, parts)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Tensor,
        state: Tensor,
        music: Tensor,
        lyrics: Tensor | None,
        lyrics_seen: Tensor | None,
    ) -> Tensor:
        """Return (B, L, d).

        Args:
            x: (B, L, d) pose tokens.
            state: (B, d) noise level and pooled conditions.
            music: (B, S, d) tokens of music.
            lyrics: (B, M, d) tokens of lyrics, None in a network without.
            lyrics_seen: (B, M) which of them exist.
        """
        films, norms = iter(self.film(state)), iter(self.norms)
        y = next(norms)(x)
        x = self._add(x, self.self_attention(y, y), next(films))
        x = self._add(x, self.to_music(next(norms)(x), music), next(films))
        if self.to_lyrics is not None:
            taken = self.to_lyrics(next(norms)(x), lyrics, lyrics_seen)
            x = self._add(x, taken, next(films))
        return self._add(x, self.feed_forward(next(norms)(x)), next(films))

    def _add(self, x: Tensor, taken: Tensor, film: tuple[Tensor, Tensor]) -> Tensor:
        scale, shift = film
        return x + self.dropout(torch.addcmul(shift, taken, 1.0 + scale))
