import numpy as np
import pytest

from ur3_dancer.errors import AudioError
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.percussion import Separation
from ur3_dancer.music.spec import SPECS


def noise_bursts(seconds_s: float, rate_hz: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.02, int(seconds_s * rate_hz))
    for start in range(0, len(samples), rate_hz // 2):
        samples[start : start + 800] += rng.normal(0, 0.3, len(samples[start : start + 800]))
    return samples.astype(np.float32)


@pytest.mark.parametrize("name", SPECS)
def test_when_cut_into_any_chunks_expect_the_same_bits(name):
    spec = SPECS[name]
    samples = noise_bursts(6.0, spec.sample_rate_hz)
    whole = FeatureStream(spec).process(samples)
    stream, rng, start, parts = FeatureStream(spec), np.random.default_rng(1), 0, []
    while start < len(samples):
        size = int(rng.choice([0, 1, 7, 160, 511, 512, 513, 800, 4096]))
        parts.append(stream.process(samples[start : start + size]))
        start += size
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert len(whole) == len(samples) // spec.hop_samples


def test_when_the_future_changes_expect_past_frames_unchanged():
    spec = SPECS["mdlt60"]
    samples = noise_bursts(4.0, spec.sample_rate_hz)
    changed = samples.copy()
    changed[100 * 512 :] = noise_bursts(4.0, spec.sample_rate_hz, seed=9)[100 * 512 :]
    before, after = (FeatureStream(spec).process(each) for each in (samples, changed))
    np.testing.assert_array_equal(before[:100], after[:100])
    assert not np.array_equal(before[100], after[100])


def test_when_reset_expect_a_fresh_stream():
    spec = SPECS["mdlt60"]
    samples = noise_bursts(3.0, spec.sample_rate_hz)
    stream = FeatureStream(spec)
    first = stream.process(samples)
    stream.process(samples[:100])
    stream.reset()
    np.testing.assert_array_equal(stream.process(samples), first)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: np.where(np.arange(len(x)) % 97 == 0, np.nan, x),
        lambda x: np.where(np.arange(len(x)) % 97 == 0, np.inf, x),
        lambda x: x * 1e30,
        lambda x: x + 0.9,
        lambda x: np.zeros_like(x),
        lambda x: x * 1e-30,
        lambda x: np.sign(x),
    ],
    ids=["nan", "inf", "huge", "dc", "silence", "denormal", "clipped"],
)
def test_when_input_is_bad_expect_finite_frames(spoil):
    spec = SPECS["mdlt60"]
    frames = FeatureStream(spec).process(spoil(noise_bursts(8.0, spec.sample_rate_hz)))
    assert np.isfinite(frames).all()
    assert np.abs(frames[:, spec.columns["tempogram"]]).max() <= 1.0 + 1e-6


def test_when_music_has_dc_expect_the_features_of_music_without():
    spec = SPECS["mdlt60"]
    samples = noise_bursts(8.0, spec.sample_rate_hz) * 0.3
    plain, shifted = (FeatureStream(spec).process(each) for each in (samples, samples + 0.2))
    np.testing.assert_allclose(shifted[120:, :12], plain[120:, :12], atol=0.5)


def test_when_blocks_are_empty_or_of_two_channels_expect_nothing_or_an_error():
    stream = FeatureStream(SPECS["mdlt60"])
    assert stream.process(np.zeros(0, np.float32)).shape == (0, 438)
    with pytest.raises(AudioError, match="one channel"):
        stream.process(np.zeros((10, 2), np.float32))


def test_when_spectra_come_and_go_expect_their_median_in_order():
    rng = np.random.default_rng(3)
    separation = Separation(bins=50)
    spectra = np.round(rng.random((80, 50)) * 6).astype(np.float32)  # many equal values
    for index, spectrum in enumerate(spectra):
        separation.step(spectrum)
        if index >= 16:
            np.testing.assert_array_equal(
                separation.ordered, np.sort(spectra[index - 15 : index + 1], axis=0)
            )


def test_when_a_tone_begins_expect_timbre_after_its_stated_latency():
    spec = SPECS["mdlt60"]
    stream = FeatureStream(spec)
    samples = np.zeros(120 * 512, np.float32)
    samples[60 * 512 :] = 0.3 * np.sin(np.arange(60 * 512) * 0.1)
    loudness = stream.process(samples)[:, 0]
    half = (loudness[40] + loudness[110]) / 2
    assert set(stream.latency_s) == set(spec.columns)
    late_s = (np.argmax(loudness > half) + 1 - 60) / spec.rate_hz
    assert 0.0 < late_s <= stream.latency_s["mfcc"] + 1 / spec.rate_hz
