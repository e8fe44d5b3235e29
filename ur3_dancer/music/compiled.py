"""The feature groups with compiled inner loops: state and meaning of the plain ones, less time.

Each class replaces the one place of its parent in which the time goes. What both answer differs by
rounding alone; tests compare them.
"""

import numpy as np

from ur3_dancer.music import beat_kernels, kernels, plain
from ur3_dancer.music.beat_bands import COMPRESSION
from ur3_dancer.music.beat_states import BEAT_SHARE
from ur3_dancer.music.chroma import QUIET
from ur3_dancer.music.rhythm import SILENT
from ur3_dancer.music.timbre import RANGE_DB

_PIECE = 32
_LANES = 16


class BandedFilters(plain.BandedFilters):
    """See `filters.BandedFilters`."""

    def __init__(self, dense: np.ndarray):
        super().__init__(dense)
        self.sums = np.zeros(len(dense), np.float32)

    def power(self, magnitude: np.ndarray) -> np.ndarray:
        """Return (bands,) float32, which hold until the next call."""
        kernels.banded_power(magnitude, self.starts, self.bins, self.weights, self.sums)
        return self.sums


class Spectrum(plain.Spectrum):
    """See `spectrum.Spectrum`."""

    def reset(self) -> None:
        """Forget all sound."""
        super().reset()
        self.windowed = np.zeros_like(self.history)

    def _transform(self, samples: np.ndarray) -> None:
        kernels.high_pass(
            samples, self.high_pass_state, self.gain, self.pole,
            self.window, self.history, self.sound, self.windowed,
        )  # fmt: skip
        kernels.magnitudes(np.fft.rfft(self.windowed), self.magnitude)


class RunningDecibels(plain.RunningDecibels):
    """See `timbre.RunningDecibels`."""

    def apply(self, power: np.ndarray) -> np.ndarray:
        """Return (bands,) float32 dB."""
        level_db = np.empty_like(power)
        self.loudest_db = np.float32(
            kernels.decibels(power, self.loudest_db, np.float32(RANGE_DB), level_db)
        )
        return level_db


class Timbre(plain.Timbre):
    """See `timbre.Timbre`."""

    def __init__(self, bands: int):
        super().__init__(bands)
        self.decibels = RunningDecibels()
        self.by_band = np.ascontiguousarray(self.dct.T)

    def _cepstrum(self, mel_power: np.ndarray) -> np.ndarray:
        level_db = self.decibels.apply(mel_power)
        mfcc = np.empty(self.COUNT, np.float32)
        kernels.cepstrum(level_db, self.decibels.loudest_db, self.by_band, mfcc)
        return mfcc


class Separation(plain.Separation):
    """See `percussion.Separation`."""

    def reset(self) -> None:
        """Forget the sound so far."""
        super().reset()
        self.percussive, self.result = np.zeros((2, self.bins), np.float32)
        self.below = np.zeros(self.bins, np.float32)
        self.padded = np.zeros(_LANES * -(-self.bins // _LANES) + 2 * self.REACH, np.float32)
        self.in_order = np.zeros((2 * self.REACH + 1, _LANES), np.float32)
        self.lanes = np.zeros((3, _LANES), np.float32)

    def _replace(self, oldest: np.ndarray, newest: np.ndarray) -> None:
        kernels.replace_ordered(self.ordered, oldest, newest, self.below)

    def _percussive(self, spectrum: np.ndarray, harmonic: np.ndarray) -> np.ndarray:
        kernels.running_median(
            spectrum, self.REACH, self.padded, self.in_order, *self.lanes, self.percussive
        )
        kernels.soft_mask(self.percussive, harmonic, spectrum, self.result)
        return self.result


class Onset(plain.Onset):
    """See `percussion.Onset`."""

    def __init__(self, mel: BandedFilters):
        super().__init__(mel)
        self.decibels = RunningDecibels()

    def _mean_rise(self, level_db: np.ndarray) -> np.float32:
        return np.float32(kernels.mean_rise(level_db, self.previous_db))


class Chroma(plain.Chroma):
    """See `chroma.Chroma`; the states move on by pieces of a hop, whose matrix stays in cache."""

    def __init__(self, sample_rate_hz: int, hop: int):
        piece = int(np.gcd(hop, _PIECE))
        super().__init__(sample_rate_hz, piece)
        self.drive = np.ascontiguousarray(self.drive.T)
        decay = self.decay
        self.decay = np.array([decay[0, 0], decay[2, 1], decay[2, 0]])
        self.driven = np.zeros(self.drive.shape[1], np.float32)

    def step(self, sound: np.ndarray) -> None:
        """Take one hop of sound in, (hop,)."""
        kernels.resonate(
            sound, self.drive, self.decay, self.states,
            self.driven, self.weight, self.values, np.float32(QUIET),
        )  # fmt: skip


class Tempogram(plain.Tempogram):
    """See `rhythm.Tempogram`; 384 lags are so few that no transform is needed."""

    def reset(self) -> None:
        """Forget the onsets so far."""
        super().reset()
        self.weighted = np.zeros(self.LAGS)

    def _correlate(self) -> None:
        kernels.autocorrelation(self.window, self.recent, self.weighted, self.values, SILENT)


class BeatBands(plain.BeatBands):
    """See `beat_bands.BeatBands`."""

    def __init__(self, bin_hz: float, bins: int, window_samples: int):
        super().__init__(bin_hz, bins, window_samples)
        self.filters = BandedFilters(self.weights)

    def _power(self, magnitude: np.ndarray) -> np.ndarray:
        return self.filters.power(magnitude)

    def _compress(self, power: np.ndarray) -> None:
        scale = np.float32(COMPRESSION / self.loudest)
        beat_kernels.compress(power, scale, self.level, self.values)


class BeatNetwork(plain.BeatNetwork):
    """See `beat_network.BeatNetwork`."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.by_input = np.ascontiguousarray(self.input_weight.transpose(0, 2, 1))
        self.by_unit = np.ascontiguousarray(self.state_weight.transpose(0, 2, 1))
        self.driven, self.carried = np.zeros((2, self.input_bias.shape[1]), np.float32)

    def _recur(self, bands: np.ndarray) -> None:
        beat_kernels.recur(
            bands, self.by_input, self.input_bias, self.by_unit, self.state_bias,
            self.state, self.driven, self.carried,
        )  # fmt: skip


class BeatStates(plain.BeatStates):
    """See `beat_states.BeatStates`."""

    def reset(self) -> None:
        """Forget the music so far."""
        super().reset()
        self.moved = np.zeros_like(self.probability)
        self.of_period = np.zeros(len(self.periods))

    def _move_on(self, beat: float, other: float) -> np.ndarray:
        beat_kernels.move_on(
            self.probability, self.moved, self.first, self.last,
            self.transition, BEAT_SHARE, beat, other, self.of_period,
        )  # fmt: skip
        self.probability, self.moved = self.moved, self.probability
        return self.of_period
