"""The selective scan of Mamba in plain PyTorch (Gu and Dao 2023, arXiv 2312.00752, algorithm 2).

    h[t] = exp(delta[t] A) h[t-1] + delta[t] B[t] u[t]
    y[t] = C[t] h[t]

Time goes in blocks. Within a block all frames are worked on at once: pairs of frames are joined,
then fours, and so on (Hillis and Steele 1986), by products of factors in 0..1 alone, so that
nothing overflows and nothing is divided. The state passes from block to block. A block is as large
as fits the cache on a processor, where more would only wait for memory; on an accelerator it is all
that there is. Backward, states are read again and factors made again, block by block: keeping them
would take N times the memory of what went in.

Shapes: B batch, T time, D channels, N states of a channel.
"""

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

_CPU_BLOCK = 1 << 17
_ACCELERATOR_BLOCK = 1 << 26


def selective_scan(
    u: Tensor, delta: Tensor, a: Tensor, b: Tensor, c: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    """Scan a sequence; differentiable in all its inputs.

    Args:
        u: (B, T, D) float32 input.
        delta: (B, T, D) float32 step sizes, at least 0.
        a: (D, N) float32, below 0.
        b: (B, T, N) float32, how the input enters.
        c: (B, T, N) float32, how the state is read.
        state: (B, D, N) float32 before the first frame.

    Returns:
        (B, T, D) output and (B, D, N) state after the last frame.
    """
    # Time first, channels last: each frame is then one piece of memory, and each operation runs
    # along channels, of which there are more than states.
    rows = (tensor.transpose(0, 1).contiguous() for tensor in (u, delta, b, c))
    u, delta, b, c = rows
    y, after = _Scan.apply(u, delta, a.t().contiguous(), b, c, state.transpose(1, 2).contiguous())
    return y.transpose(0, 1), after.transpose(1, 2)


class _Scan(Function):
    """Time first: u, delta (T, B, D); a (N, D); b, c (T, B, N); state (B, N, D)."""

    @staticmethod
    def forward(ctx, u, delta, a, b, c, state):
        y = torch.empty_like(u)
        states = [state]
        keep = any(ctx.needs_input_grad)
        kept = u.new_empty(len(u), *state.shape) if keep else None
        driven = delta * u
        for block in _blocks(u, a):
            h = _drive(driven, b, block)
            _join(torch.exp_(delta[block][:, :, None] * a), h, states[-1])
            y[block] = (c[block][:, :, None] @ h)[:, :, 0]
            states = [h[-1]]
            if keep:
                kept[block] = h
        after = states[-1].clone()
        ctx.save_for_backward(u, delta, a, b, c, state, kept)
        return y, after

    @staticmethod
    @once_differentiable
    def backward(ctx, y_slope, after_slope):
        u, delta, a, b, c, state, kept = ctx.saved_tensors
        driven = delta * u
        y_slope = y_slope.contiguous()
        u_slope, delta_slope = torch.empty_like(u), torch.empty_like(delta)
        b_slope, c_slope = torch.empty_like(b), torch.empty_like(c)
        a_slope = torch.zeros_like(a)
        carried = after_slope
        for block in reversed(_blocks(u, a)):
            first, steps = block.start, delta[block]
            factors = torch.exp_(steps[:, :, None] * a)
            slope = _drive(y_slope, c, block)
            carried = _join_back(factors, slope, carried)
            before = kept[first - 1 : block.stop - 1] if first else _shifted(state, kept, block)
            c_slope[block] = (kept[block] @ y_slope[block][..., None])[..., 0]
            b_slope[block] = (slope @ driven[block][..., None])[..., 0]
            entered = (b[block][:, :, None] @ slope)[:, :, 0]
            u_slope[block] = steps * entered
            of_factor = factors.mul_(before).mul_(slope)
            a_slope += (of_factor * steps[:, :, None]).sum((0, 1))
            delta_slope[block] = (of_factor.mul_(a)).sum(2).addcmul_(u[block], entered)
        return u_slope, delta_slope, a_slope, b_slope, c_slope, carried


def _blocks(u: Tensor, a: Tensor) -> list[slice]:
    T, B, _ = u.shape
    limit = _CPU_BLOCK if u.device.type == "cpu" else _ACCELERATOR_BLOCK
    length = max(1, limit // (B * a.numel()))
    return [slice(first, min(first + length, T)) for first in range(0, T, length)]


def _drive(driven: Tensor, b: Tensor, block: slice) -> Tensor:
    """Return (L, B, N, D): what enters each state in each frame of a block."""
    return driven[block][:, :, None] * b[block][..., None]


def _join(factors: Tensor, h: Tensor, state: Tensor) -> None:
    """Turn what enters, `h` (L, B, N, D), into states; `factors` are spent."""
    h[0].addcmul_(factors[0], state)
    reach = 1
    while reach < len(h):
        h[reach:] += factors[reach:] * h[:-reach]
        if 2 * reach < len(h):
            factors[reach:] = factors[reach:] * factors[:-reach]
        reach *= 2


def _join_back(factors: Tensor, slope: Tensor, carried: Tensor) -> Tensor:
    """Turn slopes of outputs, (L, B, N, D), into slopes of states, from the last frame back.

    `carried` is what reaches the block's last state from later frames; returns what reaches the
    state before the block.
    """
    slope[-1] += carried
    spent, reach = factors[1:].clone(), 1
    while reach < len(slope):
        slope[:-reach] += spent[: len(slope) - reach] * slope[reach:]
        if 2 * reach < len(slope):
            spent[:-reach] = spent[:-reach] * spent[reach:]
        reach *= 2
    return factors[0] * slope[0]


def _shifted(state: Tensor, kept: Tensor, block: slice) -> Tensor:
    """Return the states before each frame of the first block."""
    return torch.cat([state[None], kept[: block.stop - 1]])
