"""How well beats are heard: F-measures on generated songs, beside librosa's offline tracker."""

from dataclasses import dataclass, field

import numpy as np

from ur3_dancer.music.beat import BeatEstimate
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.motor_noise import beside_motors
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import FeatureSpec
from ur3_dancer.music.styles import STYLES
from ur3_dancer.music.synth import generate_song
from ur3_dancer.music.unheard_styles import UNHEARD_STYLES, unheard_song

LOCK_S = 6.0
"""Seconds at the start that do not count: the tracker must first hear some beats."""

AHEAD = (0.5, 1.5, 2.5)
GATE = 0.3
"""Confidence below which a beat is not worth following."""

MOTOR_SNR_DB = 10.0
_TOLERANCE_S = 0.07
_FIRST_SEED = 1000


@dataclass(frozen=True)
class BeatCase:
    """A song with known beats.

    Attributes:
        name: for the report.
        kind: `constant`, `ramp`, `jump`, `noise` or `silence`; beside them `unheard`, `motor` and
            `without_motor`.
        samples: (n,) float32 mono.
        rate_hz: samples a second.
        beats_s: (b,) exact times.
        changes_s: when the tempo jumps.
        silence_s: start and end of a silence, or None.
    """

    name: str
    kind: str
    samples: np.ndarray
    rate_hz: int
    beats_s: np.ndarray
    changes_s: tuple[float, ...] = ()
    silence_s: tuple[float, float] | None = None


@dataclass
class HeardBeats:
    """What the tracker said while a song played.

    Attributes:
        reported_s: time of each frame in which a beat fell, as it was said.
        predicted_s: for each of `AHEAD`, beats expected that many periods later.
        confidence: (frames,) at the end of each frame.
    """

    reported_s: list[float] = field(default_factory=list)
    predicted_s: dict[float, list[float]] = field(
        default_factory=lambda: {ahead: [] for ahead in AHEAD}
    )
    confidence: list[float] = field(default_factory=list)


def beat_cases(rounds: int = 2) -> list[BeatCase]:
    """Return the songs: every style at a constant tempo, ramps, jumps, noise, silence between."""
    cases = []
    for index, style in enumerate(list(STYLES) * rounds):
        song = generate_song(_FIRST_SEED + index, 40.0, style=style)
        cases.append(_case(song, f"{style}-{index}", "constant"))
    for index in range(3 * rounds):
        song = generate_song(2 * _FIRST_SEED + index, 40.0, tempo_profile="ramp")
        cases.append(_case(song, f"ramp-{index}", "ramp"))
        song = generate_song(3 * _FIRST_SEED + index, 40.0, tempo_profile="jump")
        jumps_s = tuple(float(section.start_s) for section in song.sections[1:])
        cases.append(_case(song, f"jump-{index}", "jump", changes_s=jumps_s))
    rng = np.random.default_rng(0)
    for index in range(rounds):
        song = generate_song(4 * _FIRST_SEED + index, 40.0)
        noisy = song.samples + rng.normal(0, 0.1 * song.samples.std(), len(song.samples))
        cases.append(_case(song, f"noise-{index}", "noise", samples=noisy))
        song = generate_song(5 * _FIRST_SEED + index, 40.0)
        silent = song.samples.copy()
        silent[15 * song.rate_hz : 20 * song.rate_hz] = 0.0
        cases.append(
            _case(song, f"silence-{index}", "silence", samples=silent, silence_s=(15.0, 20.0))
        )
    return cases


def further_cases(rounds: int = 2) -> list[BeatCase]:
    """Return songs in styles unknown to the networks, and songs with and without motor noise."""
    cases = []
    for index, style in enumerate(list(UNHEARD_STYLES) * rounds):
        song = unheard_song(style, 6 * _FIRST_SEED + index)
        cases.append(_case(song, f"unheard-{style}-{index}", "unheard"))
    for index, style in enumerate(list(STYLES)[:: max(3 - rounds, 1)]):
        seed = 7 * _FIRST_SEED + index
        song = generate_song(seed, 40.0, style=style)
        noisy = beside_motors(song.samples, song.rate_hz, MOTOR_SNR_DB, seed)
        cases.append(_case(song, f"motor-{style}", "motor", samples=noisy))
        cases.append(_case(song, f"without-motor-{style}", "without_motor"))
    return cases


def hear(case: BeatCase, spec: FeatureSpec) -> HeardBeats:
    """Play a song to a `FeatureStream` and note what it says of the beat."""
    stream = FeatureStream(spec)
    sound = Resampler(case.rate_hz, spec.sample_rate_hz).process(case.samples)
    heard, phase = HeardBeats(), 1.0
    for start in range(0, len(sound) - spec.hop_samples + 1, spec.hop_samples):
        frame = stream.process(sound[start : start + spec.hop_samples])[0]
        estimate = stream.beat
        if frame[spec.columns["beat"]][0] > 0.5:
            heard.reported_s.append(estimate.time_s - 0.5 / spec.rate_hz)
        if phase < 0.5 <= estimate.phase:
            _predict(heard, estimate)
        phase = estimate.phase
        heard.confidence.append(estimate.confidence)
    return heard


