"""A loudspeaker, by PortAudio: plays one sound and knows when it left the machine."""

import threading

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.portaudio import list_devices, portaudio
from ur3_dancer.music.sound_device import choose_device, explain

_PREFERRED_HZ = 48_000
_BUFFER_S = 0.3
"""Deep enough that a busy machine does not tear the sound; when it leaves is known all the same."""


class Loudspeaker:
    """Plays a sound from its start, once.

    Args:
        device: index or part of the name of an output device; empty for the default.
        clock: tells when the sound left.

    Attributes:
        name: of the device.
        rate_hz: samples a second that `play` takes.
        underruns: how often the device ran dry, which tears the sound apart.
    """

    def __init__(self, device: str = "", clock: Clock | None = None):
        self._clock = clock or SystemClock()
        chosen = choose_device(list_devices("output"), str(device), "output")
        self._index, self.name = chosen.index, chosen.name
        self.rate_hz = _PREFERRED_HZ if self._takes(_PREFERRED_HZ) else chosen.rate_hz
        self.underruns = 0
        self._starts_s: list[float] = []
        self._stream = None
        self._samples = np.zeros(0, np.float32)
        self._given = 0
        self._over = threading.Event()

    @property
    def over(self) -> bool:
        """Return whether everything has been handed to the device."""
        return self._over.is_set()

    @property
    def start_s(self) -> float | None:
        """Return the monotonic time at which the first sample left the device; None before.

        Each buffer that PortAudio asks for says when it will leave, some of them wrongly, the
        first ones most: this is the median of what they make of the start.
        """
        return float(np.median(self._starts_s)) if self._starts_s else None

    def play(self, samples: np.ndarray) -> None:
        """Begin to play (n,) float32 samples; returns at once.

        Raises:
            AudioError: the device cannot be opened.
        """
        self.stop()
        self._samples = np.asarray(samples, np.float32)
        self._given, self._starts_s = 0, []
        self._over.clear()
        sounddevice = portaudio()
        try:
            self._stream = sounddevice.OutputStream(
                device=self._index,
                channels=1,
                samplerate=self.rate_hz,
                dtype="float32",
                latency=_BUFFER_S,
                callback=self._give,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise AudioError(explain(self.name, error, "loudspeaker")) from None

    def stop(self) -> None:
        """End the sound; harmless when there is none."""
        if self._stream is not None:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)
            self._stream = None

    def _give(self, out: np.ndarray, frames: int, times, status) -> None:
        """Fill the device's buffer; runs on PortAudio's thread."""
        ahead_s = times.outputBufferDacTime - times.currentTime
        # Some devices do not say when; then their latency must serve.
        known = times.currentTime > 0.0 and ahead_s > 0.0
        leaves_s = self._clock.now_s() + (ahead_s if known else self._stream.latency)
        self._starts_s.append(leaves_s - self._given / self.rate_hz)
        self.underruns += bool(status.output_underflow) and not self.over
        part = self._samples[self._given : self._given + frames]
        out[: len(part), 0] = part
        out[len(part) :] = 0.0
        self._given += frames
        if self._given >= len(self._samples):
            self._over.set()

    def _takes(self, rate_hz: int) -> bool:
        sounddevice = portaudio()
        try:
            sounddevice.check_output_settings(device=self._index, channels=1, samplerate=rate_hz)
        except sounddevice.PortAudioError:
            return False
        return True
