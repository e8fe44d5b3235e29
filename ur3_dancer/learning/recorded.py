"""Recorded songs for evaluation: any audio file, with beats found offline."""

from pathlib import Path

import numpy as np

from ur3_dancer.errors import AudioError
from ur3_dancer.learning.generated import HeardSong
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import feature_spec


def hear_file(path: Path, features: str) -> HeardSong:
    """Return a file as a model hears it live; its beats are librosa's, who knows the whole file.

    Those beats are an estimate (F about 0.8 on real music): they serve as reference only where
    nothing better is known.

    Raises:
        AudioError: the file cannot be read, or no beat is found in it.
    """
    import librosa
    import soundfile

    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise AudioError(f"{path} cannot be read ({error}): give an audio file") from error
    mono = samples.mean(axis=1)
    music = feature_spec(features)
    resampler, stream = Resampler(rate_hz, music.sample_rate_hz), FeatureStream(music)
    frames = stream.process(resampler.process(mono))
    _, beats_s = librosa.beat.beat_track(y=mono, sr=rate_hz, units="time")
    if len(beats_s) < 2:
        raise AudioError(f"{path} has no beat that could be found: give music with a beat")
    return HeardSong(path.name, frames, np.asarray(beats_s, float), features, str(path))
