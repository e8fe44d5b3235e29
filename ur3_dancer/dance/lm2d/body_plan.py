"""What LM2D has promised: poses of the body and joints of the arm, frame by frame."""

import numpy as np

HAND_OVER_FRAMES = 12
"""0.4 s. Measured on a song of 54 s: with 1, 4, 8 and 12 frames jerk is 338, 257, 98 and 73 rad/s³
near seams, and 240, 244, 86 and 73 between them."""


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
        """Return what follows `frame` when the plan hands over to (n, 147) `poses`."""
        return handed_over(self.poses[frame - self.first + 1 :], poses)

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


def handed_over(planned: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Return (..., n, 147) poses that begin as planned and end as answered.

    A new answer goes on from what was promised, but not to the last bit: at once, the step would be
    felt. The plan is smooth there, so the answer takes over from it within `HAND_OVER_FRAMES`.

    Args:
        planned: (..., p, 147) poses of the old plan; p may be 0, and what it lacks is the answer's.
        answer: (..., n, 147) poses from the same frame on.
    """
    planned = planned[..., :HAND_OVER_FRAMES, :]
    count = planned.shape[-2]
    x = np.arange(1, count + 1) / (count + 1)
    share = (x**3 * (10.0 - 15.0 * x + 6.0 * x**2))[:, None]
    result = answer.copy()
    result[..., :count, :] = planned + share * (answer[..., :count, :] - planned)
    return result
