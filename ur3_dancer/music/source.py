"""Sources: where blocks of sound come from."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

import numpy as np

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block

BLOCK_SAMPLES = 192
"""4 ms at 48 kHz: small blocks come soon, and in an even rhythm."""


class Source(Protocol):
    """Gives blocks at the pace of real time.

    Attributes:
        rate_hz: samples a second; known before `open`.
        name: for people.
        note: what a person should know of it besides; empty where there is nothing.
        ended: there will be no more blocks.
        overruns: how often samples were lost before they could be read.
        beats_s: known beat times relative to `start_s`, or None.
        start_s: monotonic capture time of the first sample; None before it is known.
        state: `closed`, `listening`, or `lost` while a device is gone.
        drift_ppm: how much slower the source's clock runs than the computer's.
        device_latency_s: how long a sample waits in a device before it can be read, which the
            blocks' times do not count.
    """

    rate_hz: int
    name: str
    note: str
    ended: bool
    overruns: int
    beats_s: np.ndarray | None
    start_s: float | None
    state: str
    drift_ppm: float
    device_latency_s: float

    def open(self) -> None:
        """Start the sound; a source that was closed starts from the beginning.

        Raises:
            AudioError: it cannot be opened.
        """
        ...

    def read(self, timeout_s: float) -> Block | None:
        """Return the next block as soon as its last sample has been captured.

        Returns None if that is not within `timeout_s`, and at the end.

        Raises:
            AudioError: the sound broke off.
        """
        ...

    def close(self) -> None:
        """Stop the sound; closing twice is allowed."""
        ...


class PacedSource(ABC):
    """Base of sources that hold their sound already: the clock says when each block is due.

    A block is delivered when its last sample would have been captured by a microphone that began
    to hear at `start_s`. A reader that comes late gets the blocks that it missed at once, with the
    times that they had.
    """

    def __init__(self, rate_hz: int, name: str, clock: Clock, block_samples: int):
        if block_samples < 1:
            raise AudioError(f"blocks of {block_samples} samples are empty: give 1 or more")
        self.rate_hz = rate_hz
        self.name = name
        self.note = ""
        self.ended = False
        self.overruns = 0
        self.beats_s: np.ndarray | None = None
        self.start_s: float | None = None
        self.drift_ppm = 0.0
        self.device_latency_s = 0.0
        self._clock = clock
        self._block_samples = block_samples
        self._given = 0

    @property
    def state(self) -> str:
        """`closed` or `listening`."""
        return "closed" if self.start_s is None else "listening"

    def open(self) -> None:
        """Start from the beginning, now."""
        self._rewind()
        self.ended = False
        self._given = 0
        self.start_s = self._clock.now_s()

    def read(self, timeout_s: float) -> Block | None:
        """Return the next block when it is due, or None after `timeout_s` and at the end."""
        if self.start_s is None:
            raise AudioError(f"{self.name} is not open: call open() before read()")
        if self.ended:
            return None
        due_s = self.start_s + (self._given + self._block_samples) / self.rate_hz
        deadline_s = self._clock.now_s() + timeout_s
        self._clock.sleep_until_s(min(due_s, deadline_s))
        if due_s > deadline_s:
            return None
        samples = self._take(self._block_samples)
        self.ended = len(samples) < self._block_samples
        if not len(samples):
            return None
        block = Block(samples, self.start_s + self._given / self.rate_hz)
        self._given += len(samples)
        return block

    def close(self) -> None:
        """Stop; `open` starts again."""
        self.start_s = None

    @abstractmethod
    def _rewind(self) -> None:
        """Go back to the first sample."""

    @abstractmethod
    def _take(self, count: int) -> np.ndarray:
        """Return the next `count` samples, (n,) float32; fewer at the end, then none."""


def open_source(
    audio: str,
    *,
    clock: Clock | None = None,
    device: str = "",
    follow_default: bool = False,
    channel: int = 0,
    block_samples: int = BLOCK_SAMPLES,
    delay_s: float = 0.0,
) -> Source:
    """Return the source that `audio` names, ready to be opened.

    Args:
        audio: `mic`, `demo` (the built-in track), `auto` (the microphone, or the built-in track
            where there is no input device), or a sound file.
        clock: paces files and the track.
        device: input device, by index or part of its name; empty for the default.
        follow_default: change with the default device.
        channel: of a device or file, counted from 1; 0 mixes them.
        block_samples: samples in a block.
        delay_s: by how much a microphone's times are late.

    Raises:
        AudioError: no such file, device or channel, or it cannot be read.
    """
    clock = clock or SystemClock()
    if audio in ("auto", "mic"):
        from ur3_dancer.music.microphone import Microphone

        try:
            return Microphone(
                device,
                clock=clock,
                block_samples=block_samples,
                channel=channel,
                follow_default=follow_default,
                delay_s=delay_s,
            )
        except AudioError as error:
            # A device or channel that was asked for must be there.
            if audio == "mic" or device or channel:
                raise
            reason = str(error)
        from ur3_dancer.music.track import TrackSource

        return TrackSource(clock=clock, block_samples=block_samples, reason=reason)
    if audio == "demo":
        from ur3_dancer.music.track import TrackSource

        return TrackSource(clock=clock, block_samples=block_samples)
    from ur3_dancer.music.file_source import FileSource

    return FileSource(Path(audio), clock=clock, block_samples=block_samples, channel=channel)
