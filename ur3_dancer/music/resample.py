"""Resampling without bursts: each input sample yields its output at once."""

from math import gcd

import numpy as np

from ur3_dancer.errors import AudioError

_HALF_WIDTH = 16
_STOP_BAND_DB = 66.0
_LOWEST_HZ, _HIGHEST_HZ = 4_000, 384_000
_PIECE = 8192


class Resampler:
    """Polyphase FIR between two integer rates, exact for every pair of them.

    After n input samples exactly `ceil(n * to / from)` output samples have come out, so that 800
    samples at 48 kHz are one hop of 512 at 30,720 Hz, every time. A block resampler such as soxr's
    stream is finer in the stop band but holds samples back and releases them in bursts of up to
    30 ms, which a live listener would hear as jitter.

    The low-pass is a sinc under a Kaiser window (66 dB), 16 periods of the lower rate to each side.

    Args:
        from_hz: samples a second that come in.
        to_hz: samples a second that go out.
        compiled: sum with the compiled loop; otherwise with NumPy, which differs by rounding.

    Attributes:
        delay_s: seconds by which the output lags the input (half the filter).
    """

    def __init__(self, from_hz: int, to_hz: int, compiled: bool = True):
        for rate_hz in (from_hz, to_hz):
            if rate_hz != int(rate_hz) or not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ:
                raise AudioError(
                    f"sample rate {rate_hz} Hz cannot be converted exactly: use a whole number "
                    f"of Hz between {_LOWEST_HZ} and {_HIGHEST_HZ}, for instance 48000"
                )
        divisor = gcd(int(from_hz), int(to_hz))
        self.up, self.down = int(to_hz) // divisor, int(from_hz) // divisor
        self.taps = _taps(self.up, int(from_hz), int(to_hz))
        self._weigh = _compiled_sums() if compiled else _sums
        is_identity = self.up == self.down
        self.delay_s = 0.0 if is_identity else (self.taps.size - 1) / 2 / (self.up * from_hz)
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._tail = np.zeros(self.taps.shape[1] - 1, np.float32)
        self._taken = 0
        self._given = 0

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Return the (m,) float32 output that (n,) float32 finite `samples` complete."""
        samples = np.asarray(samples, np.float32)
        if self.up == self.down:
            return samples.copy()
        if len(samples) <= _PIECE:
            return self._process_piece(samples)
        pieces = [
            self._process_piece(samples[start : start + _PIECE])
            for start in range(0, len(samples), _PIECE)
        ]
        return np.concatenate(pieces)

    def newest_input(self, output_index: int) -> int:
        """Return the index of the newest input sample that shaped output `output_index`."""
        return output_index * self.down // self.up

    def _process_piece(self, samples: np.ndarray) -> np.ndarray:
        sound = np.concatenate([self._tail, samples])
        total = self._taken + len(samples)
        until = -(-total * self.up // self.down)
        output = np.empty(until - self._given, np.float32)
        # Position 0 is the first sample after the tail, on the axis of the finer rate.
        first = self._given * self.down - self._taken * self.up
        self._weigh(sound, self.taps, first, self.down, output)
        self._tail = sound[len(samples) :]
        self._taken, self._given = total, until
        return output


def _sums(sound: np.ndarray, taps: np.ndarray, first: int, step: int, output: np.ndarray) -> None:
    """Write each output's own sum over the taps: how the input is cut cannot change a bit.

    Args:
        sound: (taps - 1 + n,) float32, the samples before and the new ones.
        taps: (up, taps) float32, the filter of each phase.
        first: position of the first output from the first new sample, in steps of 1 / up.
        step: steps from one output to the next.
        output: (m,) float32 result.
    """
    up, count = taps.shape
    position = first + np.arange(len(output)) * step
    windows = np.lib.stride_tricks.sliding_window_view(sound, count)
    output[:] = (windows[position // up] * taps[position % up]).sum(axis=1, dtype=np.float32)


def _compiled_sums():
    from ur3_dancer.music.sound_kernels import weighted_sums

    return weighted_sums


def _taps(up: int, from_hz: int, to_hz: int) -> np.ndarray:
    """Return (up, taps) float32 filters, one for each phase, oldest sample first."""
    lower_hz = min(from_hz, to_hz)
    count = int(np.ceil(2 * _HALF_WIDTH * from_hz / lower_hz))
    fine_hz = up * from_hz
    time_s = (np.arange(up * count) - (up * count - 1) / 2) / fine_hz
    # Kaiser's rule for the transition width; the stop band begins at the lower Nyquist frequency.
    transition_hz = (_STOP_BAND_DB - 7.95) / (14.36 * up * count / fine_hz)
    cut_off_hz = lower_hz / 2 - transition_hz / 2
    beta = 0.1102 * (_STOP_BAND_DB - 8.7)
    prototype = np.sinc(2 * cut_off_hz * time_s) * np.kaiser(up * count, beta)
    phases = prototype.reshape(count, up).T[:, ::-1]
    # Each phase passes DC unchanged: without this a constant would be modulated by the phases.
    return (phases / phases.sum(axis=1, keepdims=True)).astype(np.float32)
