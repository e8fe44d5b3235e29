"""A linear layer whose weight lies as the processor's kernels want it.

A product with only a window's few rows spends longer on arranging a large weight than on
multiplying with it. oneDNN, which comes with PyTorch, can arrange it once. These operators are what
`torch.compile` puts into a graph when it freezes weights; used by name they need no compiler. Their
calls cost more than a plain product's, so that small weights and single rows do without; so does a
build of PyTorch that lacks them. Both ways answer the same but for rounding.

Shapes: R rows, I numbers in, O numbers out.
"""

import torch
from torch import Tensor

PACKED_FROM = 100_000
"""Numbers in a weight from which arranging it pays; measured, see docs/inference.md."""


class PackedLinear:
    """`x @ weight.T + bias`, then optionally the positive part, or the sum with other rows.

    Args:
        weight: (O, I).
        bias: (O,).
        rows: R expected; others work as well, a little slower.
    """

    def __init__(self, weight: Tensor, bias: Tensor, rows: int):
        weight = weight.detach()
        self._bias = bias.detach().clone()
        self._columns = weight.t().contiguous()
        self._packed = None
        if rows > 1 and weight.numel() >= PACKED_FROM and _CAN_PACK:
            self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), rows)

    def __call__(self, x: Tensor) -> Tensor:
        """Return (R, O) for (R, I)."""
        if self._packed is None:
            return torch.addmm(self._bias, x, self._columns)
        return torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, "none", [], "")

    def positive(self, x: Tensor) -> Tensor:
        """Return the positive part of (R, O)."""
        if self._packed is None:
            return torch.addmm(self._bias, x, self._columns).relu_()
        return torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, "relu", [], "")

    def plus(self, x: Tensor, rows: Tensor) -> Tensor:
        """Return the sum with `rows` (R, O)."""
        if self._packed is None:
            return torch.addmm(rows, x, self._columns).add_(self._bias)
        product = torch.ops.mkldnn._linear_pointwise.binary
        return product(x, rows, self._packed, self._bias, "add")


def _can_pack() -> bool:
    """Try whether this build of PyTorch, on this processor, has the operators."""
    x, weight, bias = torch.ones(2, 3), torch.ones(4, 3), torch.ones(4)
    try:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, 2)
        torch.ops.mkldnn._linear_pointwise(x, packed, bias, "relu", [], "")
        torch.ops.mkldnn._linear_pointwise.binary(x, x.new_ones(2, 4), packed, bias, "add")
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    return True


_CAN_PACK = _can_pack()
