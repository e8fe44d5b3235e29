"""Normaliser: raw features to the range that models were trained on."""

from collections.abc import Iterable

import numpy as np

from ur3_dancer.errors import ConfigError

LOWEST, HIGHEST = 0.1, 0.9
_SMALLEST_RANGE = 1e-4


class Normalizer:
    """Min-max to 0.1..0.9, fitted once on training data and carried by the checkpoint.

    A dimension whose range in training was below 1e-4 is frozen at the middle, 0.5: lag 0 of a
    tempogram is always 1 while there is sound, and one silent frame would become -8e8. What lies
    beyond the training range is clipped.

    Attributes:
        lower, upper: (F,) float64 smallest and largest value in training.
    """

    def __init__(self, lower: np.ndarray, upper: np.ndarray):
        self.lower, self.upper = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
        if self.lower.ndim != 1 or self.lower.shape != self.upper.shape or not len(self.lower):
            raise ConfigError(
                f"normaliser bounds have shapes {self.lower.shape} and {self.upper.shape}: "
                "give one lower and one upper for each feature"
            )
        bounds = np.concatenate([self.lower, self.upper])
        if not np.isfinite(bounds).all() or (self.upper < self.lower).any():
            raise ConfigError(
                "normaliser bounds are not finite or have upper below lower: fit them again"
            )
        extent = self.upper - self.lower
        self._frozen = extent < _SMALLEST_RANGE
        self._scale = (HIGHEST - LOWEST) / np.where(self._frozen, 1.0, extent)

    @classmethod
    def fit(cls, arrays: Iterable[np.ndarray]) -> "Normalizer":
        """Fit on training frames only.

        Args:
            arrays: each (n, F), one for each song; may be a generator.

        Raises:
            ConfigError: there are no frames, or their numbers of features differ.
        """
        lower = upper = None
        for frames in arrays:
            if not len(frames):
                continue
            low, high = frames.min(axis=0), frames.max(axis=0)
            if lower is not None and low.shape != lower.shape:
                raise ConfigError(
                    f"frames have {len(low)} features after frames of {len(lower)}: "
                    "fit on one feature set"
                )
            lower = low if lower is None else np.minimum(lower, low)
            upper = high if upper is None else np.maximum(upper, high)
        if lower is None:
            raise ConfigError("there are no frames to fit the normaliser on: give training songs")
        return cls(lower, upper)

    def apply(self, frames: np.ndarray) -> np.ndarray:
        """Return (..., F) float32 within 0.1..0.9.

        Raises:
            ConfigError: the frames have another number of features.
        """
        frames = np.asarray(frames)
        if frames.shape[-1:] != self.lower.shape:
            raise ConfigError(
                f"frames of shape {frames.shape} do not fit a normaliser of {len(self.lower)} "
                "features: use the feature set that the checkpoint names"
            )
        scaled = LOWEST + (frames - self.lower) * self._scale
        scaled = np.where(self._frozen, (LOWEST + HIGHEST) / 2, scaled)
        return np.clip(scaled, LOWEST, HIGHEST).astype(np.float32)

    def to_dict(self) -> dict[str, list[float]]:
        """Return the bounds for JSON."""
        return {"lower": self.lower.tolist(), "upper": self.upper.tolist()}

    @classmethod
    def from_dict(cls, bounds: dict[str, list[float]]) -> "Normalizer":
        """Return the normaliser that `to_dict` described.

        Raises:
            ConfigError: `lower` or `upper` is missing or unusable.
        """
        missing = {"lower", "upper"} - set(bounds)
        if missing:
            raise ConfigError(f"normaliser lacks {', '.join(sorted(missing))}: fit it again")
        return cls(np.array(bounds["lower"]), np.array(bounds["upper"]))
