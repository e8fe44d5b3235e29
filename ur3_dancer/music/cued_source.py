"""A source that is silent until its cue: everything is up and listening before the first note."""

import threading

import numpy as np

from ur3_dancer.clock import Clock
from ur3_dancer.music.block import Block
from ur3_dancer.music.source import BLOCK_SAMPLES, PacedSource, Source

_LOUD_S = 0.15
"""How long it must be loud: longer than a dropped case, shorter than a bar."""


class CuedSource:
    """Gives silence at the pace of life until `cue`, and then what its source gives.

    A file or the built-in track is only then opened, and begins at its beginning. A microphone
    listens from the first; it can give the cue itself, by its level.

    Args:
        source: what is heard after the cue.
        clock: paces the silence.
        level_db: with a microphone, the level that gives the cue; None waits for `cue` alone.

    Attributes:
        waiting: the cue has not come.
    """

    def __init__(self, source: Source, clock: Clock, level_db: float | None = None):
        self._source = source
        self._clock = clock
        self._paced = isinstance(source, PacedSource)
        self._threshold = None if level_db is None else 10.0 ** (level_db / 20.0)
        self._asked = threading.Event()
        self.waiting = True
        self._silent_from_s = 0.0
        self._given = 0
        self._loud_s = 0.0

    def __getattr__(self, name: str):
        """Everything else is as the source has it."""
        return getattr(self._source, name)

    @property
    def state(self) -> str:
        """`listening` while it waits for a file's cue, else the source's own."""
        return "listening" if self.waiting and self._paced else self._source.state

    def cue(self) -> bool:
        """Begin now, from any thread; return whether that is news."""
        news = not self._asked.is_set()
        self._asked.set()
        return news

    def open(self) -> None:
        """Begin with silence."""
        self._asked.clear()
        self.waiting = True
        self._given, self._loud_s = 0, 0.0
        self._silent_from_s = self._clock.now_s()
        if not self._paced:
            self._source.open()

    def read(self, timeout_s: float) -> Block | None:
        """Return the next block: of silence, or of sound after the cue."""
        if self.waiting and self._asked.is_set():
            self.waiting = False
            if self._paced:
                self._source.open()
        if not self.waiting:
            return self._source.read(timeout_s)
        if self._paced:
            return self._silence(timeout_s)
        block = self._source.read(timeout_s)
        if block is None or self._is_cue(block):
            return block
        return Block(np.zeros_like(block.samples), block.start_s)

    def _silence(self, timeout_s: float) -> Block | None:
        rate_hz = self._source.rate_hz
        due_s = self._silent_from_s + (self._given + BLOCK_SAMPLES) / rate_hz
        deadline_s = self._clock.now_s() + timeout_s
        self._clock.sleep_until_s(min(due_s, deadline_s))
        if due_s > deadline_s:
            return None
        start_s = self._silent_from_s + self._given / rate_hz
        self._given += BLOCK_SAMPLES
        return Block(np.zeros(BLOCK_SAMPLES, np.float32), start_s)

    def _is_cue(self, block: Block) -> bool:
        """Return whether it has been loud for long enough; that block is heard already."""
        if self._threshold is None or not len(block.samples):
            return False
        loud = float(np.sqrt(np.mean(np.square(block.samples)))) >= self._threshold
        self._loud_s = self._loud_s + len(block.samples) / self._source.rate_hz if loud else 0.0
        if self._loud_s < _LOUD_S:
            return False
        self._asked.set()
        self.waiting = False
        return True
