"""MDLT-T's newest answer, quickly: the same sums as `mdlt_t`, arranged for one window at a time.

What is saved against the plain network, all of it exact but for rounding:

- In the last decoder layer only the newest position is worked out: no other is asked for.
- Gains and biases of normalisations, the attention's scale and the poses' centre and scale are
  folded into the weights that follow.
- One product makes queries, keys and values; one makes the keys and values that all decoder layers
  take from the music.
- Weights lie as the product wants them, and the large results have a place of their own: memory
  that is mapped anew costs more than what is written to it.

Nothing can be kept from window to window: each frame moves on by one place, and places are added
before the first layer.

Shapes: K window, F features, J joints, H horizon, d width, heads of d / heads numbers.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from ur3_dancer.dance.dance_network import LARGEST_UNIT
from ur3_dancer.dance.mdlt_t import Attention, DecoderLayer, EncoderLayer, MdltT
from ur3_dancer.dance.packed_linear import PackedLinear


class LiveMdltT:
    """Answers single windows with the weights that a network has now.

    Args:
        model: copied; later training does not reach the copy.
    """

    @torch.no_grad()
    def __init__(self, model: MdltT):
        config = model.config
        self._shape = (config.horizon, config.joints)
        K, time, nothing = config.window_frames, model.time.weight, torch.zeros(config.width)
        self._music_in = PackedLinear(model.music_in.weight, nothing, K)
        self._music_place = time + model.music_in.bias
        poses = model.pose_in
        self._pose_in = PackedLinear(poses.weight / model.pose_scale, nothing, K)
        shift = poses.weight @ (model.pose_centre / model.pose_scale)
        self._pose_place = time + poses.bias - shift
        layers = list(model.decoder)
        self._encoder = [_LiveEncoder(layer, K) for layer in model.encoder]
        self._decoder = [_LiveDecoder(layer, K, layer is layers[-1]) for layer in layers]
        pairs = [_folded(layer.cross_attention.key_value, model.encoder_norm) for layer in layers]
        weights, biases = zip(*pairs, strict=True)
        self._heard_in = PackedLinear(torch.cat(weights), torch.cat(biases), K)
        weight, bias = _folded(model.head, model.decoder_norm)
        scale = model.pose_scale.repeat(config.horizon)
        centre = model.pose_centre.repeat(config.horizon)
        self._head = PackedLinear(weight * scale[:, None], bias * scale + centre, rows=1)

    @torch.inference_mode()
    def answer(self, music: np.ndarray, past: np.ndarray) -> np.ndarray:
        """Return the (H, J) unit poses that follow a window.

        Args:
            music: (K, F) float32 normalised frames.
            past: (K, J) float32 unit poses of the same times.
        """
        x = self._music_in.plus(torch.from_numpy(music), self._music_place)
        for layer in self._encoder:
            x = layer.through(x)
        heard = self._heard_in(_standard(x))
        before_tanh = torch.from_numpy(past).clamp(-LARGEST_UNIT, LARGEST_UNIT).atanh_()
        x = self._pose_in.plus(before_tanh, self._pose_place)
        for layer, source in zip(self._decoder, heard.chunk(len(self._decoder), 1), strict=True):
            x = layer.through(x, source)
        return self._head(_standard(x)).tanh_().view(self._shape).numpy()


class _LiveEncoder:
    """See `mdlt_t.EncoderLayer`."""

    def __init__(self, layer: EncoderLayer, frames: int):
        self._attention = _SelfAttention(layer.attention, layer.norms[0], frames, False)
        self._feed_forward = _LiveFeedForward(layer.feed_forward, layer.norms[1], frames)

    def through(self, x: Tensor) -> Tensor:
        """Return (K, d)."""
        return self._feed_forward.add_to(self._attention.add_to(x))


class _LiveDecoder:
    """See `mdlt_t.DecoderLayer`; the last one answers for the newest position alone."""

    def __init__(self, layer: DecoderLayer, frames: int, is_last: bool):
        self._attention = _SelfAttention(layer.self_attention, layer.norms[0], frames, is_last)
        cross = layer.cross_attention
        self._heads = cross.heads
        rows = 1 if is_last else frames
        weight, bias = _folded(cross.query, layer.norms[1])
        self._query = PackedLinear(weight * _scale(cross), bias * _scale(cross), rows)
        self._out = PackedLinear(cross.out.weight, cross.out.bias, rows)
        self._mask = _mask(frames, is_last)
        self._feed_forward = _LiveFeedForward(layer.feed_forward, layer.norms[2], rows)

    def through(self, x: Tensor, source: Tensor) -> Tensor:
        """Return (K, d) or (1, d), with keys and values (K, 2 d) from the music."""
        x = self._attention.add_to(x)
        query = self._query(_standard(x))
        taken = _attend(query, *source.chunk(2, 1), self._heads, self._mask)
        return self._feed_forward.add_to(self._out.plus(taken, x))


class _SelfAttention:
    """See `mdlt_t.Attention`."""

    def __init__(self, attention: Attention, norm: nn.LayerNorm, frames: int, newest: bool):
        self._heads, self._newest = attention.heads, newest
        query, query_bias = _folded(attention.query, norm)
        key_value, bias = _folded(attention.key_value, norm)
        scale = _scale(attention)
        self._in = PackedLinear(
            torch.cat([query * scale, key_value]), torch.cat([query_bias * scale, bias]), frames
        )
        self._out = PackedLinear(attention.out.weight, attention.out.bias, frames)
        self._mask = _mask(frames, newest)

    def add_to(self, x: Tensor) -> Tensor:
        """Return (K, d), or (1, d) where only the newest position is wanted."""
        query, key, value = self._in(_standard(x)).chunk(3, 1)
        if self._newest:
            x, query = x[-1:], query[-1:]
        return self._out.plus(_attend(query, key, value, self._heads, self._mask), x)


class _LiveFeedForward:
    """See `mdlt_t.FeedForward`."""

    def __init__(self, feed_forward: nn.Sequential, norm: nn.LayerNorm, rows: int):
        self._in = PackedLinear(*_folded(feed_forward[0], norm), rows)
        self._out = PackedLinear(feed_forward[3].weight, feed_forward[3].bias, rows)

    def add_to(self, x: Tensor) -> Tensor:
        """Return (K, d)."""
        return self._out.plus(self._in.positive(_standard(x)), x)


def _attend(query: Tensor, key: Tensor, value: Tensor, heads: int, mask: Tensor) -> Tensor:
    """Return (Q, d) for queries (Q, d), scaled before, and keys and values (K, d)."""
    query, key, value = (
        each.unflatten(1, (heads, -1)).transpose(0, 1) for each in (query, key, value)
    )
    share = torch.baddbmm(mask, query, key.transpose(1, 2)).softmax(2)
    return torch.bmm(share, value).transpose(0, 1).reshape(len(mask), -1)


def _standard(x: Tensor) -> Tensor:
    """Normalise each row; gain and bias are in the weights that follow."""
    return layer_norm(x, x.shape[1:])


def _folded(linear: nn.Linear, norm: nn.LayerNorm) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a layer that takes in the gain and bias of the norm before it."""
    return linear.weight * norm.weight, linear.bias + linear.weight @ norm.bias


def _mask(frames: int, newest: bool) -> Tensor:
    """Return (K, K): 0 where a position may look, minus infinity ahead; or its last row."""
    mask = torch.full((frames, frames), -torch.inf).triu_(1)
    return mask[-1:] if newest else mask


def _scale(attention: Attention) -> float:
    """Return what scores are multiplied with (Vaswani et al. 2017)."""
    return (attention.out.in_features / attention.heads) ** -0.5
