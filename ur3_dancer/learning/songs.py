"""Songs with their dances, end to end, from which training takes its windows by plain indexing."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ur3_dancer.errors import ConfigError


class Dances:
    """Songs and their dances.

    Attributes:
        poses: (V, N, J) unit poses of the equally right dances.
        clock: (N, 3) where in the beat each frame lies, see `dances.beat_clock`; NaN if not known.
        starts, lengths: (S,) where each song begins, and its number of frames.

    Args:
        frames: (N, F) frames of all songs; may be backed by a memory-mapped file.
        normalise: frames of any shape (..., F) to float32 as the network hears them.
        poses, clock: see above.
        spans: start and length of each song.
    """

    def __init__(
        self,
        frames: Tensor,
        normalise: Callable[[Tensor], Tensor],
        poses: Tensor,
        clock: Tensor,
        spans: Sequence[tuple[int, int]],
    ):
        self._frames, self._normalise = frames, normalise
        self.poses, self.clock = poses, clock
        starts, lengths = zip(*spans, strict=True)
        self.starts, self.lengths = torch.tensor(starts), torch.tensor(lengths)

    @classmethod
    def in_memory(cls, songs: list[tuple[Tensor, Tensor, Tensor]]) -> "Dances":
        """Lay (T, F) normalised music, (V, T, J) poses and the (T, 3) clock of songs end to end.

        Music is kept in half precision: numbers within 0.1..0.9 keep steps of 0.0005 or less.
        """
        music, poses, clock = zip(*songs, strict=True)
        lengths = [len(frames) for frames in music]
        starts = [sum(lengths[:i]) for i in range(len(lengths))]
        return cls(
            torch.cat([frames.half() for frames in music]),
            Tensor.float,
            torch.cat(poses, dim=1),
            torch.cat(clock),
            list(zip(starts, lengths, strict=True)),
        )

    def music(self, index: Tensor) -> Tensor:
        """Return float32 normalised frames (..., F) of frame numbers (...)."""
        return self._normalise(self._frames[index])

    def positions(self, most: int) -> Tensor:
        """Return up to about `most` frame numbers, spread evenly over all songs."""
        every = max(1, int(self.lengths.sum()) // most)
        spans = zip(self.starts.tolist(), self.lengths.tolist(), strict=True)
        return torch.cat([torch.arange(start, start + length)[::every] for start, length in spans])

    def drop_shorter_than(self, least: int) -> None:
        """Leave out songs of fewer than `least` frames.

        Raises:
            ConfigError: no song is left.
        """
        long_enough = self.lengths >= least
        if not long_enough.any():
            raise ConfigError(
                f"the longest of {len(self.lengths)} songs has {int(self.lengths.max())} frames, "
                f"but window and horizon need {least}: give longer songs, or lower window_frames "
                "or horizon"
            )
        self.starts, self.lengths = self.starts[long_enough], self.lengths[long_enough]
