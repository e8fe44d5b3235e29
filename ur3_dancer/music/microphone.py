"""The microphone, by PortAudio."""

import threading
from collections import deque
from pathlib import Path

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.mix import check_channel, mix_down
from ur3_dancer.music.portaudio import list_devices, portaudio, refresh
from ur3_dancer.music.sample_clock import SampleClock
from ur3_dancer.music.sound_device import choose_again, choose_device, explain
from ur3_dancer.music.source import BLOCK_SAMPLES

_PREFERRED_HZ = 48_000
_QUEUE_S = 2.0
_SILENT_DEVICE_S = 1.0
_SLOW_START_S = 3.0
_RETRY_S = 0.5
_CARDS = Path("/proc/asound/cards")
_CARDS_PERIOD_S = 2.0


class Microphone:
    """Blocks from an input device, stamped with when they were captured.

    The callback only copies and enqueues. If the device falls silent (unplugged, its server gone)
    `state` says so and it is opened again as soon as it is back; after `patience_s` without it,
    `read` raises. Sound from before is never replayed: the gap shows in the blocks' times.

    Args:
        device: index or part of the name; empty for the default.
        clock: stamps the blocks.
        block_samples: samples in a block.
        patience_s: how long to wait for a device that is gone.
        channel: which is heard, counted from 1; 0 mixes the first two, where stereo devices and
            most interfaces have their microphones.
        follow_default: if no device is named, change to what is the default when a device is lost
            and when sound cards come or go (Linux).
        delay_s: what sound waits in air, device and drivers before it can be stamped, taken off
            each block's time; see `measure_audio_path`.

    Attributes:
        state: `closed`, `listening` or `lost`.
        drift_ppm: how much slower the device's clock runs than the computer's.
        device_latency_s: what PortAudio says a sample waits in the device's buffer; the blocks'
            times do not count it.
    """

    def __init__(
        self,
        device: str = "",
        clock: Clock | None = None,
        block_samples: int = BLOCK_SAMPLES,
        patience_s: float = 60.0,
        channel: int = 0,
        follow_default: bool = False,
        delay_s: float = 0.0,
    ):
        self._delay_s = delay_s
        self._wanted = str(device)
        self._clock = clock or SystemClock()
        self._block_samples = block_samples
        self._patience_s = patience_s
        self._channel = channel
        self._follow = follow_default and not self._wanted
        self._device = choose_device(list_devices(), self._wanted)
        check_channel(channel, self._device.channels, f"microphone {self._device.name}")
        self.rate_hz = self._choose_rate_hz()
        self.name = self._device.name
        self.note = ""
        self.ended = False
        self.overruns = 0
        self.beats_s: np.ndarray | None = None
        self.start_s: float | None = None
        self.state = "closed"
        self.device_latency_s = 0.0
        self._stream = None
        self._trouble = ""

    @property
    def drift_ppm(self) -> float:
        """How much slower the device's clock runs, in parts per million."""
        return self._sample_clock.drift_ppm if self.state != "closed" else 0.0

    @property
    def _channels(self) -> int:
        """How many to capture."""
        return self._channel or min(self._device.channels, 2)

    def open(self) -> None:
        """Start to listen.

        Raises:
            AudioError: the device cannot be opened.
        """
        self.start_s = None
        self._start()

    def read(self, timeout_s: float) -> Block | None:
        """Return the next block, or None if there is none within `timeout_s`.

        Raises:
            AudioError: the device has been gone for longer than `patience_s`.
        """
        if self.state == "closed":
            raise AudioError(f"microphone {self.name} is not open: call open() before read()")
        if self.state == "listening" and self._follow and self._cards_changed():
            self._lose()
        if self.state == "lost":
            self._try_again(timeout_s)
            return None
        deadline_s = self._clock.now_s() + timeout_s
        with self._arrival:
            if not self._queue:
                self._arrival.wait(timeout_s)
            captured = self._queue.popleft() if self._queue else None
        if captured is not None:
            return self._block(*captured)
        # An idle sound server may sleep for two seconds before its first block.
        allowed_s = _SILENT_DEVICE_S if self._sample_clock.count else _SLOW_START_S
        if deadline_s - self._heard_s > allowed_s:
            self._lose()
        return None

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self.state = "closed"

    def _block(self, samples: np.ndarray, arrival_s: float, dropped: int) -> Block:
        """Stamp a captured block; what was lost before it becomes zeros in front."""
        self._heard_s = arrival_s
        stamped_s = self._sample_clock.stamp(len(samples) + dropped, arrival_s)
        start_s = stamped_s - self._delay_s
        lost = self._sample_clock.lost_samples()
        if lost:
            self.overruns += 1
        mono = mix_down(samples, self._channel)
        if self.start_s is None:
            self.start_s = start_s
        if lost + dropped:
            mono = np.concatenate([np.zeros(lost + dropped, np.float32), mono])
        return Block(mono, start_s)

    def _start(self) -> None:
        sounddevice = portaudio()
        self._sample_clock = SampleClock(self.rate_hz)
        self._arrival = threading.Condition()
        self._queue: deque[tuple[np.ndarray, float, int]] = deque()
        self._longest = max(int(_QUEUE_S * self.rate_hz / self._block_samples), 2)
        self._dropped = 0
        try:
            self._stream = sounddevice.InputStream(
                device=self._device.index,
                channels=self._channels,
                samplerate=self.rate_hz,
                blocksize=self._block_samples,
                dtype="float32",
                latency="low",
                callback=self._receive,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self._stop()
            raise AudioError(explain(self._device.name, error)) from None
        self.name = self._device.name
        self.device_latency_s = float(self._stream.latency)
        self._cards, self._cards_read_s = _sound_cards(), self._clock.now_s()
        self._heard_s = self._clock.now_s()
        self.state = "listening"

    def _receive(self, captured, frames, _times, status) -> None:
        """Copy and enqueue; runs on PortAudio's thread."""
        arrival_s = self._clock.now_s()
        with self._arrival:
            if status.input_overflow:
                self.overruns += 1
            if len(self._queue) >= self._longest:
                self.overruns += self._dropped == 0
                self._dropped += frames
                return
            self._queue.append((captured.copy(), arrival_s, self._dropped))
            self._dropped = 0
            self._arrival.notify()

    def _stop(self) -> None:
        if self._stream is not None:
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)
            self._stream = None

    def _lose(self) -> None:
        """Let go of a device that is gone, or no longer the one to hear."""
        self.state = "lost"
        self._retry_s = self._clock.now_s()
        self._stop()

    def _cards_changed(self) -> bool:
        """Return whether a sound card came or went since the device was opened."""
        if self._clock.now_s() - self._cards_read_s < _CARDS_PERIOD_S:
            return False
        self._cards_read_s = self._clock.now_s()
        return _sound_cards() != self._cards

    def _try_again(self, timeout_s: float) -> None:
        """Look for the lost device once in a while, so that it is back by itself."""
        now_s = self._clock.now_s()
        if now_s - self._heard_s > self._patience_s:
            raise AudioError(
                f"microphone {self.name} has been gone for {now_s - self._heard_s:.0f} s "
                f"({self._trouble or 'no sound came'}): plug it in again and start anew"
            )
        if now_s < self._retry_s:
            self._clock.sleep_until_s(min(now_s + timeout_s, self._retry_s))
            return
        self._retry_s = now_s + _RETRY_S
        heard_s = self._heard_s
        try:
            refresh()
            device = choose_again(list_devices(), self._wanted, self.name, self._follow)
            check_channel(self._channel, device.channels, f"microphone {device.name}")
            self._device = device
            self._start()
        except AudioError as error:
            # Not back yet: `patience_s` bounds how often this is tried.
            self._trouble = str(error).partition("\n")[0]
            self.state = "lost"
            self._heard_s = heard_s

    def _choose_rate_hz(self) -> int:
        """Prefer 48 kHz, which needs the shortest resampling filter."""
        sounddevice = portaudio()
        try:
            sounddevice.check_input_settings(
                device=self._device.index, channels=self._channels, samplerate=_PREFERRED_HZ
            )
        except sounddevice.PortAudioError:
            return self._device.rate_hz
        return _PREFERRED_HZ


def _sound_cards() -> str:
    """Return what Linux lists as sound cards; empty where there is no such list."""
    try:
        return _CARDS.read_text()
    except OSError:
        return ""
