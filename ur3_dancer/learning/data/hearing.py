"""Music as a live listener hears it, for the dances that were danced to it."""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import AudioError
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.mix import mix_down
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import FeatureSpec

_BLOCK = 1 << 16


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
    import soundfile

    frames: list[np.ndarray] = []
    count, stream = 0, FeatureStream(spec)
    try:
        with soundfile.SoundFile(path) as file:
            resampler = Resampler(file.samplerate, spec.sample_rate_hz)
            while count < most_frames:
                block = file.read(_BLOCK, dtype="float32", always_2d=True)
                if not len(block):
                    break
                samples = resampler.process(np.nan_to_num(mix_down(block, 0)))
                skipped = min(skip_samples, len(samples))
                skip_samples -= skipped
                frames.append(stream.process(samples[skipped:]))
                count += len(frames[-1])
    except (OSError, RuntimeError) as error:
        raise AudioError(f"its music {path.name} cannot be read ({error})") from error
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
    import soundfile

    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise AudioError(f"its music {path.name} cannot be read ({error})") from error
    mono = np.nan_to_num(mix_down(samples, 0))
    _, beats_s = librosa.beat.beat_track(y=mono, sr=rate_hz, units="time")
    return np.asarray(beats_s, float)
