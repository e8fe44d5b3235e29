import numpy as np
import pytest
import soundfile
from support.clock import FakeClock

from ur3_dancer.music.block import Block
from ur3_dancer.music.cued_source import CuedSource
from ur3_dancer.music.file_source import FileSource
from ur3_dancer.music.source import BLOCK_SAMPLES

RATE_HZ = 48_000


class Room:
    """A microphone's sound on a fake clock: what is heard in each block is set beforehand."""

    rate_hz, state, ended, overruns, name = RATE_HZ, "listening", False, 0, "room"
    beats_s = None

    def __init__(self, clock, levels):
        self._clock, self._levels, self.start_s = clock, list(levels), None
        self.closed = False

    def open(self):
        self.start_s = self._clock.now_s()

    def read(self, timeout_s):
        start_s = self._clock.now_s()
        self._clock.advance_s(BLOCK_SAMPLES / RATE_HZ)
        level = self._levels.pop(0)
        return Block(np.full(BLOCK_SAMPLES, level, np.float32), start_s)

    def close(self):
        self.closed = True


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    samples = np.random.default_rng(0).uniform(0.1, 0.5, RATE_HZ).astype(np.float32)
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    return path, samples


def test_when_a_file_waits_for_its_cue_expect_silence_in_time_and_then_all_of_it(song):
    path, samples = song
    clock = FakeClock(start_s=10.0)
    source = CuedSource(FileSource(path, clock=clock), clock)
    source.open()
    for index in range(100):
        block = source.read(1.0)
        assert not block.samples.any()
        assert block.start_s == pytest.approx(10.0 + index * BLOCK_SAMPLES / RATE_HZ)
    assert source.waiting and source.state == "listening" and source.start_s is None
    cued_s = clock.now_s()
    assert source.cue()
    assert not source.cue(), "a second cue is no news"
    heard = []
    while not source.ended:
        block = source.read(1.0)
        heard += [block.samples] if block is not None else []
    np.testing.assert_allclose(np.concatenate(heard), samples, atol=1e-6)
    assert source.start_s == pytest.approx(cued_s)
    assert not source.waiting


def test_when_a_microphone_waits_expect_silence_whatever_it_hears(song):
    clock = FakeClock()
    source = CuedSource(Room(clock, [0.5] * 50), clock)
    source.open()
    for _ in range(20):
        assert not source.read(0.1).samples.any()
    source.cue()
    assert source.read(0.1).samples.all()


def test_when_it_gets_loud_and_stays_so_expect_that_as_the_cue():
    clock = FakeClock()
    bang, music = [0.5] * 3, [0.1] * 60
    source = CuedSource(Room(clock, [0.001] * 20 + bang + [0.001] * 20 + music), clock, -30.0)
    source.open()
    heard = [bool(source.read(0.1).samples.any()) for _ in range(20 + 3 + 20)]
    assert not any(heard), "a bang is no cue"
    assert source.waiting
    first = next(i for i in range(60) if source.read(0.1).samples.any())
    assert first * BLOCK_SAMPLES / RATE_HZ == pytest.approx(0.15, abs=0.01)
    assert not source.waiting


def test_when_opened_again_expect_it_to_wait_again(song):
    path, _ = song
    clock = FakeClock()
    source = CuedSource(FileSource(path, clock=clock), clock)
    source.open()
    source.cue()
    assert source.read(1.0).samples.any()
    source.close()
    source.open()
    assert source.waiting
    assert not source.read(1.0).samples.any()
