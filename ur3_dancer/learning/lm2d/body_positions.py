"""Where the joints of a 147-d pose are, in torch, so that a loss in metres has gradients.

The same skeleton and the same Gram-Schmidt as `motion.body` and `motion.rotations`, which a test
holds it to. Joints of one depth in the skeleton are turned together.
"""

import torch
from torch import Tensor, nn

from ur3_dancer.motion.body import REST_OFFSETS_M, SMPL_PARENTS
from ur3_dancer.motion.body_pose import ROTATIONS, TRANSLATION

_SHORTEST = 1e-6


class BodyPositions(nn.Module):
    """Forward kinematics of the rest skeleton."""

    def __init__(self):
        super().__init__()
        offsets = torch.from_numpy(REST_OFFSETS_M.copy()).float()
        self.register_buffer("offsets_m", offsets, persistent=False)
        self._levels: list[tuple[list[int], list[int]]] = []
        depth = [0] * len(SMPL_PARENTS)
        for joint, parent in enumerate(SMPL_PARENTS):
            depth[joint] = 0 if parent < 0 else depth[parent] + 1
        for level in range(1, max(depth) + 1):
            joints = [joint for joint in range(len(depth)) if depth[joint] == level]
            self._levels.append((joints, [SMPL_PARENTS[joint] for joint in joints]))

    def forward(self, poses: Tensor) -> Tensor:
        """Return (..., 24, 3) positions in metres of (..., 147) physical poses."""
        six_d = poses[..., ROTATIONS].unflatten(-1, (len(SMPL_PARENTS), 6))
        local = _matrices(six_d)
        turned, places = [None] * len(SMPL_PARENTS), [None] * len(SMPL_PARENTS)
        turned[0], places[0] = local[..., 0, :, :], poses[..., TRANSLATION]
        for joints, parents in self._levels:
            above = torch.stack([turned[parent] for parent in parents], dim=-3)
            at = torch.stack([places[parent] for parent in parents], dim=-2)
            now = above @ local[..., joints, :, :]
            reached = at + (above @ self.offsets_m[joints][..., None]).squeeze(-1)
            for i, joint in enumerate(joints):
                turned[joint], places[joint] = now[..., i, :, :], reached[..., i, :]
        return torch.stack(places, dim=-2)


def _matrices(six_d: Tensor) -> Tensor:
    """Return (..., 3, 3) rotations of (..., 6) numbers, by Gram-Schmidt."""
    first, second = six_d.split(3, dim=-1)
    first = nn.functional.normalize(first, dim=-1, eps=_SHORTEST)
    second = second - (first * second).sum(dim=-1, keepdim=True) * first
    second = nn.functional.normalize(second, dim=-1, eps=_SHORTEST)
    third = torch.linalg.cross(first, second)
    return torch.stack([first, second, third], dim=-1)
