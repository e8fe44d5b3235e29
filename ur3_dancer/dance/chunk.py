"""A chunk: joint targets at stated times, a policy's answer to one window."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chunk:
    """Joint targets at `start_s + i * step_s`.

    Point 0 lies one step after the newest frame that the policy heard, so that the capture time
    travels with every chunk.

    Attributes:
        targets_rad: (H, 6) float64 joint angles in UR order.
        start_s: monotonic time of point 0 at the robot, in seconds.
        step_s: seconds between points.
    """

    targets_rad: np.ndarray
    start_s: float
    step_s: float

    @property
    def capture_s(self) -> float:
        """Capture time of the newest sample that shaped this chunk, in seconds."""
        return self.start_s - self.step_s

    @property
    def end_s(self) -> float:
        """Time of the last point, in seconds."""
        return self.start_s + (len(self.targets_rad) - 1) * self.step_s
