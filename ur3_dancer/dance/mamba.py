"""Mamba blocks (Gu and Dao 2023, arXiv 2312.00752) with the weights of the package mamba-ssm.

Names and shapes of parameters are those of its `Mamba` and of its residual blocks (`mixer` and
`norm`), so that weights load both ways. Sequences go through its kernels where there is CUDA and
the package, else through a parallel scan in PyTorch; live music goes frame by frame through `step`.
All three compute the same.

Shapes: B batch, T time, d width, D = expand * d channels, N states of a channel.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, linear, silu, softplus

from ur3_dancer.dance.selective_scan import selective_scan

_SHORTEST_STEP, _LONGEST_STEP, _LEAST_STEP = 1e-3, 0.1, 1e-4
"""Range of the first step sizes, and their floor, as in mamba-ssm."""
NORM_EPSILON = 1e-5


@dataclass
class MambaState:
    """What a mixer remembers between calls.

    Attributes:
        inputs: (B, D, taps - 1) newest inputs of the convolution, newest last.
        ssm: (B, D, N) float32 state of the scan.
    """

    inputs: Tensor
    ssm: Tensor


class Mamba(nn.Module):
    """The selective state-space mixer.

    Args:
        width: d.
        states: N.
        taps: length of the causal convolution, in frames.
        expand: channels for each number of the width.
    """

    def __init__(self, width: int, states: int = 16, taps: int = 4, expand: int = 2):
        super().__init__()
        self.states, self.taps = states, taps
        self.channels = D = expand * width
        self.rank = math.ceil(width / 16)
        self.in_proj = nn.Linear(width, 2 * D, bias=False)
        self.conv1d = nn.Conv1d(D, D, taps, groups=D, padding=taps - 1)
        self.x_proj = nn.Linear(D, self.rank + 2 * states, bias=False)
        self.dt_proj = nn.Linear(self.rank, D)
        self.A_log = nn.Parameter(torch.log(torch.arange(1.0, states + 1).repeat(D, 1)))
        self.D = nn.Parameter(torch.ones(D))
        self.out_proj = nn.Linear(D, width, bias=False)
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        """Draw step sizes evenly over their logarithm, as the paper's section 3.6 says."""
        nn.init.uniform_(self.dt_proj.weight, -(self.rank**-0.5), self.rank**-0.5)
        low, high = math.log(_SHORTEST_STEP), math.log(_LONGEST_STEP)
        step = torch.exp(low + (high - low) * torch.rand(self.channels)).clamp(min=_LEAST_STEP)
        self.dt_proj.bias.copy_(step + torch.log(-torch.expm1(-step)))  # softplus, turned round

    def new_state(self, batch: int = 1) -> MambaState:
        """Return the state before the first frame."""
        zeros = self.D.new_zeros
        return MambaState(
            zeros(batch, self.channels, self.taps - 1),
            zeros(batch, self.channels, self.states, dtype=torch.float32),
        )

    def forward(self, x: Tensor, state: MambaState | None = None) -> Tensor:
        """Return (B, T, d) for a sequence (B, T, d).

        Args:
            x: frames, oldest first.
            state: what came before, moved on to the last frame of `x`; None is silence before.
        """
        u, gate = self.in_proj(x).transpose(1, 2).chunk(2, dim=1)
        u, state = self._convolve(u, state)
        selected = self.x_proj(u.transpose(1, 2))
        step, b, c = selected.split([self.rank, self.states, self.states], dim=-1)
        step = linear(step, self.dt_proj.weight)
        return self.out_proj(self._scan(u, step, b, c, gate, state).to(x.dtype))

    def step(self, x: Tensor, state: MambaState) -> Tensor:
        """Return (B, d) for one more frame (B, d), and move `state` on.

        The cost of a frame is the same however many came before.
        """
        u, gate = self.in_proj(x).chunk(2, dim=-1)
        line = torch.cat([state.inputs, u[..., None]], dim=-1)
        state.inputs = line[..., 1:]
        u = silu((line * self.conv1d.weight[:, 0]).sum(-1) + self.conv1d.bias)
        step, b, c = self.x_proj(u).split([self.rank, self.states, self.states], dim=-1)
        step = softplus(self.dt_proj(step).float())
        kept = torch.exp(step[..., None] * -torch.exp(self.A_log.float()))
        u = u.float()
        state.ssm = kept * state.ssm + (step * u)[..., None] * b.float()[:, None]
        y = (state.ssm @ c.float()[..., None])[..., 0] + self.D.float() * u
        return self.out_proj((y * silu(gate.float())).to(x.dtype))

    def _convolve(self, u: Tensor, state: MambaState | None) -> tuple[Tensor, MambaState | None]:
        """Return (B, D, T) after convolution and activation."""
        if state is None:
            return silu(self.conv1d(u)[..., : u.shape[-1]]), None
        line = torch.cat([state.inputs, u], dim=-1)
        state.inputs = line[..., u.shape[-1] :]
        weight, bias = self.conv1d.weight, self.conv1d.bias
        return silu(conv1d(line, weight, bias, groups=self.channels)), state

    def _scan(
        self, u: Tensor, step: Tensor, b: Tensor, c: Tensor, gate: Tensor, state: MambaState | None
    ) -> Tensor:
        """Return (B, T, D): channels first go in, channels last come out."""
        # In float32 whatever the precision of the rest: errors would add up along the sequence.
        a = -torch.exp(self.A_log.float())
        bias = self.dt_proj.bias.float()
        if state is None and u.is_cuda and (kernel := kernels()) is not None:
            through = (each.transpose(1, 2).contiguous() for each in (step, b, c))
            step, b, c = through
            y = kernel(u, step, a, b, c, self.D.float(), gate, bias, delta_softplus=True)
            return y.transpose(1, 2)
        u, gate = u.transpose(1, 2).float(), gate.transpose(1, 2).float()
        before = state.ssm if state else u.new_zeros(len(u), self.channels, self.states)
        y, after = selective_scan(u, softplus(step.float() + bias), a, b.float(), c.float(), before)
        if state:
            state.ssm = after
        return (y + self.D.float() * u) * silu(gate)


class RmsNorm(nn.Module):
    """Divides by the root mean square of a frame's numbers, with a gain for each."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., d) in the precision of the weights."""
        x = x.float()
        x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + NORM_EPSILON)
        return x.to(self.weight.dtype) * self.weight


class MambaLayer(nn.Module):
    """Normalisation and mixer around a residual that is kept in float32."""

    def __init__(self, width: int, states: int, taps: int, expand: int):
        super().__init__()
        self.mixer = Mamba(width, states, taps, expand)
        self.norm = RmsNorm(width)

    def forward(self, x: Tensor, state: MambaState | None = None) -> Tensor:
        """Return (B, T, d) float32; see `Mamba.forward`."""
        return x.float() + self.mixer(self.norm(x), state)

    def step(self, x: Tensor, state: MambaState) -> Tensor:
        """Return (B, d) float32; see `Mamba.step`."""
        return x.float() + self.mixer.step(self.norm(x), state)


def kernels():
    """Return mamba-ssm's scan, or None where the package is not installed."""
    try:
        from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
    except ImportError:
        return None
    return selective_scan_fn
