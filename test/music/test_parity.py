"""The causal features against librosa's offline ones, on generated and on recorded music."""

from functools import lru_cache
from pathlib import Path

import librosa
import numpy as np
import pytest
from scipy.signal import lfilter

from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.filters import BandedFilters, dct_matrix, mel_filters
from ur3_dancer.music.percussion import Onset, Separation
from ur3_dancer.music.rhythm import Tempogram
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.spectrum import Spectrum
from ur3_dancer.music.synth import generate_song

SPEC = SPECS["mdlt60"]
RATE_HZ, HOP = SPEC.sample_rate_hz, SPEC.hop_samples
CLIPS = Path(__file__).parents[3] / "shared/data/audio"
SECONDS_S = 16
# The first frames know no loudest moment yet, the last ones of librosa see padding.
INTERIOR = slice(200, SECONDS_S * 60 - 60)

SOUNDS = [
    "generated",
    *(
        pytest.param(
            name,
            marks=pytest.mark.skipif(not CLIPS.is_dir(), reason=f"music clips are not at {CLIPS}"),
        )
        for name in ("vibe_ace", "lets_go_fishin", "hungarian_dance_5")
    ),
]


@lru_cache
def sound(name: str) -> np.ndarray:
    """Music that begins with its loudest moment, so that the reference level is known early."""
    if name == "generated":
        song = generate_song(21, SECONDS_S + 4, style="rock")
        samples = librosa.resample(song.samples, orig_sr=song.rate_hz, target_sr=RATE_HZ)
    else:
        path = CLIPS / f"{name}.ogg"
        samples, _ = librosa.load(path, sr=RATE_HZ, offset=8, duration=SECONDS_S + 4)
    samples = samples[2 * RATE_HZ :][: SECONDS_S * RATE_HZ]
    power = librosa.feature.melspectrogram(y=samples, sr=RATE_HZ, hop_length=HOP)
    loudest = int(power.max(axis=0).argmax()) * HOP
    start = max(loudest - 3 * 2048, 0)
    return np.concatenate([samples[start : start + 6 * 2048], samples])[: SECONDS_S * RATE_HZ]


@lru_cache
def without_dc(name: str) -> np.ndarray:
    """The sound behind the stream's own high-pass, which librosa does not have."""
    high_pass = Spectrum(SPEC)
    samples = sound(name)
    start = np.array([-high_pass.gain * samples[0]])
    numerator, denominator = [high_pass.gain, -high_pass.gain], [1.0, -high_pass.pole]
    return lfilter(numerator, denominator, samples, zi=start)[0].astype(np.float32)


@lru_cache
def frames(name: str) -> np.ndarray:
    return FeatureStream(SPEC).process(sound(name))


@lru_cache
def magnitudes(name: str) -> np.ndarray:
    """The stream's own spectra, (T, bins)."""
    spectrum, samples, every = Spectrum(SPEC), sound(name), []
    for start in range(0, len(samples) - HOP + 1, HOP):
        spectrum.step(samples[start : start + HOP])
        every.append(spectrum.magnitude)
    return np.array(every)


def of_stream(name: str, group: str, lag: int) -> np.ndarray:
    """Interior frames; frame i ends at (i + 1) * hop, so lag 0 is the sample time itself."""
    shift = lag - 1
    return frames(name)[INTERIOR.start + shift : INTERIOR.stop + shift, SPEC.columns[group]]


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@lru_cache
def percussive_onset(name: str) -> np.ndarray:
    percussive = librosa.effects.percussive(without_dc(name))
    return librosa.onset.onset_strength(y=percussive, sr=RATE_HZ, hop_length=HOP)


@pytest.mark.parametrize("rate_hz", [30_720, 15_360])
def test_when_the_mel_filters_are_built_expect_librosas(rate_hz):
    ours = mel_filters(rate_hz, 2048)
    np.testing.assert_allclose(ours, librosa.filters.mel(sr=rate_hz, n_fft=2048), atol=1e-8)
    spectrum = np.random.default_rng(0).random(1025).astype(np.float32)
    np.testing.assert_allclose(BandedFilters(ours).apply(spectrum), ours @ spectrum, rtol=1e-5)


def test_when_the_cosine_transform_is_built_expect_scipys():
    from scipy.fft import dct

    expected = dct(np.eye(128), norm="ortho", axis=0)[:20]
    np.testing.assert_allclose(dct_matrix(20, 128), expected, atol=1e-7)


@pytest.mark.parametrize("name", SOUNDS)
def test_when_music_plays_expect_the_mfcc_of_librosa_two_frames_later(name):
    power = librosa.feature.melspectrogram(y=without_dc(name), sr=RATE_HZ, hop_length=HOP)
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(power, ref=np.max), n_mfcc=20).T
    delta = librosa.feature.delta(mfcc, width=3, axis=0)
    np.testing.assert_allclose(of_stream(name, "mfcc", lag=2), mfcc[INTERIOR], atol=1e-3)
    np.testing.assert_allclose(of_stream(name, "delta", lag=3), delta[INTERIOR], atol=1e-3)