def measure_beats(spec: FeatureSpec, rounds: int = 2, with_librosa: bool = True) -> dict:
    """Return the figures of the beat benchmark.

    Keys: `f_measure` and `f_predicted_*` (means over songs, ±70 ms), `cmlt`, `amlt`, `relock_s`
    (median seconds after a tempo jump until four beats in a row are right), `silent_confidence`
    (largest more than 2 s into silence), `librosa_f_measure`, `by_kind` and `by_song`. These are
    of songs that the networks never heard, in styles that they did; `by_kind` has besides
    `unheard` (styles new to them), and `motor` and `without_motor` (the same songs with motor
    noise 10 dB below them and without), which the means above do not count.
    """
    songs = {case.name: judge(case, hear(case, spec), with_librosa) for case in beat_cases(rounds)}
    rows = list(songs.values())
    further = {
        case.name: judge(case, hear(case, spec), with_librosa) for case in further_cases(rounds)
    }
    result = {"songs": len(rows), "lock_s": LOCK_S, "tolerance_s": _TOLERANCE_S}
    scores = ["f_measure", *map(_key, AHEAD), "cmlt", "amlt"]
    scores += ["librosa_f_measure"] if with_librosa else []
    for key in scores:
        result[key] = round(float(np.mean([row[key] for row in rows])), 4)
    relocks_s = [seconds_s for row in rows for seconds_s in row["relocks_s"]]
    result["relock_s"] = round(float(np.median(relocks_s)), 2) if relocks_s else None
    result["silent_confidence"] = max(row["silent_confidence"] for row in rows)
    rows += further.values()
    result["by_kind"] = {
        kind: {
            key: round(float(np.mean([row[key] for row in rows if row["kind"] == kind])), 4)
            for key in scores
        }
        for kind in dict.fromkeys(row["kind"] for row in rows)
    }
    result["by_song"] = songs | further
    return result


def _case(song, name: str, kind: str, samples: np.ndarray | None = None, **facts) -> BeatCase:
    samples = song.samples if samples is None else samples.astype(np.float32)
    return BeatCase(name, kind, samples, song.rate_hz, song.beats_s, **facts)


def _key(ahead: float) -> str:
    return f"f_predicted_{str(ahead).replace('.', '_')}"


def _predict(heard: HeardBeats, estimate: BeatEstimate) -> None:
    """Note the beats to come, seen from the middle between two beats."""
    period_s = 60.0 / estimate.tempo_bpm
    for ahead in AHEAD:
        offset = ahead + 0.5 - estimate.phase
        heard.predicted_s[ahead].append(estimate.time_s + offset * period_s)


def judge(case: BeatCase, heard: HeardBeats, with_librosa: bool) -> dict:
    """Return one song's figures; beats before `LOCK_S` and those in silence do not count."""
    from mir_eval import beat as mir

    end_s = case.beats_s[-1] + _TOLERANCE_S

    def counted(times_s) -> np.ndarray:
        times_s = np.unique(np.asarray(times_s, float))
        keep = (times_s > LOCK_S) & (times_s < end_s)
        if case.silence_s is not None:
            # After a silence the tracker may take its time to lock again, as at the start.
            keep &= (times_s < case.silence_s[0]) | (times_s > case.silence_s[1] + LOCK_S)
        return times_s[keep]

    truth, reported = counted(case.beats_s), counted(heard.reported_s)
    _, cmlt, _, amlt = mir.continuity(truth, reported) if len(reported) > 1 else (0, 0, 0, 0)
    row = {
        "kind": case.kind,
        "tempo_bpm": round(60.0 / float(np.median(np.diff(case.beats_s))), 1),
        "heard_bpm": round(60.0 / float(np.median(np.diff(reported))), 1),
        "f_measure": round(float(mir.f_measure(truth, reported)), 4),
        **{
            _key(ahead): round(float(mir.f_measure(truth, counted(heard.predicted_s[ahead]))), 4)
            for ahead in AHEAD
        },
        "cmlt": round(float(cmlt), 4),
        "amlt": round(float(amlt), 4),
        "relocks_s": [_relock_s(case, reported, change_s) for change_s in case.changes_s],
        "silent_confidence": _silent_confidence(case, heard),
    }
    if with_librosa:
        offline = counted(_librosa_beats_s(case))
        row["librosa_f_measure"] = round(float(mir.f_measure(truth, offline)), 4)
    return row


def _relock_s(case: BeatCase, reported: np.ndarray, change_s: float) -> float:
    """Return the seconds after a jump until four beats in a row were reported rightly."""
    beats_s = case.beats_s[case.beats_s >= change_s - 0.01]
    right = np.array([np.abs(reported - beat_s).min() <= _TOLERANCE_S for beat_s in beats_s])
    runs = np.convolve(right, np.ones(4), mode="valid") == 4
    first = int(np.argmax(runs)) if runs.any() else len(beats_s) - 1
    return round(float(beats_s[first] - change_s), 2)


def _silent_confidence(case: BeatCase, heard: HeardBeats) -> float:
    if case.silence_s is None:
        return 0.0
    time_s = np.arange(len(heard.confidence)) * case.samples.size / case.rate_hz
    time_s /= max(len(heard.confidence), 1)
    silent = (time_s > case.silence_s[0] + 2.0) & (time_s < case.silence_s[1])
    return round(float(np.max(np.asarray(heard.confidence)[silent])), 3)


def _librosa_beats_s(case: BeatCase) -> np.ndarray:
    import librosa

    sound = librosa.resample(case.samples, orig_sr=case.rate_hz, target_sr=22_050)
    return librosa.beat.beat_track(y=sound, sr=22_050, units="time")[1]
