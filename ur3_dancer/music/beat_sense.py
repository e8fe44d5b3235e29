"""Beat sense: from spectra to beats, at 60 frames a second whatever the feature set."""

from dataclasses import replace
from types import ModuleType

import numpy as np

from ur3_dancer.music.beat import BeatEstimate, BeatTracker
from ur3_dancer.music.beat_bands import RATE_HZ
from ur3_dancer.music.beat_network import DELAY_FRAMES
from ur3_dancer.music.spec import FeatureSpec


class BeatSense:
    """Bands, network and tracker in a row.

    A feature set of 60 frames a second lends its own spectra. For a slower one shorter spectra of
    the same length in seconds are computed here, so that the network hears the same everywhere.

    Args:
        spec: the feature set.
        groups: `music.plain` or `music.compiled`.

    Attributes:
        is_beat: whether a beat falls in the newest feature frame.
    """

    def __init__(self, spec: FeatureSpec, groups: ModuleType):
        self.rounds = round(RATE_HZ / spec.rate_hz)
        own = replace(
            spec,
            hop_samples=spec.hop_samples // self.rounds,
            window_samples=spec.window_samples // self.rounds,
        )
        self.spectrum = groups.Spectrum(own) if self.rounds > 1 else None
        bin_hz = own.sample_rate_hz / own.window_samples
        self.bands = groups.BeatBands(bin_hz, own.window_samples // 2 + 1, own.window_samples)
        self.network = groups.BeatNetwork()
        self.tracker = BeatTracker(RATE_HZ, DELAY_FRAMES, groups.BeatStates(RATE_HZ))
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        for part in (self.spectrum, self.bands, self.network, self.tracker):
            if part is not None:
                part.reset()
        self.is_beat = False

    def step(self, samples: np.ndarray, magnitude: np.ndarray) -> None:
        """Take one hop of samples and its (bins,) magnitude spectrum in."""
        if self.spectrum is None:
            self._step(magnitude)
            self.is_beat = self.tracker.is_beat
            return
        self.is_beat = False
        for part in np.split(samples, self.rounds):
            self.spectrum.step(part)
            self._step(self.spectrum.magnitude)
            self.is_beat = self.is_beat or self.tracker.is_beat

    @property
    def estimate(self) -> BeatEstimate:
        """The beat at the end of the newest frame."""
        return self.tracker.estimate

    def _step(self, magnitude: np.ndarray) -> None:
        self.bands.step(magnitude)
        self.network.step(self.bands.values)
        self.tracker.step(self.network.activation)
