"""Recorder: keeps what was heard, so that a performance can be heard again exactly as it was."""

import queue
import threading
from pathlib import Path

import numpy as np
import soundfile

from ur3_dancer.errors import AudioError

_WAITING = 4096
_SUBTYPES = {".wav": "FLOAT", ".w64": "FLOAT", ".flac": "PCM_24"}


class Recorder:
    """Writes samples to a sound file on a thread of its own: a slow disk delays no music.

    WAV (up to 6 hours at 48 kHz) and W64 (any length) keep every bit, so that playing the file to
    the same features gives the same frames; FLAC is smaller and rounds to 24 bits. A file that is
    there already is left alone, and a number is added to the name.

    Attributes:
        path: the file that is written.
        lost: samples that came faster than the disk took them.
        failure: why nothing more is written; empty while all is well.
    """

    def __init__(self, path: Path | str, rate_hz: int):
        wanted = Path(path)
        if wanted.suffix.lower() not in _SUBTYPES:
            raise AudioError(
                f"recording {path} has no known ending: name a file that ends in "
                f"{', '.join(_SUBTYPES)}"
            )
        self.path = _unused(wanted)
        self.lost = 0
        self.failure = ""
        subtype = _SUBTYPES[wanted.suffix.lower()]
        try:
            self._file = soundfile.SoundFile(self.path, "w", rate_hz, 1, subtype)
        except (OSError, soundfile.LibsndfileError) as error:
            raise AudioError(
                f"recording {self.path} cannot be written ({error}): choose another folder"
            ) from None
        self._waiting: queue.Queue[np.ndarray | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()

    def take(self, samples: np.ndarray) -> None:
        """Keep (n,) float32 samples; returns at once."""
        try:
            self._waiting.put_nowait(samples)
        except queue.Full:
            self.lost += len(samples)

    def close(self) -> None:
        """Write what is left and close the file; closing twice is allowed."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _write(self) -> None:
        with self._file as file:
            while (samples := self._waiting.get()) is not None:
                if self.failure:
                    continue
                try:
                    file.write(samples)
                except (OSError, soundfile.LibsndfileError) as error:
                    # The music must not end with the disk: whoever asks is told.
                    self.failure = f"recording {self.path} broke off ({error}): free some space"


def _unused(path: Path) -> Path:
    """Return the path itself, or the first of path-2, path-3 ... that does not exist."""
    number, candidate = 2, path
    while candidate.exists():
        candidate = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return candidate
