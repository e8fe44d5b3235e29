"""MDLT-M frame by frame, quickly: the same sums as `MdltM.step`, with memory of its own.

A frame is so little work that PyTorch spends most of it on getting ready for each operation; NumPy
needs a third of the time. Gains of normalisations and the poses' centre and scale are folded into
the weights that follow. What a frame costs does not depend on how many came before.

Shapes: F features, J joints, H horizon, d width, D channels, N states of a channel.
"""

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.dance_network import LARGEST_UNIT
from ur3_dancer.dance.mamba import NORM_EPSILON, MambaLayer, RmsNorm
from ur3_dancer.dance.mdlt_m import MdltM


class LiveMdltM:
    """Follows one stream of frames with the weights that a network has now.

    Args:
        model: copied; later training does not reach the copy.
    """

    @torch.no_grad()
    def __init__(self, model: MdltM):
        config = model.config
        self._shape = (config.horizon, config.joints)
        self._music_in = _array(model.music_in.weight)
        self._music_bias = _array(model.music_in.bias)
        self._feedback_at = config.hearing_layers if config.pose_feedback else None
        if config.pose_feedback:
            poses = model.pose_in
            self._pose_in = _array(poses.weight / model.pose_scale)
            shift = poses.weight @ (model.pose_centre / model.pose_scale)
            self._pose_bias = _array(poses.bias - shift)
        self._layers = [_LiveLayer(layer) for layer in model.layers]
        scale = model.pose_scale.repeat(config.horizon)
        self._head = _array(_folded(model.head.weight, model.norm_f) * scale[:, None])
        centre = model.pose_centre.repeat(config.horizon)
        self._head_bias = _array(model.head.bias * scale + centre)
        self._x = np.zeros(config.width, np.float32)

    def reset(self) -> None:
        """Forget all frames."""
        self._x[:] = 0.0
        for layer in self._layers:
            layer.reset()

    @torch.inference_mode()
    def hear(self, music: np.ndarray, pose: np.ndarray) -> None:
        """Move on by one frame.

        Args:
            music: (F,) float32 normalised frame.
            pose: (J,) float32 unit pose of the same time; not read without feedback.
        """
        x = self._x
        np.dot(self._music_in, music, out=x)
        x += self._music_bias
        with np.errstate(over="ignore"):  # of exp in `_silu`: infinity there is a share of 0
            for i, layer in enumerate(self._layers):
                if i == self._feedback_at:
                    before_tanh = np.arctanh(np.clip(pose, -LARGEST_UNIT, LARGEST_UNIT))
                    x += self._pose_in @ before_tanh
                    x += self._pose_bias
                layer.add_to(x)

    def answer(self) -> np.ndarray:
        """Return the (H, J) float32 unit poses that follow the frames heard."""
        out = self._head @ (self._x * _gain(self._x)) + self._head_bias
        return np.tanh(out).reshape(self._shape)


class _LiveLayer:
    """See `mamba.MambaLayer` and `mamba.Mamba.step`."""

    def __init__(self, layer: MambaLayer):
        mixer = layer.mixer
        D, N = mixer.channels, mixer.states
        self._channels, self._rank, self._states = D, mixer.rank, N
        self._in = _array(_folded(mixer.in_proj.weight, layer.norm))
        self._taps = _array(mixer.conv1d.weight[:, 0].t())
        self._taps_bias = _array(mixer.conv1d.bias)
        self._select = _array(mixer.x_proj.weight)
        self._step = _array(mixer.dt_proj.weight)
        self._step_bias = _array(mixer.dt_proj.bias)
        self._a = _array(-torch.exp(mixer.A_log))
        self._d = _array(mixer.D)
        self._out = _array(mixer.out_proj.weight)
        self._line = np.zeros((mixer.taps, D), np.float32)
        self._ssm = np.zeros((D, N), np.float32)
        self._work = np.empty((D, N), np.float32)
        self._tapped = np.empty_like(self._line)
        self._both = np.empty(2 * D, np.float32)
        self._selected = np.empty(mixer.rank + 2 * N, np.float32)

    def reset(self) -> None:
        """Forget all frames."""
        self._line[:] = 0.0
        self._ssm[:] = 0.0

    def add_to(self, x: np.ndarray) -> None:
        """Add what the mixer answers to the residual (d,)."""
        D, rank, N = self._channels, self._rank, self._states
        both = np.dot(self._in, x * _gain(x), out=self._both)
        u, gate = self._convolve(both[:D]), both[D:]
        selected = np.dot(self._select, u, out=self._selected)
        step = _softplus(self._step @ selected[:rank] + self._step_bias)
        kept = np.multiply(self._a, step[:, None], out=self._work)
        self._ssm *= np.exp(kept, out=kept)
        entering = (step * u)[:, None]
        self._ssm += np.multiply(entering, selected[rank : rank + N], out=self._work)
        y = self._ssm @ selected[rank + N :]
        y += self._d * u
        y *= _silu(gate)
        x += self._out @ y

    def _convolve(self, newest: np.ndarray) -> np.ndarray:
        """Return (D,) after convolution and activation."""
        line = self._line
        line[:-1] = line[1:]
        line[-1] = newest
        u = np.multiply(line, self._taps, out=self._tapped).sum(0)
        u += self._taps_bias
        return _silu(u)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().float().contiguous().clone().numpy()


def _folded(weight: Tensor, norm: RmsNorm) -> Tensor:
    return weight * norm.weight


def _gain(x: np.ndarray) -> np.float32:
    """Return one over the root mean square, see `mamba.RmsNorm`."""
    return np.float32(1.0 / np.sqrt(np.dot(x, x) / len(x) + NORM_EPSILON))


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1.0 + np.exp(-x))


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