@pytest.mark.parametrize("name", SOUNDS)
def test_when_the_full_mix_is_heard_expect_the_onset_strength_of_librosa_without_lag(name):
    onset, strengths = Onset(BandedFilters(mel_filters(RATE_HZ, 2048))), []
    for magnitude in magnitudes(name):
        onset.step(magnitude)
        strengths.append(onset.strength)
    expected = librosa.onset.onset_strength(y=without_dc(name), sr=RATE_HZ, hop_length=HOP)
    late = slice(INTERIOR.start - 1, INTERIOR.stop - 1)
    np.testing.assert_allclose(strengths[late], expected[INTERIOR], atol=1e-4)


@pytest.mark.parametrize("name", SOUNDS[:2])
def test_when_separation_looks_15_frames_ahead_expect_the_masks_of_librosa(name):
    spectra = magnitudes(name)[:300]
    separation = Separation(spectra.shape[1], look_ahead=15)
    ours = np.array([separation.step(magnitude) for magnitude in spectra])
    _, percussive = librosa.decompose.hpss(spectra.T)
    settled = slice(31, 269)
    expected = percussive.T[settled]
    np.testing.assert_allclose(ours[46:284], expected, rtol=1e-6, atol=1e-6 * expected.max())


def test_when_onsets_repeat_expect_the_tempogram_of_librosa_with_a_rising_window():
    rng = np.random.default_rng(0)
    onsets = np.maximum(0, np.sin(np.arange(900) / 4)) + rng.random(900)
    tempogram, ours = Tempogram(), []
    for onset in onsets:
        tempogram.step(onset)
        ours.append(tempogram.values)
    expected = librosa.feature.tempogram(
        onset_envelope=np.concatenate([np.zeros(383), onsets]),
        win_length=384,
        center=False,
        window=tempogram.window,
    ).T
    np.testing.assert_allclose(np.array(ours)[1:], expected[1 : len(ours)], atol=1e-6)


@pytest.mark.parametrize("name", SOUNDS)
def test_when_percussion_is_separated_causally_expect_onsets_near_the_offline_ones(name):
    # Of the generated song's dense drums, and of strings without any, less is alike.
    least = {"generated": 0.92, "hungarian_dance_5": 0.93}.get(name, 0.95)
    assert correlation(of_stream(name, "onset", 0), percussive_onset(name)[INTERIOR]) >= least


@pytest.mark.parametrize("name", SOUNDS)
def test_when_rhythm_is_heard_causally_expect_tempograms_near_the_offline_ones(name):
    offline = librosa.feature.tempogram(
        onset_envelope=percussive_onset(name), sr=RATE_HZ, hop_length=HOP
    ).T[INTERIOR]
    ours = of_stream(name, "tempogram", 0)
    later = slice(200, -200)  # the offline window must lie within the music to both sides
    each = [correlation(ours[index, 1:], offline[index, 1:]) for index in range(len(ours))[later]]
    assert np.mean(each) >= 0.93


@pytest.mark.parametrize("name", SOUNDS)
def test_when_chords_sound_expect_the_chroma_of_librosa_within_six_frames(name):
    offline = librosa.feature.chroma_cqt(y=without_dc(name), sr=RATE_HZ, hop_length=HOP, tuning=0)
    lags = [correlation(of_stream(name, "chroma", lag), offline.T[INTERIOR]) for lag in range(7)]
    assert max(lags) >= 0.7


@pytest.mark.parametrize("name", SOUNDS)
def test_when_the_features_of_lm2d_are_heard_expect_the_onsets_and_most_peaks_of_librosa(name):
    spec = SPECS["lm2d30"]
    rate = {"sr": spec.sample_rate_hz, "hop_length": spec.hop_samples}
    samples = librosa.resample(sound(name), orig_sr=RATE_HZ, target_sr=spec.sample_rate_hz)
    heard = FeatureStream(spec).process(samples)
    assert heard.shape[1] == 35
    onset = librosa.onset.onset_strength(y=samples, **rate)[1 : len(heard) + 1]
    settled = slice(30, len(heard) - 4)
    ours = heard[:, spec.columns["onset"]][:, 0]
    assert correlation(ours[settled], onset[settled]) > 0.99
    peaks = librosa.onset.onset_detect(onset_envelope=onset, **rate)
    ours = np.flatnonzero(heard[:, spec.columns["peak"]][:, 0])
    alike = np.isin(ours, [peaks - 1, peaks, peaks + 1]).sum()
    assert 2 * alike / (len(ours) + len(peaks)) >= 0.65
