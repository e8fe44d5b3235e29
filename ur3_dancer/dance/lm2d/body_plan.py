"""What LM2D has promised: poses of the body and joints of the arm, frame by frame."""

import numpy as np


class BodyPlan:
    """Consecutive frames of poses and joints, from some frame on; frames are counted by number.

    Attributes:
        first: number of the first frame.
        poses: (n, 147) physical poses.
        joints: (n, 6) rad.
    """

    def __init__(self, first: int, poses: np.ndarray, joints: np.ndarray):
        self.first, self.poses, self.joints = first, poses, joints

    @property
    def last(self) -> int:
        """Number of the last frame."""
        return self.first + len(self.poses) - 1

    def poses_until(self, frame: int, count: int) -> np.ndarray:
        """Return up to `count` poses that end with `frame`; none when the plan ends before it."""
        if not self.first <= frame <= self.last:
            return self.poses[:0]
        end = frame - self.first + 1
        return self.poses[max(0, end - count) : end]

    def go_on(self, frame: int, poses: np.ndarray, joints: np.ndarray, keep: int) -> "BodyPlan":
        """Return the plan with what follows `frame` replaced; `keep` frames before it stay.

        Args:
            frame: the last one that stays as promised.
            poses: (n, 147) of the frames after it.
            joints: (n, 6) likewise.
            keep: how many frames up to `frame` are remembered.
        """
        end = frame - self.first + 1
        begin = max(0, end - keep)
        return BodyPlan(
            self.first + begin,
            np.concatenate([self.poses[begin:end], poses]),
            np.concatenate([self.joints[begin:end], joints]),
        )

    def joints_from(self, frame: int, count: int) -> np.ndarray:
        """Return (count, 6) joints from `frame` on; beyond either end the end pose is held."""
        rows = np.arange(frame, frame + count) - self.first
        return self.joints[np.clip(rows, 0, len(self.joints) - 1)]
