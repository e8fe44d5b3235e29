"""Sizes of LM2D's network, checked once."""

from dataclasses import asdict, dataclass, fields

from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.errors import ConfigError

POSE_WIDTH = 147
"""Numbers in a pose: root translation in metres, and 24 rotations of six numbers each."""


@dataclass(frozen=True)
class Lm2dConfig:
    """Sizes of the network.

    Attributes:
        feature_count: F, of a frame of music.
        window_frames: K, frames of music that are heard.
        music_patch_frames: frames of music that make one token.
        patch_frames: poses that make one token.
        token_numbers: numbers that stand for the poses of a token: how much of each of the leading
            principal axes of the training set's patches they hold.
        chunk_frames: poses that one answer invents.
        prefix_frames: promised poses that an answer may see before its own.
        commit_frames: how many of these may lie after the newest frame that was heard. They are
            played while the answer is computed, so an answer never changes them.
        width: d.
        heads: attention heads.
        music_layers: encoder layers over music.
        layers: decoder layers over poses.
        feed_forward: hidden width of the blocks' feed-forward part.
        dropout: share of activations dropped in training.
        lyrics_width: numbers in the embedding of a line of lyrics; 0 for a network without lyrics.
        lyrics_lines: lines that are seen at once.
    """

    feature_count: int = 35
    window_frames: int = 96
    music_patch_frames: int = 6
    patch_frames: int = 3
    token_numbers: int = 96
    chunk_frames: int = 30
    prefix_frames: int = 15
    commit_frames: int = 3
    width: int = 128
    heads: int = 4
    music_layers: int = 2
    layers: int = 4
    feed_forward: int = 256
    dropout: float = 0.0
    lyrics_width: int = 384
    lyrics_lines: int = 4

    def __post_init__(self):
        for name, value in asdict(self).items():
            lowest = 0 if name in ("lyrics_width", "commit_frames") else 1
            if name != "dropout" and (type(value) is not int or value < lowest):
                raise ConfigError(
                    f"model {name} is {value!r}: give a whole number of at least {lowest}"
                )
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError(f"model dropout is {self.dropout!r}: give a number in 0..1")
        pairs = (
            ("width", "heads"),
            ("window_frames", "music_patch_frames"),
            ("chunk_frames", "patch_frames"),
            ("prefix_frames", "patch_frames"),
        )
        for whole, part in pairs:
            if getattr(self, whole) % getattr(self, part):
                raise ConfigError(
                    f"model {whole} is {getattr(self, whole)}, not a multiple of {part} "
                    f"{getattr(self, part)}: make it one"
                )
        if self.token_numbers > self.patch_frames * POSE_WIDTH:
            raise ConfigError(
                f"model token_numbers is {self.token_numbers}, more than the "
                f"{self.patch_frames * POSE_WIDTH} numbers of {self.patch_frames} poses: give fewer"
            )
        if self.commit_frames > self.prefix_frames:
            raise ConfigError(
                f"model commit_frames is {self.commit_frames}, more than prefix_frames "
                f"{self.prefix_frames}: an answer must see what is already being played"
            )

    @property
    def frames(self) -> int:
        """L, frames of poses that an answer sees or invents: the prefix and the chunk."""
        return self.prefix_frames + self.chunk_frames


_OF_THE_SPEC = ("feature_count", "window_frames")


def config_for(spec: PolicySpec, sizes: dict) -> Lm2dConfig:
    """Return the sizes of a network that serves `spec`, with `sizes` for all else.

    Raises:
        ConfigError: a size is unknown, given by the spec already, or cannot be.
    """
    free = [field.name for field in fields(Lm2dConfig) if field.name not in _OF_THE_SPEC]
    for name in sizes:
        if name not in free:
            raise ConfigError(f"unknown model size {name!r}: known are {', '.join(free)}")
    return Lm2dConfig(feature_count=spec.feature_count, window_frames=spec.window_frames, **sizes)
