"""LSTM encoder and decoder: the base-line that MDLT's reviewers asked for.

The encoder reads music, the decoder reads what the encoder heard and the past poses, both frame by
frame. The textbook's way, in which the decoder begins when the encoder has read its last frame,
would let only one position of a window be trained, and let poses up to K frames old start a dance.

Shapes: B batch, K window, F features, J joints, H horizon, d width.
"""

from dataclasses import asdict, dataclass

from torch import Tensor, nn

from ur3_dancer.dance.dance_network import DanceNetwork
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.sizes import of_spec
from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class LstmConfig:
    """Sizes of the network.

    Attributes:
        feature_count: F.
        joints: J, coordinates of the pose space.
        window_frames: K, what training shows at once and live dancing reads anew each frame.
        horizon: H, poses that one position predicts.
        width: d, of what goes in and of each layer's memory.
        encoder_layers, decoder_layers: LSTM layers on either side.
        dropout: share of activations dropped in training, between layers and before the head.
    """

    feature_count: int = 438
    joints: int = 6
    window_frames: int = 20
    horizon: int = 30
    width: int = 128
    encoder_layers: int = 2
    decoder_layers: int = 2
    dropout: float = 0.1

    def __post_init__(self):
        for name, value in asdict(self).items():
            if name != "dropout" and (type(value) is not int or value < 1):
                raise ConfigError(f"model {name} is {value!r}: give a whole number of at least 1")
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError(f"model dropout is {self.dropout!r}: give a number in 0..1")


def config_for(spec: PolicySpec, sizes: dict) -> LstmConfig:
    """Return the sizes of a network that serves `spec`, with `sizes` for all else.

    Raises:
        ConfigError: a size is unknown, given by the spec already, or cannot be.
    """
    return of_spec(LstmConfig, spec, sizes)


class Lstm(DanceNetwork):
    """The network; see `DanceNetwork`."""

    def __init__(self, config: LstmConfig):
        super().__init__(config)
        self.encoder = _layers(config, config.encoder_layers)
        self.decoder = _layers(config, config.decoder_layers)
        self.dropout = nn.Dropout(config.dropout)
        self._end_with_head()

    def hear(self, music: Tensor) -> Tensor:
        """Return the encoder's (B, K, d) view of (B, K, F) music."""
        return self.encoder(self.dropout(self.music_in(music)))[0]

    def _dance(self, heard: Tensor, poses: Tensor) -> Tensor:
        return self.dropout(self.decoder(self.dropout(heard + self._embed(poses)))[0])


def _layers(config: LstmConfig, count: int) -> nn.LSTM:
    dropout = config.dropout if count > 1 else 0.0
    return nn.LSTM(config.width, config.width, count, batch_first=True, dropout=dropout)
