"""What features cost: paced as in life, beside librosa recomputed on a trailing buffer."""

import numpy as np

from ur3_dancer.clock import SystemClock
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import FeatureSpec
from ur3_dancer.music.track import built_in_track

_CLOCK = SystemClock()
_BUFFER_S = 8.5


def measure_features(spec: FeatureSpec, seconds_s: float = 20.0, paced: bool = True) -> dict:
    """Return the cost of a frame in ms, as a whole and by group.

    Args:
        spec: which features.
        seconds_s: how much of the built-in track to hear.
        paced: hear it at the pace of life; back to back the caches stay warm, and the cost is
            understated.

    Returns:
        Keys `groups_ms.NAME.{p50, p99}`, `whole_ms.{p50, p99}`, `librosa_ms`, `ratio_to_librosa`,
        and `warm_up_s`, which includes compiling if that was never done on this machine.
    """
    song = built_in_track()
    sound = Resampler(song.rate_hz, spec.sample_rate_hz).process(song.samples)
    stream, hop = FeatureStream(spec), spec.hop_samples
    before_s = _CLOCK.now_s()
    stream.warm_up()
    warm_up_s = _CLOCK.now_s() - before_s
    count = int(seconds_s * spec.rate_hz)
    whole_ms = _hear(stream, sound[: count * hop], paced)
    # A clock read before and after each group costs as much as a group: they are timed apart.
    spent_ms: dict[str, list[float]] = {name: [] for name in stream.groups}
    for name, group in stream.groups.items():
        _time_steps(group, spent_ms[name])
    stream.reset()
    _hear(stream, sound[: count // 2 * hop], paced)
    librosa_ms = _librosa_ms(sound[: int(_BUFFER_S * spec.sample_rate_hz)], spec)
    whole = _percentiles(whole_ms)
    return {
        "spec": spec.name,
        "warm_up_s": round(warm_up_s, 2),
        "frames": len(whole_ms),
        "paced": paced,
        "groups_ms": {name: _percentiles(each) for name, each in spent_ms.items()},
        "whole_ms": whole,
        "librosa_ms": round(librosa_ms, 1),
        "ratio_to_librosa": round(librosa_ms / whole["p50"]),
    }


def _hear(stream: FeatureStream, sound: np.ndarray, paced: bool) -> list[float]:
    """Return what each frame took, in ms."""
    hop, spent_ms, start_s = stream.spec.hop_samples, [], _CLOCK.now_s()
    for index in range(len(sound) // hop):
        if paced:
            _CLOCK.sleep_until_s(start_s + index / stream.spec.rate_hz)
        samples = sound[index * hop : (index + 1) * hop]
        before_s = _CLOCK.now_s()
        stream.process(samples)
        spent_ms.append(1e3 * (_CLOCK.now_s() - before_s))
    return spent_ms


def _time_steps(group, spent_ms: list[float]) -> None:
    """Let each step of a group note what it took."""
    step = group.step

    def timed(*inputs):
        before_s = _CLOCK.now_s()
        result = step(*inputs)
        spent_ms.append(1e3 * (_CLOCK.now_s() - before_s))
        return result

    group.step = timed


def _percentiles(values: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(values, [50, 99])
    return {"p50": round(float(p50), 4), "p99": round(float(p99), 4)}


def _librosa_ms(sound: np.ndarray, spec: FeatureSpec) -> float:
    """Return what librosa takes for the numbers of one frame, from a buffer of the past."""
    import librosa

    def all_features() -> None:
        rate = {"sr": spec.sample_rate_hz, "hop_length": spec.hop_samples}
        power = librosa.feature.melspectrogram(y=sound, **rate)
        mfcc = librosa.feature.mfcc(S=librosa.power_to_db(power, ref=np.max), n_mfcc=20)
        harmonic = percussive = sound
        if spec.percussive:
            librosa.feature.delta(mfcc, width=3)
            harmonic, percussive = librosa.effects.hpss(sound)
        librosa.feature.chroma_cqt(y=harmonic, n_octaves=7, **rate)
        onset = librosa.onset.onset_strength(y=percussive, **rate)
        librosa.beat.beat_track(onset_envelope=onset, **rate)
        if spec.percussive:
            librosa.feature.tempogram(onset_envelope=onset, **rate)
        else:
            librosa.onset.onset_detect(onset_envelope=onset, **rate)

    all_features()
    spent_ms = []
    for _ in range(3):
        before_s = _CLOCK.now_s()
        all_features()
        spent_ms.append(1e3 * (_CLOCK.now_s() - before_s))
    return float(np.median(spent_ms))
