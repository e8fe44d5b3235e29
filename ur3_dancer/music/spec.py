"""What a feature frame holds: rates, hop and columns of each feature set. Light to import."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class FeatureSpec:
    """One feature set.

    Attributes:
        name: as checkpoints and settings call it.
        sample_rate_hz: rate of the audio that the features are computed from.
        columns: where each group lies in a frame.
        hop_samples: new samples in each frame.
        window_samples: samples under the short-time spectrum.
        percussive: onsets are of what is struck alone, separated from what sounds on.
    """

    name: str
    sample_rate_hz: int
    columns: Mapping[str, slice]
    hop_samples: int = 512
    window_samples: int = 2048
    percussive: bool = True

    @property
    def rate_hz(self) -> float:
        """Frames a second."""
        return self.sample_rate_hz / self.hop_samples

    @property
    def count(self) -> int:
        """F, the numbers in a frame."""
        return max(columns.stop for columns in self.columns.values())


def _columns(**widths: int) -> Mapping[str, slice]:
    """Lay groups side by side, in the order given."""
    columns, start = {}, 0
    for name, width in widths.items():
        columns[name] = slice(start, start + width)
        start += width
    return MappingProxyType(columns)


_MDLT = _columns(mfcc=20, delta=20, chroma=12, onset=1, beat=1, tempogram=384)
_LM2D = _columns(mfcc=20, chroma=12, onset=1, peak=1, beat=1)

SPECS: Mapping[str, FeatureSpec] = MappingProxyType(
    {
        "mdlt60": FeatureSpec("mdlt60", 30_720, _MDLT),
        "mdlt30": FeatureSpec("mdlt30", 15_360, _MDLT),
        "lm2d30": FeatureSpec("lm2d30", 15_360, _LM2D, percussive=False),
    }
)
"""The feature sets: the 438 numbers of MDLT (arXiv 2403.15569) at 60 and at 30 frames a second, and
the 35 of LM2D (arXiv 2403.09407) at 30, whose onsets are of the whole mix."""


def feature_spec(name: str) -> FeatureSpec:
    """Return the feature set called `name`.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in SPECS:
        raise ConfigError(f"unknown feature set {name!r}: choose one of {', '.join(SPECS)}")
    return SPECS[name]
