"""Figures of a training set by which poses and music are normalised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ur3_dancer.dance.lm2d.config import Lm2dConfig
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.errors import ConfigError

_SMALLEST_SHARE = 0.1
_SMALLEST_MUSIC = 0.02
_BUFFERS = ("pose_mean", "pose_scale", "pose_axes", "music_mean", "music_scale")


@dataclass(frozen=True)
class Figures:
    """Means and scales of numbers of a pose and of features of music.

    Attributes:
        pose_mean, pose_scale: (147,) float32.
        pose_axes: (patch_frames * 147, token_numbers) float32, orthonormal: the leading principal
            axes of patches of normalised poses.
        music_mean, music_scale: (F,) float32, of normalised features.
        sigma_data: root mean square of how much of each axis the poses hold.
    """

    pose_mean: np.ndarray
    pose_scale: np.ndarray
    pose_axes: np.ndarray
    music_mean: np.ndarray
    music_scale: np.ndarray
    sigma_data: float

    @classmethod
    def fit(
        cls, bodies: Sequence[np.ndarray], frames: Sequence[np.ndarray], config: Lm2dConfig
    ) -> "Figures":
        """Measure (T, 147) poses and (T, F) normalised frames of each song, for these sizes.

        Numbers that hardly vary, such as the rotation of a resting toe, are scaled by a tenth of
        the median spread and not by their own: else noise of a hundredth of a degree would count
        as dancing.

        Raises:
            ConfigError: nothing moves, or something is not finite.
        """
        body, music = np.concatenate(bodies), np.concatenate(frames)
        if not (np.isfinite(body).all() and np.isfinite(music).all()):
            raise ConfigError("poses or features hold NaN or infinity: prepare the set again")
        mean, spread = body.mean(axis=0, dtype=float), body.std(axis=0, dtype=float)
        if not (spread > 1e-6).any():
            raise ConfigError("no pose of the training set differs from another: give dances")
        scale = np.maximum(spread, _SMALLEST_SHARE * np.median(spread[spread > 1e-6]))
        axes, sigma_data = _principal(
            [(body - mean) / scale for body in bodies], config.patch_frames, config.token_numbers
        )
        return cls(
            pose_mean=mean.astype(np.float32),
            pose_scale=scale.astype(np.float32),
            pose_axes=axes.astype(np.float32),
            music_mean=music.mean(axis=0, dtype=float).astype(np.float32),
            music_scale=np.maximum(music.std(axis=0, dtype=float), _SMALLEST_MUSIC).astype(
                np.float32
            ),
            sigma_data=sigma_data,
        )

    @classmethod
    def of(cls, network: Lm2dNetwork, sigma_data: float) -> "Figures":
        """Return those that a network carries."""
        return cls(*(getattr(network, name).cpu().numpy() for name in _BUFFERS), sigma_data)

    def into(self, network: Lm2dNetwork) -> None:
        """Give them to a network."""
        for name in _BUFFERS:
            getattr(network, name).copy_(torch.from_numpy(getattr(self, name)))

    def normalise(self, poses: np.ndarray) -> np.ndarray:
        """Map (..., 147) poses to float32 numbers of order one."""
        return ((poses - self.pose_mean) / self.pose_scale).astype(np.float32)


def _principal(bodies: list[np.ndarray], frames: int, count: int) -> tuple[np.ndarray, float]:
    """Return the `count` leading principal axes of patches of `frames` poses, and sigma_data."""
    width = frames * bodies[0].shape[1]
    squares, patches = np.zeros((width, width)), 0
    for body in bodies:
        rows = body[: len(body) // frames * frames].reshape(-1, width)
        squares += rows.T @ rows
        patches += len(rows)
    strengths, axes = np.linalg.eigh(squares / max(patches, 1))  # weakest first
    return axes[:, ::-1][:, :count], float(np.sqrt(np.mean(strengths[::-1][:count])))
