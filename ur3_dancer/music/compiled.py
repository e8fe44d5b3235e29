"""The feature groups with compiled inner loops: state and meaning of the plain ones, less time.

Each class replaces the one place of its parent in which the time goes. What both answer differs by
rounding alone; tests compare them.
"""

import numpy as np

from ur3_dancer.music import beat_kernels, kernels, plain, sound_kernels
from ur3_dancer.music.beat_bands import COMPRESSION, FORGET, QUIETEST
from ur3_dancer.music.beat_states import BEAT_SHARE, NEIGHBOURS
from ur3_dancer.music.chroma import QUIET
from ur3_dancer.music.rhythm import SILENT
from ur3_dancer.music.sanitise import checked
from ur3_dancer.music.timbre import RANGE_DB

_PIECE = 32
_LANES = 16
_RANGE_DB = np.float32(RANGE_DB)


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
        half = len(self.window) // 2
        angle = np.pi * np.arange(half + 1) / half
        self.turns = np.array([np.cos(angle), np.sin(angle)])
        self.work = np.zeros((4, half))

    def _transform(self, samples: np.ndarray) -> None:
        sound_kernels.high_pass(
            samples, self.high_pass_state, self.gain, self.pole,
            self.window, self.history, self.sound, self.windowed,
        )  # fmt: skip
        sound_kernels.magnitudes(self.windowed, *self.turns, *self.work, self.magnitude)


class Timbre(plain.Timbre):
    """See `timbre.Timbre`."""

    delta = None  # computed with the coefficients

    def __init__(self, bands: int):
        self.level_db = np.zeros(bands, np.float32)
        super().__init__(bands)
        self.by_band = np.ascontiguousarray(self.dct.T)

    def reset(self) -> None:
        """Forget the sound so far."""
        super().reset()
        self.delta = np.zeros(self.COUNT, np.float32)

    def step(self, mel_power: np.ndarray) -> None:
        """Take the mel power spectrum of one frame in, (bands,) float32."""
        self.decibels.loudest_db = np.float32(
            kernels.cepstrum(
                mel_power, self.decibels.loudest_db, _RANGE_DB,
                self.by_band, self.level_db, self.recent, self.delta,
            )
        )  # fmt: skip
        if self.frames == 0:
            self.recent[:2] = self.recent[2]
            self.delta[:] = 0.0
        self.frames += 1


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

    def reset(self) -> None:
        """Forget the sound so far."""
        super().reset()
        self.level_db = np.zeros(len(self.mel.sums), np.float32)
        self.previous_db = np.full_like(self.level_db, np.inf)

    def step(self, magnitude: np.ndarray) -> None:
        """Take one (bins,) float32 magnitude spectrum in; nothing rises from infinity."""
        self.decibels.loudest_db, self.strength = map(
            np.float32,
            kernels.mean_rise(
                self.mel.power(magnitude), self.decibels.loudest_db, _RANGE_DB,
                self.level_db, self.previous_db,
            ),
        )  # fmt: skip


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

    def step(self, onset: float) -> None:
        """Take the onset strength of one frame in."""
        kernels.autocorrelation(onset, self.window, self.recent, self.weighted, self.values, SILENT)


class BeatBands(plain.BeatBands):
    """See `beat_bands.BeatBands`."""

    def __init__(self, bin_hz: float, bins: int, window_samples: int):
        super().__init__(bin_hz, bins, window_samples)
        self.filters = BandedFilters(self.weights)

    def step(self, magnitude: np.ndarray) -> None:
        """Take one (bins,) float32 magnitude spectrum in."""
        filters = self.filters
        least = np.float32(max(self.loudest * FORGET, QUIETEST))
        self.loudest = np.float32(
            beat_kernels.hear_bands(
                magnitude, filters.starts, filters.bins, filters.weights, least,
                np.float32(COMPRESSION), filters.sums, self.level, self.values,
            )
        )  # fmt: skip


class BeatNetwork(plain.BeatNetwork):
    """See `beat_network.BeatNetwork`."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.by_input = np.ascontiguousarray(self.input_weight.transpose(0, 2, 1))
        self.by_unit = np.ascontiguousarray(self.state_weight.transpose(0, 2, 1))
        self.driven, self.carried = np.zeros((2, self.input_bias.shape[1]), np.float32)

    def step(self, bands: np.ndarray) -> None:
        """Take the (2 * BANDS,) float32 beat bands of one frame in."""
        self.activation = beat_kernels.recur(
            bands, self.by_input, self.input_bias, self.by_unit, self.state_bias,
            self.output_weight, self.output_bias, self.state, self.driven, self.carried,
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

    def _summarise(self, of_period: np.ndarray) -> None:
        self.period, self.phase, self.sharpness = beat_kernels.summarise(
            self.probability, of_period, self.periods, self.first, self.last, self.turn, NEIGHBOURS
        )


def sanitise(samples: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """See `sanitise.sanitise`."""
    safe = checked(samples)
    sound_kernels.make_safe(safe, np.float32(gain))
    return safe
