"""MDLT-M: from music to arm poses through Mamba blocks (arXiv 2403.15569).

As in the paper: 438 features to the width, blocks, normalisation, a linear head, tanh. Its public
code gave the network one frame of music, repeated; here each of the K frames is its own, every
position of a window is trained, and what a position answers depends on frames up to it alone.
There are no positions to run out: a stream may go on for ever, one `step` a frame.

With `pose_feedback` the past poses are added halfway, as MDLT-T's decoder is fed: the first half of
the blocks hears, the other half dances. Without it the network cannot know which of several equally
right dances it is in, and can only answer with their mean; the paper has none.

Shapes: B batch, K window, F features, J joints, H horizon, d width.
"""

from dataclasses import asdict, dataclass

from torch import Tensor, nn

from ur3_dancer.dance.dance_network import DanceNetwork
from ur3_dancer.dance.mamba import MambaLayer, MambaState, RmsNorm
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.sizes import of_spec
from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class MdltMConfig:
    """Sizes of the network; the defaults are the paper's with a horizon of half a second.

    Attributes:
        feature_count: F.
        joints: J, coordinates of the pose space.
        window_frames: K, what training shows at once; the network itself knows no window.
        horizon: H, poses that one position predicts.
        width: d.
        layers: Mamba blocks.
        states: numbers that each channel of a block remembers.
        taps: frames under a block's convolution.
        expand: channels of a block for each number of the width.
        pose_feedback: past poses are heard too.
    """

    feature_count: int = 438
    joints: int = 6
    window_frames: int = 120
    horizon: int = 30
    width: int = 128
    layers: int = 6
    states: int = 16
    taps: int = 4
    expand: int = 2
    pose_feedback: bool = False

    def __post_init__(self):
        if not isinstance(self.pose_feedback, bool):
            raise ConfigError(f"model pose_feedback is {self.pose_feedback!r}: give true or false")
        for name, value in asdict(self).items():
            least = 2 if name == "taps" else 1
            if name != "pose_feedback" and (type(value) is not int or value < least):
                raise ConfigError(
                    f"model {name} is {value!r}: give a whole number of at least {least}"
                )

    @property
    def hearing_layers(self) -> int:
        """Blocks before the poses come in."""
        return self.layers // 2 if self.pose_feedback else self.layers


def config_for(spec: PolicySpec, sizes: dict) -> MdltMConfig:
    """Return the sizes of a network that serves `spec`, with `sizes` for all else.

    Raises:
        ConfigError: a size is unknown, given by the spec already, or cannot be.
    """
    return of_spec(MdltMConfig, spec, sizes)


class MdltM(DanceNetwork):
    """The network; see `DanceNetwork`. K may be any number."""

    def __init__(self, config: MdltMConfig):
        super().__init__(config, hears_poses=config.pose_feedback)
        self.layers = nn.ModuleList(
            MambaLayer(config.width, config.states, config.taps, config.expand)
            for _ in range(config.layers)
        )
        self.norm_f = RmsNorm(config.width)
        self._end_with_head()

    def hear(self, music: Tensor, states: list[MambaState] | None = None) -> Tensor:
        """Return the (B, K, d) view of (B, K, F) music of the blocks that hear.

        With `states` of `new_states` the frames follow those heard before.
        """
        return self._through(0, self.config.hearing_layers, self.music_in(music), states)

    def answer(
        self, heard: Tensor, poses: Tensor, states: list[MambaState] | None = None
    ) -> Tensor:
        """Return (B, K, H, J), see `forward`, for music that was heard already.

        With `states`, those with which it was heard, the poses follow those of before.
        """
        return self._poses(self._dance(heard, poses, states))

    def new_states(self, batch: int = 1) -> list[MambaState]:
        """Return the states before the first frame, one for each block."""
        return [layer.mixer.new_state(batch) for layer in self.layers]

    def step(self, music: Tensor, pose: Tensor, states: list[MambaState]) -> Tensor:
        """Move on by one frame (B, F) with pose (B, J); return its answer, (B, H, J)."""
        x = self.music_in(music)
        for i, (layer, state) in enumerate(zip(self.layers, states, strict=True)):
            if i == self.config.hearing_layers:
                x = x + self._embed(pose)
            x = layer.step(x, state)
        return self._poses(self.norm_f(x)[:, None])[:, 0]

    def _dance(
        self, heard: Tensor, poses: Tensor, states: list[MambaState] | None = None
    ) -> Tensor:
        if self.config.pose_feedback:
            heard = heard + self._embed(poses)
        first = self.config.hearing_layers
        return self.norm_f(self._through(first, len(self.layers), heard, states))

    def _through(self, first: int, stop: int, x: Tensor, states: list[MambaState] | None) -> Tensor:
        for i in range(first, stop):
            x = self.layers[i](x, states[i] if states else None)
        return x
