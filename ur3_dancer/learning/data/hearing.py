"""Music as a live listener hears it, for the dances that were danced to it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from ur3_dancer.errors import AudioError
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.mix import mix_down
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import FeatureSpec

_BLOCK = 1 << 16
_BEAT_RATE_HZ = 22_050
"""At which librosa's beat tracker is at home."""


def listen(path: Path, spec: FeatureSpec, skip_samples: int, most_frames: int) -> np.ndarray:
    """Return the frames of a sound file, from the extractor that also plays live.

    Args:
        path: anything libsndfile reads; channels are mixed.
        spec: which features.
        skip_samples: at the spec's rate, left out before the first frame.
        most_frames: no more than so many.

    Returns:
        (T, F) float32 raw frames; frame i ends at `skip_samples + (i + 1) * hop` samples.

    Raises:
        AudioError: the file cannot be read, is damaged, or holds no sound.
    """
    frames: list[np.ndarray] = []
    count, stream = 0, FeatureStream(spec)
    with closing(_pieces(path, spec.sample_rate_hz)) as pieces:
        for samples in pieces:
            skipped = min(skip_samples, len(samples))
            skip_samples -= skipped
            frames.append(stream.process(samples[skipped:]))
            count += len(frames[-1])
            if count >= most_frames:
                break
    if not count:
        raise AudioError(f"its music {path.name} holds no sound")
    return np.concatenate(frames)[:most_frames]


def find_beats_s(path: Path) -> np.ndarray:
    """Return (B,) beats in seconds from the first sample, as librosa finds them offline.

    An estimate (F about 0.8 on real music), the reference only where nothing better is known.

    Raises:
        AudioError: the file cannot be read.
    """
    import librosa

    pieces = list(_pieces(path, _BEAT_RATE_HZ))
    if not pieces:
        return np.zeros(0)
    mono = np.concatenate(pieces)
    _, beats_s = librosa.beat.beat_track(y=mono, sr=_BEAT_RATE_HZ, units="time")
    return np.asarray(beats_s, float)


def _pieces(path: Path, rate_hz: int) -> Iterator[np.ndarray]:
    """Yield the sound of a file bit by bit, mixed down, at another rate.

    Raises:
        AudioError: the file cannot be read.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            resampler = Resampler(file.samplerate, rate_hz)
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                yield resampler.process(np.nan_to_num(mix_down(block, 0)))
    except (OSError, RuntimeError) as error:
        raise AudioError(f"its music {path.name} cannot be read ({error})") from error
