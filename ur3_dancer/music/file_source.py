"""A sound file, heard as if a microphone stood before it."""

from pathlib import Path

import numpy as np
import soundfile

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.errors import AudioError
from ur3_dancer.music.mix import check_channel, mix_down
from ur3_dancer.music.source import BLOCK_SAMPLES, PacedSource


class FileSource(PacedSource):
    """Anything libsndfile reads (WAV, FLAC, OGG, MP3 ...), channels mixed down or one chosen.

    Read block by block: a file of an hour costs no memory.
    """

    def __init__(
        self,
        path: Path | str,
        clock: Clock | None = None,
        block_samples: int = BLOCK_SAMPLES,
        channel: int = 0,
    ):
        self.path = Path(path)
        if not self.path.is_file():
            raise AudioError(
                f"sound file {path} does not exist: give a path to a sound file, mic or demo"
            )
        self._file: soundfile.SoundFile | None = None
        with self._opened() as file:
            if file.frames == 0:
                raise AudioError(f"sound file {path} holds no sound: give another")
            check_channel(channel, file.channels, f"sound file {path}")
            rate_hz, self.duration_s = file.samplerate, file.frames / file.samplerate
        self._channel = channel
        super().__init__(rate_hz, self.path.name, clock or SystemClock(), block_samples)

    def close(self) -> None:
        """Stop and close the file."""
        super().close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> soundfile.SoundFile:
        try:
            self.path.open("rb").close()
            return soundfile.SoundFile(self.path)
        except OSError as error:
            raise AudioError(
                f"sound file {self.path} may not be read ({error.strerror}): change its permissions"
            ) from None
        except soundfile.LibsndfileError as error:
            raise AudioError(
                f"sound file {self.path} cannot be read ({error.error_string.rstrip('.')}): "
                "convert it to WAV, FLAC, OGG or MP3"
            ) from None

    def _rewind(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._opened()

    def _take(self, count: int) -> np.ndarray:
        try:
            samples = self._file.read(count, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise AudioError(
                f"sound file {self.path} is damaged after "
                f"{self._given / self.rate_hz:.1f} s ({error.error_string.rstrip('.')}): "
                "convert it again from its source"
            ) from None
        return mix_down(samples, self._channel)
