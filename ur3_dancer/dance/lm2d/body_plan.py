"""What LM2D has promised: poses of the body and joints of the arm, frame by frame."""

import numpy as np

_HAND_OVER_FRAMES = 12
"""Measured on a song of 54 s: with 1, 4, 8 and 12 frames jerk is 338, 257, 98 and 73 rad/s³ near
seams, and 240, 244, 86 and 73 between them."""


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

    def handing_over(self, frame: int, poses: np.ndarray) -> np.ndarray:
        """Return what follows `frame` when the plan hands over to (n, 147) `poses` bit by bit.

        A new answer goes on from what was promised, but not to the last bit: at once, the step
        would be felt. The plan is smooth there, so the answer takes over from it within 0.4 s;
        what the plan does not hold any more is the answer's.
        """
        planned = self.poses[frame - self.first + 1 :][:_HAND_OVER_FRAMES]
        x = np.arange(1, len(planned) + 1) / (_HAND_OVER_FRAMES + 1)
        share = (x**3 * (10.0 - 15.0 * x + 6.0 * x**2))[:, None]
        result = poses.copy()
        result[: len(planned)] = planned + share * (poses[: len(planned)] - planned)
        return result

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
