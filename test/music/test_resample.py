import numpy as np
import pytest

from ur3_dancer.errors import AudioError
from ur3_dancer.music.resample import Resampler

RATES = [48_000, 44_100, 96_000, 22_050, 16_000, 8_000, 47_999, 30_720]


def tone(frequency_hz: float, rate_hz: int, seconds_s: float = 0.5) -> np.ndarray:
    time_s = np.arange(int(rate_hz * seconds_s)) / rate_hz
    return np.sin(2 * np.pi * frequency_hz * time_s).astype(np.float32)


@pytest.mark.parametrize("to_hz", [30_720, 15_360])
@pytest.mark.parametrize("from_hz", RATES)
def test_when_a_tone_is_resampled_expect_the_same_tone_late_by_the_stated_delay(from_hz, to_hz):
    resampler = Resampler(from_hz, to_hz)
    output = resampler.process(tone(1000.0, from_hz))
    time_s = np.arange(len(output)) / to_hz - resampler.delay_s
    settled = slice(int(0.02 * to_hz), int(0.48 * to_hz))
    expected = np.sin(2 * np.pi * 1000.0 * time_s)
    np.testing.assert_allclose(output[settled], expected[settled], atol=2e-3)


@pytest.mark.parametrize("from_hz", RATES)
def test_when_cut_into_any_chunks_expect_the_same_bits_and_the_exact_count(from_hz):
    samples = np.random.default_rng(2).normal(0, 0.3, 30_000).astype(np.float32)
    whole = Resampler(from_hz, 30_720).process(samples)
    assert len(whole) == -(-len(samples) * 30_720 // from_hz)
    resampler, rng, start, parts = Resampler(from_hz, 30_720), np.random.default_rng(3), 0, []
    while start < len(samples):
        size = int(rng.choice([0, 1, 2, 127, 160, 800, 9000]))
        parts.append(resampler.process(samples[start : start + size]))
        start += size
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_when_blocks_of_800_arrive_at_48_khz_expect_512_every_time():
    resampler = Resampler(48_000, 30_720)
    assert {len(resampler.process(np.zeros(800, np.float32))) for _ in range(200)} == {512}
    assert resampler.delay_s < 0.00055


def test_when_a_tone_lies_above_the_new_nyquist_frequency_expect_it_gone():
    output = Resampler(48_000, 30_720).process(tone(18_000.0, 48_000))
    assert 20 * np.log10(np.abs(output[512:]).max()) < -60.0


def test_when_input_is_constant_expect_it_constant():
    output = Resampler(44_100, 30_720).process(np.full(20_000, 0.5, np.float32))
    np.testing.assert_allclose(output[512:], 0.5, atol=1e-6)


@pytest.mark.parametrize("rate_hz", [44_100.5, 0, -48_000, 1_000_000])
def test_when_a_rate_cannot_be_converted_exactly_expect_it_named(rate_hz):
    with pytest.raises(AudioError, match=f"{rate_hz} Hz"):
        Resampler(rate_hz, 30_720)


def test_when_compared_with_the_best_offline_resampler_expect_65_db():
    soxr = pytest.importorskip("soxr")
    rng = np.random.default_rng(4)
    spectrum = np.fft.rfft(rng.normal(0, 0.1, 48_000))
    spectrum[11_000:] = 0  # the pass band: what music has there must survive
    samples = np.fft.irfft(spectrum).astype(np.float32)
    resampler = Resampler(48_000, 30_720)
    output = resampler.process(samples)
    late = np.concatenate([samples, np.zeros(480, np.float32)])
    frequencies = np.fft.rfftfreq(len(late))
    turned = np.fft.rfft(late) * np.exp(-2j * np.pi * frequencies * resampler.delay_s * 48_000)
    reference = soxr.resample(np.fft.irfft(turned).astype(np.float32), 48_000, 30_720, "VHQ")
    middle = slice(1000, 29_000)
    error = np.sqrt(np.mean((output[middle] - reference[middle]) ** 2))
    assert 20 * np.log10(error / np.sqrt(np.mean(reference[middle] ** 2))) < -65.0
