"""The microphone, by PortAudio. The only home of `sounddevice`."""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.sample_clock import SampleClock
from ur3_dancer.music.source import BLOCK_SAMPLES

_PREFERRED_HZ = 48_000
_QUEUE_S = 2.0
_SILENT_DEVICE_S = 1.0
_SLOW_START_S = 3.0
_RETRY_S = 0.5
_NO_PORTAUDIO = (
    "PortAudio, which reads microphones, is not installed: run "
    "`sudo apt-get install libportaudio2`, or use --audio demo or --audio FILE"
)


@dataclass(frozen=True)
class InputDevice:
    """A device that can record, as `str()` shows it to people."""

    index: int
    name: str
    host: str
    channels: int
    rate_hz: int
    is_default: bool

    def __str__(self) -> str:
        mark = "*" if self.is_default else " "
        return (
            f"{mark} {self.index}: {self.name} ({self.host}, {self.channels} in, {self.rate_hz} Hz)"
        )


def list_devices() -> list[InputDevice]:
    """Return all devices that can record.

    Raises:
        AudioError: PortAudio is missing.
    """
    sounddevice = _portaudio()
    hosts = sounddevice.query_hostapis()
    default = sounddevice.default.device[0]
    return [
        InputDevice(
            index=index,
            name=device["name"],
            host=hosts[device["hostapi"]]["name"],
            channels=device["max_input_channels"],
            rate_hz=int(device["default_samplerate"]),
            is_default=index == default,
        )
        for index, device in enumerate(sounddevice.query_devices())
        if device["max_input_channels"] > 0
    ]


def choose_device(devices: list[InputDevice], wanted: str) -> InputDevice:
    """Return the device with index or (part of) name `wanted`; the default one for "".

    Raises:
        AudioError: there is none, or several fit.
    """
    if not devices:
        raise AudioError(
            "there is no sound input device: plug one in, or use --audio demo or --audio FILE"
        )
    listing = "\n".join(["input devices:", *map(str, devices)])
    if not wanted:
        return next((device for device in devices if device.is_default), devices[0])
    if wanted.isdigit():
        fitting = [device for device in devices if device.index == int(wanted)]
    else:
        name = wanted.casefold()
        fitting = [device for device in devices if device.name.casefold() == name]
        fitting = fitting or [device for device in devices if name in device.name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise AudioError(f"no input device fits {wanted!r}: name one of these\n{listing}")
    raise AudioError(
        f"{len(fitting)} input devices fit {wanted!r}: give an index or more of the name\n{listing}"
    )


class Microphone:
    """Blocks from an input device, stamped with when they were captured.

    The callback only copies and enqueues. If the device falls silent (unplugged, its server gone)
    `state` says so and it is opened again as soon as it is back; after `patience_s` without it,
    `read` raises. Sound from before is never replayed: the gap shows in the blocks' times.

    Attributes:
        state: `closed`, `listening` or `lost`.
        level: largest absolute sample of the newest block.
        drift_ppm: the device's clock against the computer's.
    """

    def __init__(
        self,
        device: str = "",
        clock: Clock | None = None,
        block_samples: int = BLOCK_SAMPLES,
        patience_s: float = 10.0,
    ):
        self._wanted = str(device)
        self._clock = clock or SystemClock()
        self._block_samples = block_samples
        self._patience_s = patience_s
        self._device = choose_device(list_devices(), self._wanted)
        self._channels = min(self._device.channels, 2)
        self.rate_hz = self._choose_rate_hz()
        self.name = self._device.name
        self.note = ""
        self.ended = False
        self.overruns = 0
        self.beats_s: np.ndarray | None = None
        self.start_s: float | None = None
        self.state = "closed"
        self.level = 0.0
        self._stream = None

    @property
    def drift_ppm(self) -> float:
        """How much slower the device's clock runs, in parts per million."""
        return self._sample_clock.drift_ppm if self.state != "closed" else 0.0

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
            self.state = "lost"
            self._retry_s = deadline_s
            self._stop()
        return None

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self.state = "closed"

    def _block(self, samples: np.ndarray, arrival_s: float, dropped: int) -> Block:
        """Stamp a captured block; what was lost before it becomes zeros in front."""
        self._heard_s = arrival_s
        start_s = self._sample_clock.stamp(len(samples) + dropped, arrival_s)
        lost = self._sample_clock.lost_samples()
        if lost:
            self.overruns += 1
        mono = samples.mean(axis=1, dtype=np.float32)
        self.level = float(np.abs(mono).max(initial=0.0))
        if self.start_s is None:
            self.start_s = start_s
        if lost + dropped:
            mono = np.concatenate([np.zeros(lost + dropped, np.float32), mono])
        return Block(mono, start_s)

    def _start(self) -> None:
        sounddevice = _portaudio()
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
            raise AudioError(
                f"microphone {self.name} cannot be opened ({_reason(error)}): close other programs "
                "that use it, check its permissions (group audio), or choose another device"
            ) from None
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

    def _try_again(self, timeout_s: float) -> None:
        """Look for the lost device once in a while, so that it is back by itself."""
        now_s = self._clock.now_s()
        if now_s - self._heard_s > self._patience_s:
            raise AudioError(
                f"microphone {self.name} has been gone for {now_s - self._heard_s:.0f} s: "
                "plug it in again and start anew"
            )
        if now_s < self._retry_s:
            self._clock.sleep_until_s(min(now_s + timeout_s, self._retry_s))
            return
        self._retry_s = now_s + _RETRY_S
        heard_s = self._heard_s
        try:
            _refresh()
            self._device = choose_device(list_devices(), self._wanted or self._device.name)
            self._start()
        except AudioError:
            # Not back yet: `patience_s` bounds how often this is tried.
            self.state = "lost"
            self._heard_s = heard_s

    def _choose_rate_hz(self) -> int:
        """Prefer 48 kHz, which needs the shortest resampling filter."""
        sounddevice = _portaudio()
        try:
            sounddevice.check_input_settings(
                device=self._device.index, channels=self._channels, samplerate=_PREFERRED_HZ
            )
        except sounddevice.PortAudioError:
            return self._device.rate_hz
        return _PREFERRED_HZ


def _portaudio():
    """Return the `sounddevice` module, whose import needs the PortAudio library."""
    try:
        import sounddevice
    except (OSError, ImportError):
        raise AudioError(_NO_PORTAUDIO) from None
    return sounddevice


def _refresh() -> None:
    """Let PortAudio look for devices anew: it lists them once, when it starts."""
    sounddevice = _portaudio()
    sounddevice._terminate()
    sounddevice._initialize()


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
