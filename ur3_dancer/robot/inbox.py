"""Where chunks wait for the servo loop: the newest one, and how many came."""

import threading

from ur3_dancer.clock import Clock
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.playout import Playout


class Inbox:
    """Checks chunks in the sender's thread and keeps the newest, so a flood costs the loop nothing.

    Attributes:
        received: chunks handed in; refused: those that must not be played; overtaken: those that
            a newer one replaced, or that were older than the one waiting.
    """

    def __init__(self, arm_config: ArmConfig, clock: Clock):
        self._clock = clock
        self._checker = Playout(arm_config)
        self._lock = threading.Lock()
        self._chunk: Chunk | None = None
        self.received = self.refused = self.overtaken = 0

    def put(self, chunk: Chunk) -> None:
        """Hand in a chunk.

        Raises:
            ConfigError: it must not be played; the text says why.
        """
        try:
            self._checker.check(chunk, self._clock.now_s())
        except ConfigError:
            with self._lock:
                self.received += 1
                self.refused += 1
            raise
        with self._lock:
            self.received += 1
            if self._chunk is not None:
                self.overtaken += 1
            if self._chunk is None or chunk.start_s > self._chunk.start_s:
                self._chunk = chunk

    def take(self) -> Chunk | None:
        """Return the newest chunk and forget it, or None."""
        with self._lock:
            chunk, self._chunk = self._chunk, None
        return chunk
