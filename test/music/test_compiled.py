"""The compiled groups against the plain ones, which they may differ from by rounding alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ur3_dancer.music import beat_kernels, compiled, kernels, plain, sound_kernels
from ur3_dancer.music.block import Block
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import SPECS
from ur3_dancer.music.synth import generate_song

MUSIC = Path(kernels.__file__).parent
LARGEST_ERROR = 1e-5
"""Of each column's range, or of 1e-4 where that is larger: the normaliser freezes what is less."""


def song(spec, seconds_s: float = 8.0) -> np.ndarray:
    made = generate_song(31, seconds_s, style="funk")
    samples = Resampler(made.rate_hz, spec.sample_rate_hz).process(made.samples)
    return samples[: int(seconds_s * spec.sample_rate_hz)]


def spoilt(samples: np.ndarray, how: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    samples = samples.copy()
    if how == "silence between":
        samples[len(samples) // 3 : len(samples) // 2] = 0.0
    elif how == "noise":
        samples = rng.normal(0.0, 0.5, len(samples)).astype(np.float32)
    elif how == "not finite":
        samples[rng.integers(len(samples), size=500)] = np.nan
    elif how == "barely heard":
        samples *= np.float32(1e-3)
    return samples


@pytest.mark.parametrize("how", ["", "silence between", "noise", "not finite", "barely heard"])
@pytest.mark.parametrize("name", SPECS)
def test_when_compiled_expect_the_frames_of_plain_numpy_but_for_rounding(name, how):
    spec = SPECS[name]
    samples = spoilt(song(spec), how)
    ours, expected = (FeatureStream(spec, each).process(samples) for each in (True, False))
    extent = np.maximum(np.ptp(expected, axis=0), 1e-4)
    beats = spec.columns["beat"]
    np.testing.assert_array_less(
        np.delete(np.abs(ours - expected) / extent, beats, 1), LARGEST_ERROR
    )
    # A beat is a comparison with a threshold: rounding may, very seldom, move one by a frame.
    assert np.abs(ours[:, beats] - expected[:, beats]).sum() <= 2


def test_when_compiled_expect_the_beat_of_plain_numpy():
    spec = SPECS["mdlt60"]
    streams = [FeatureStream(spec, each) for each in (True, False)]
    samples = song(spec)
    for start in range(0, len(samples), 5120):
        first, second = (stream.process(samples[start : start + 5120]) for stream in streams)
        first, second = (stream.beat for stream in streams)
        assert first.tempo_bpm == pytest.approx(second.tempo_bpm, rel=1e-4)
        assert first.confidence == pytest.approx(second.confidence, abs=1e-3)


@pytest.mark.parametrize("size", [4, 64, 1024, 2048])
def test_when_sound_is_transformed_expect_numpys_magnitudes(size):
    samples = np.random.default_rng(size).normal(0.0, 1.0, size)
    angle = 2 * np.pi * np.arange(size // 2 + 1) / size
    ours = np.zeros(size // 2 + 1, np.float32)
    work = np.zeros((4, size // 2))
    sound_kernels.magnitudes(samples, np.cos(angle), np.sin(angle), *work, ours)
    np.testing.assert_allclose(ours, np.abs(np.fft.rfft(samples)), rtol=1e-6)


@pytest.mark.parametrize("bins", [17, 64, 1025])
def test_when_medians_slide_expect_scipys_exactly(bins):
    rng = np.random.default_rng(bins)
    spectra = np.round(rng.random((40, bins)) * 9).astype(np.float32)  # many equal values
    ours, expected = compiled.Separation(bins), plain.Separation(bins)
    for spectrum in spectra:
        np.testing.assert_array_equal(ours.step(spectrum), expected.step(spectrum))
        np.testing.assert_array_equal(ours.ordered, expected.ordered)


@pytest.mark.parametrize("hop", [512, 500, 96])
def test_when_a_hop_is_cut_into_pieces_expect_the_resonators_where_they_were(hop):
    sound = np.random.default_rng(1).normal(0.0, 0.1, 40 * hop)
    ours, expected = compiled.Chroma(30_720, hop), plain.Chroma(30_720, hop)
    for start in range(0, len(sound), hop):
        ours.step(sound[start : start + hop])
        expected.step(sound[start : start + hop])
    np.testing.assert_allclose(ours.values, expected.values, atol=1e-5)
    np.testing.assert_allclose(ours.states, expected.states, atol=1e-6)


@pytest.mark.parametrize("rates_hz", [(48_000, 30_720), (44_100, 30_720), (96_000, 15_360)])
def test_when_rates_are_converted_expect_the_same_sums(rates_hz):
    samples = np.random.default_rng(2).normal(0.0, 0.3, 20_000).astype(np.float32)
    ours, expected = (Resampler(*rates_hz, each).process(samples) for each in (True, False))
    np.testing.assert_allclose(ours, expected, atol=2e-6)


def test_when_warmed_up_expect_nothing_left_to_compile():
    every = [
        each
        for module in (kernels, beat_kernels, sound_kernels)
        for each in vars(module).values()
        if hasattr(each, "signatures")
    ]
    for spec in SPECS.values():
        Listener(spec, 1, 48_000).warm_up()
    known = [list(each.signatures) for each in every]
    assert len(every) > 10
    for spec in SPECS.values():
        listener, samples = Listener(spec, 1, 48_000), song(spec, 1.0)
        unchangeable = samples.copy()
        unchangeable.flags.writeable = False
        kinds = (samples[:1], samples[:5000], samples.astype(float), samples[::-1], unchangeable)
        for each in kinds:
            listener.process(Block(each, 0.0))
            FeatureStream(spec).process(each)
            Resampler(48_000, spec.sample_rate_hz).process(each)
    assert [list(each.signatures) for each in every] == known
    assert max(len(signatures) for signatures in known) == 1


def test_when_nothing_can_be_kept_on_disk_expect_it_to_work_all_the_same(tmp_path):
    package = tmp_path / "ur3_dancer"
    (package / "music").mkdir(parents=True)
    for name in (
        "__init__.py",
        "music/__init__.py",
        "music/compiling.py",
        "music/sound_kernels.py",
    ):
        shutil.copy(MUSIC.parent / name, package / name)
    # A file where a folder is needed stops even root, whom permissions do not.
    (package / "music/__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    code = (
        "import numpy as np; from ur3_dancer.music import sound_kernels as kernels;"
        "samples = np.array([5.0, 2.0], np.float32); kernels.make_safe(samples, np.float32(0.25));"
        "print(kernels.__file__, *samples)"
    )
    hidden = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home")}
    env = {key: text for key, text in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env=env | hidden | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [str(package / "music/sound_kernels.py"), "1.0", "0.5"]


def test_when_the_plain_groups_are_used_expect_numba_unloaded():
    code = (
        "import sys; from ur3_dancer.music.features import FeatureStream;"
        "from ur3_dancer.music.spec import SPECS;"
        "FeatureStream(SPECS['mdlt60'], compiled=False).warm_up(); print('numba' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
