"""Features: sound in, frames out, the same live, in training and in evaluation."""

from types import ModuleType

import numpy as np

from ur3_dancer.music.beat import BeatEstimate
from ur3_dancer.music.beat_sense import BeatSense
from ur3_dancer.music.filters import mel_filters
from ur3_dancer.music.onset_peak import OnsetPeak
from ur3_dancer.music.spec import FeatureSpec


class FeatureStream:
    """Turns mono samples at the spec's rate into feature frames, one for each completed hop.

    Frame i knows the samples before `(i + 1) * hop` and nothing later. All work is done a whole hop
    at a time, so the result does not depend on how the samples are cut into calls, to the last bit.

    Args:
        spec: which features.
        compiled: take the groups with compiled inner loops; otherwise the plain NumPy ones, which
            answer the same but for rounding, in four times the time.

    Attributes:
        groups: what computes the features, by name; those that the spec does not need are absent.
    """

    def __init__(self, spec: FeatureSpec, compiled: bool = True):
        self.spec = spec
        make = _groups(compiled)
        self._sanitise = make.sanitise
        bins = spec.window_samples // 2 + 1
        mel = mel_filters(spec.sample_rate_hz, spec.window_samples)
        self.mel = make.BandedFilters(mel)
        self.spectrum = make.Spectrum(spec)
        self.timbre = make.Timbre(len(mel))
        self.separation = make.Separation(bins) if spec.percussive else None
        self.onset = make.Onset(self.mel)
        self.peak = OnsetPeak() if "peak" in spec.columns else None
        self.chroma = make.Chroma(spec.sample_rate_hz, spec.hop_samples)
        self.tempogram = make.Tempogram() if "tempogram" in spec.columns else None
        self.beats = BeatSense(spec, make)
        names = ("spectrum", "timbre", "separation", "onset", "peak", "chroma", "tempogram")
        groups = {name: getattr(self, name) for name in (*names, "beats")}
        self.groups = {name: group for name, group in groups.items() if group is not None}
        self._pending = np.zeros(0, np.float32)

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Take samples in and return the frames that they complete.

        Args:
            samples: (n,) mono at `spec.sample_rate_hz`, any n; what is not finite counts as 0, and
                what exceeds -1..1 is clipped.

        Returns:
            (m, F) float32, finite; m may be 0.

        Raises:
            AudioError: the samples are not one channel.
        """
        hop = self.spec.hop_samples
        pending = self._sanitise(samples)
        if len(self._pending):
            pending = np.concatenate([self._pending, pending])
        count = len(pending) // hop
        frames = np.empty((count, self.spec.count), np.float32)
        for index in range(count):
            self._step(pending[index * hop : (index + 1) * hop], frames[index])
        self._pending = pending[count * hop :].copy()
        return frames

    def reset(self) -> None:
        """Forget the sound so far: the next sample is the first."""
        self._pending = np.zeros(0, np.float32)
        for group in self.groups.values():
            group.reset()

    def warm_up(self) -> None:
        """Pay every first-call cost, then forget."""
        self.process(np.zeros(4 * self.spec.hop_samples, np.float32))
        self.reset()

    @property
    def beat(self) -> BeatEstimate:
        """The beat at the end of the newest frame; its time counts from the stream's start."""
        return self.beats.estimate

    @property
    def latency_s(self) -> dict[str, float]:
        """Seconds by which each group lags the sound that it tells of, at the end of a frame.

        Timbre tells of the middle of its window. Onsets are compared at the same lag as librosa's;
        beats are foretold. Chroma answers best after six frames (its resonators ring).
        """
        frame_s = 1.0 / self.spec.rate_hz
        half_window_s = self.spec.window_samples / 2 / self.spec.sample_rate_hz
        known = {"mfcc": half_window_s, "delta": half_window_s + frame_s, "chroma": 6 * frame_s}
        return {group: known.get(group, 0.0) for group in self.spec.columns}

    def _step(self, samples: np.ndarray, frame: np.ndarray) -> None:
        """Compute one frame from one hop of samples."""
        self.spectrum.step(samples)
        magnitude = self.spectrum.magnitude
        self.timbre.step(self.mel.power(magnitude))
        self.onset.step(self.separation.step(magnitude) if self.separation else magnitude)
        self.chroma.step(self.spectrum.sound)
        self.beats.step(samples, magnitude)
        columns = self.spec.columns
        frame[columns["mfcc"]] = self.timbre.mfcc
        frame[columns["chroma"]] = self.chroma.values
        frame[columns["onset"]] = self.onset.strength
        frame[columns["beat"]] = self.beats.is_beat
        if "delta" in columns:
            frame[columns["delta"]] = self.timbre.delta
        if self.tempogram:
            self.tempogram.step(self.onset.strength)
            frame[columns["tempogram"]] = self.tempogram.values
        if self.peak:
            self.peak.step(self.onset.strength)
            frame[columns["peak"]] = self.peak.is_peak


def _groups(compiled: bool) -> ModuleType:
    """Return the module of group classes; Numba is imported only where it is used."""
    if compiled:
        from ur3_dancer.music import compiled as groups
    else:
        from ur3_dancer.music import plain as groups
    return groups
