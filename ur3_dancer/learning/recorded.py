"""Recorded songs for evaluation: any audio file, with beats that are given, or found offline."""

import warnings
from pathlib import Path

import numpy as np

from ur3_dancer.errors import AudioError, ConfigError
from ur3_dancer.learning.generated import HeardSong
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import feature_spec

LIBROSA = "librosa's estimate"


def hear_file(path: Path, features: str, beats: Path | None = None) -> HeardSong:
    """Return a file as a model hears it live.

    Args:
        path: of the audio.
        features: name of the feature set.
        beats: file of its beats, see `read_beats`. Without, they are librosa's, who knows the whole
            file: an estimate that now and then takes another pulse of the music for the beat.

    Raises:
        AudioError: the file cannot be read, or no beat is found in it.
        ConfigError: the file of beats cannot be used.
    """
    import soundfile

    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise AudioError(f"{path} cannot be read ({error}): give an audio file") from error
    mono = samples.mean(axis=1)
    if beats:
        beats_s, beats_by = read_beats(beats, len(mono) / rate_hz), beats.name
    else:
        beats_s, beats_by = _librosa_beats_s(path, mono, rate_hz), LIBROSA
    music = feature_spec(features)
    resampler, stream = Resampler(rate_hz, music.sample_rate_hz), FeatureStream(music)
    frames = stream.process(resampler.process(mono))
    return HeardSong(path.name, frames, beats_s, features, str(path), beats_by)


def read_beats(path: Path, song_s: float) -> np.ndarray:
    """Return (N,) float64 seconds of a file with a beat on each line.

    The first column counts, as in the files of data sets, of mir_eval and in Audacity's labels;
    lines that begin with # do not.

    Args:
        path: of the file.
        song_s: length of the song.

    Raises:
        ConfigError: it is no such file, or its times cannot be those of this song.
    """
    way_out = "give a text file with the time of a beat in seconds first on each line"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # An empty file is said below.
            times_s = np.loadtxt(path, usecols=0, ndmin=1)
    except OSError as error:
        raise ConfigError(f"beats {path} cannot be read ({error.strerror}): {way_out}") from error
    except (ValueError, IndexError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"beats {path} are no list of times ({reason}): {way_out}") from error
    if len(times_s) < 2:
        raise ConfigError(f"beats {path} are {len(times_s)}: give at least two")
    is_later = np.isfinite(times_s) & (np.diff(times_s, prepend=-np.inf) > 0)
    if not is_later.all():
        number = int(np.argmin(is_later))
        raise ConfigError(
            f"beat {number + 1} of {path} is {times_s[number]:g}: each must be later than the last"
        )
    if times_s[0] < 0 or times_s[-1] > song_s:
        raise ConfigError(
            f"beats {path} reach from {times_s[0]:g} to {times_s[-1]:g} s, but the song from 0 to "
            f"{song_s:g} s: give the beats of this song"
        )
    return times_s


def _librosa_beats_s(path: Path, mono: np.ndarray, rate_hz: int) -> np.ndarray:
    import librosa

    _, beats_s = librosa.beat.beat_track(y=mono, sr=rate_hz, units="time")
    if len(beats_s) < 2:
        raise AudioError(f"{path} has no beat that could be found: give music with a beat")
    return np.asarray(beats_s, float)
