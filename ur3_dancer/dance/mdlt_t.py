"""MDLT-T: music frames are the source language, arm poses the target (arXiv 2403.15569).

Encoder and decoder as in the paper, with what its public code gets wrong put right:

- Both sides are masked alike, in training and live: position t hears frames and sees poses up to
  t, in self-attention and in cross-attention. No future audio reaches any position.
- The learned time embedding counts positions inside the window, so that it never runs out.
- Layer normalisation has a gain and a bias for each channel (before each block, as is stabler).
- A horizon H: each position answers with the poses of the next H frames; H = 1 is the paper.

Every position of a window is trained, so one window gives K examples with growing past.

Shapes: B batch, K window, F features, J joints, H horizon, d width.
"""

from dataclasses import asdict, dataclass

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from ur3_dancer.dance.dance_network import DanceNetwork
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.sizes import of_spec
from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class MdltTConfig:
    """Sizes of the network; the defaults are the paper's with a horizon of half a second.

    Attributes:
        feature_count: F.
        joints: J, coordinates of the pose space.
        window_frames: K.
        horizon: H, poses that one position predicts.
        width: d.
        heads: attention heads.
        encoder_layers, decoder_layers: blocks on either side.
        feed_forward: hidden width of the blocks' feed-forward part.
        dropout: share of activations dropped in training.
    """

    feature_count: int = 438
    joints: int = 6
    window_frames: int = 20
    horizon: int = 30
    width: int = 128
    heads: int = 8
    encoder_layers: int = 6
    decoder_layers: int = 6
    feed_forward: int = 2048
    dropout: float = 0.1

    def __post_init__(self):
        for name, value in asdict(self).items():
            if name != "dropout" and (not isinstance(value, int) or value < 1):
                raise ConfigError(f"model {name} is {value!r}: give a whole number of at least 1")
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError(f"model dropout is {self.dropout!r}: give a number in 0..1")
        if self.width % self.heads:
            raise ConfigError(
                f"model width {self.width} cannot be shared by {self.heads} heads: "
                "make it a multiple of them"
            )


def config_for(spec: PolicySpec, sizes: dict) -> MdltTConfig:
    """Return the sizes of a network that serves `spec`, with `sizes` for all else.

    Raises:
        ConfigError: a size is unknown, given by the spec already, or cannot be.
    """
    return of_spec(MdltTConfig, spec, sizes)


class Attention(nn.Module):
    """Multi-head attention in which position t attends to positions up to t."""

    def __init__(self, config: MdltTConfig):
        super().__init__()
        d = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.query = nn.Linear(d, d)
        self.key_value = nn.Linear(d, 2 * d)
        self.out = nn.Linear(d, d)

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """Return (B, K, d): what each position of `x` takes from `source`, both (B, K, d)."""
        B, K, d = x.shape
        query = self.query(x).view(B, K, self.heads, -1).transpose(1, 2)
        key, value = self.key_value(source).view(B, K, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        taken = scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True)
        return self.out(taken.transpose(1, 2).reshape(B, K, d))


class FeedForward(nn.Sequential):
    """Two linear layers with ReLU between, each position for itself."""

    def __init__(self, config: MdltTConfig):
        super().__init__(
            nn.Linear(config.width, config.feed_forward),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.feed_forward, config.width),
        )


class EncoderLayer(nn.Module):
    """Self-attention over music, then feed-forward; residual around both."""

    def __init__(self, config: MdltTConfig):
        super().__init__()
        self.attention, self.feed_forward = Attention(config), FeedForward(config)
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(2))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, K, d)."""
        y = self.norms[0](x)
        x = x + self.dropout(self.attention(y, y))
        return x + self.dropout(self.feed_forward(self.norms[1](x)))


class DecoderLayer(nn.Module):
    """Self-attention over poses, cross-attention to music, feed-forward; residual around each."""

    def __init__(self, config: MdltTConfig):
        super().__init__()
        self.self_attention, self.cross_attention = Attention(config), Attention(config)
        self.feed_forward = FeedForward(config)
        self.norms = nn.ModuleList(nn.LayerNorm(config.width) for _ in range(3))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, music: Tensor) -> Tensor:
        """Return (B, K, d)."""
        y = self.norms[0](x)
        x = x + self.dropout(self.self_attention(y, y))
        x = x + self.dropout(self.cross_attention(self.norms[1](x), music))
        return x + self.dropout(self.feed_forward(self.norms[2](x)))


class MdltT(DanceNetwork):
    """The network; see `DanceNetwork`."""

    def __init__(self, config: MdltTConfig):
        super().__init__(config)
        d = config.width
        self.time = nn.Embedding(config.window_frames, d)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(d), nn.LayerNorm(d)
        self._end_with_head()
        nn.init.normal_(self.time.weight, std=0.02)

    def hear(self, music: Tensor) -> Tensor:
        """Return the encoder's (B, K, d) view of (B, K, F) music."""
        heard = self.dropout(self.music_in(music) + self.time.weight)
        for layer in self.encoder:
            heard = layer(heard)
        return self.encoder_norm(heard)

    def _dance(self, heard: Tensor, poses: Tensor) -> Tensor:
        danced = self.dropout(self._embed(poses) + self.time.weight)
        for layer in self.decoder:
            danced = layer(danced, heard)
        return self.decoder_norm(danced)


def parameter_count(model: nn.Module) -> int:
    """Return the number of trained parameters."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
