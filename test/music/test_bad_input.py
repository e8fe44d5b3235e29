"""Whatever comes in, frames stay finite and in range, or an error says what is wrong."""

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import FakeClock

from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.file_source import FileSource
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.spec import SPECS

SPEC = SPECS["mdlt60"]
BAD = [np.nan, np.inf, -np.inf, 1e30, -1e30, 1e-42, 0.0, 1.0, -1.0]
SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]


def assert_in_range(frames: np.ndarray) -> None:
    assert np.isfinite(frames).all()
    for name in ("chroma", "beat", "tempogram"):
        values = frames[:, SPEC.columns[name]]
        assert values.min(initial=0.0) >= 0.0 and values.max(initial=0.0) <= 1.0 + 1e-6
    onsets = frames[:, SPEC.columns["onset"]]
    assert onsets.min(initial=0.0) >= 0.0 and onsets.max(initial=0.0) <= 80.0
    assert np.abs(frames[:, SPEC.columns["mfcc"]]).max(initial=0.0) < 1e4


def heard(listener: Listener, blocks: list[Block]) -> np.ndarray:
    windows = [window for block in blocks for window in listener.process(block)]
    return np.concatenate([np.zeros((1, SPEC.count)), *(window.frames for window in windows)])


@st.composite
def blocks(draw) -> tuple[int, list[Block]]:
    """A rate and blocks of any size, loudness, offset and defects, at times that jump about."""
    rate_hz = draw(st.sampled_from([8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    made, start_s = [], draw(st.floats(0.0, 1e6))
    for _ in range(draw(st.integers(1, 6))):
        size = draw(st.sampled_from([0, 1, 3, 192, 800, 20_000]))
        samples = rng.normal(draw(st.sampled_from([0.0, 0.9])), draw(st.floats(0.0, 10.0)), size)
        share = draw(st.sampled_from([0.0, 0.01, 1.0]))
        spoilt = rng.random(size) < share
        samples[spoilt] = rng.choice(BAD, int(spoilt.sum()))
        dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
        with np.errstate(over="ignore"):
            made.append(Block(samples.astype(dtype), start_s))
        jump_s = draw(st.sampled_from([0.0, 0.0, 0.001, 0.05, 1.0, 100.0, -3.0]))
        start_s += size / rate_hz + jump_s
    return rate_hz, made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(blocks(), st.sampled_from([-60.0, 0.0, 60.0]))
def test_when_blocks_are_of_any_kind_expect_finite_frames_in_range(made, gain_db):
    rate_hz, made = made
    listener = Listener(SPEC, 1, rate_hz, gain_db=gain_db)
    assert_in_range(heard(listener, made))
    assert np.isfinite([listener.meter.level_db, listener.meter.peak_db]).all()


def test_when_a_block_holds_a_million_samples_expect_the_frames_of_small_ones():
    samples = np.random.default_rng(0).normal(0.0, 0.1, 1_000_000).astype(np.float32)
    size = 100_000
    parts = [
        Block(samples[start : start + size], start / 48_000) for start in range(0, 10**6, size)
    ]
    whole = heard(Listener(SPEC, 1, 48_000), [Block(samples, 0.0)])
    np.testing.assert_array_equal(whole, heard(Listener(SPEC, 1, 48_000), parts))
    assert_in_range(whole)


@pytest.mark.parametrize(
    ("samples", "text"),
    [
        (np.zeros(100, np.int16), "int16"),
        (np.zeros((100, 8), np.float32), "one channel"),
        (np.zeros((), np.float32), "one channel"),
        (np.array(["a"]), "floating-point"),
        (np.zeros(4, np.complex64), "complex64"),
    ],
)
def test_when_samples_are_of_the_wrong_kind_expect_that_said(samples, text):
    with pytest.raises(AudioError, match=text):
        Listener(SPEC, 1, 48_000).process(Block(samples, 0.0))


@pytest.mark.parametrize("rate_hz", [0, -48_000, 44_100.5, 3_999, 1_000_000])
def test_when_the_rate_is_wrong_expect_it_named(rate_hz):
    with pytest.raises(AudioError, match=str(rate_hz)):
        Listener(SPEC, 1, rate_hz)


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("subtype", SUBTYPES)
def test_when_files_are_of_any_format_expect_the_same_sound(tmp_path, subtype, channels):
    rng = np.random.default_rng(0)
    samples = rng.uniform(-0.5, 0.5, (12_000, channels)) * np.linspace(0.2, 1.0, channels)
    soundfile.write(tmp_path / "song.wav", samples, 48_000, subtype=subtype)
    for channel in (0, channels):
        source = FileSource(tmp_path / "song.wav", FakeClock(), 500, channel=channel)
        source.open()
        read = []
        while (block := source.read(1.0)) is not None:
            read.append(block.samples)
        expected = samples[:, channel - 1] if channel else samples.mean(axis=1)
        # Eight bits, linear or logarithmic, are the coarsest.
        np.testing.assert_allclose(np.concatenate(read), expected, atol=0.02)


def test_when_a_float_file_holds_anything_expect_finite_frames(tmp_path):
    samples = np.random.default_rng(0).choice(BAD, 48_000).astype(np.float64)
    soundfile.write(tmp_path / "bad.wav", samples, 48_000, subtype="FLOAT")
    source = FileSource(tmp_path / "bad.wav", FakeClock(), 1000)
    source.open()
    listener, made = Listener(SPEC, 1, 48_000), []
    while (block := source.read(1.0)) is not None:
        made.append(block)
    assert_in_range(heard(listener, made))


def test_when_the_channel_is_not_in_the_file_expect_the_file_named(tmp_path):
    soundfile.write(tmp_path / "song.wav", np.zeros((100, 2)), 48_000)
    with pytest.raises(AudioError, match="has 2 channels and no channel 3"):
        FileSource(tmp_path / "song.wav", FakeClock(), channel=3)
