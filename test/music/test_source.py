import numpy as np
import pytest
import soundfile
from support.clock import FakeClock

from ur3_dancer.errors import AudioError
from ur3_dancer.music.file_source import FileSource
from ur3_dancer.music.source import open_source
from ur3_dancer.music.track import TrackSource


@pytest.fixture
def sound_file(tmp_path):
    path = tmp_path / "noise.wav"
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (44_100, 2))
    soundfile.write(path, samples, 44_100, subtype="FLOAT")
    return path


def test_when_a_file_is_read_expect_each_block_when_its_last_sample_was_captured(sound_file):
    clock = FakeClock(start_s=100.0)
    source = FileSource(sound_file, clock=clock, block_samples=441)
    source.open()
    for index in range(100):
        block = source.read(1.0)
        assert block.start_s == pytest.approx(100.0 + index * 0.01)
        assert clock.now_s() == pytest.approx(100.0 + (index + 1) * 0.01)
        assert len(block.samples) == 441
    assert source.start_s == 100.0


def test_when_a_file_is_stereo_expect_its_channels_mixed_and_nothing_lost(sound_file):
    source = FileSource(sound_file, clock=FakeClock(), block_samples=1000)
    source.open()
    blocks = []
    while not source.ended:
        block = source.read(1.0)
        if block is not None:
            blocks.append(block.samples)
    stereo, _ = soundfile.read(sound_file, dtype="float32")
    np.testing.assert_allclose(np.concatenate(blocks), stereo.mean(axis=1), atol=1e-7)
    assert source.read(1.0) is None


def test_when_no_block_is_due_in_time_expect_none_and_no_longer_wait(sound_file):
    clock = FakeClock(start_s=100.0)
    source = FileSource(sound_file, clock=clock, block_samples=4410)
    source.open()
    assert source.read(0.03) is None
    assert clock.now_s() == pytest.approx(100.03)
    assert source.read(0.1).start_s == 100.0


def test_when_the_reader_comes_late_expect_the_missed_blocks_with_their_own_times(sound_file):
    clock = FakeClock(start_s=100.0)
    source = FileSource(sound_file, clock=clock, block_samples=441)
    source.open()
    clock.advance_s(0.5)
    times_s = [source.read(0.1).start_s for _ in range(50)]
    np.testing.assert_allclose(times_s, 100.0 + np.arange(50) * 0.01)
    assert clock.now_s() == pytest.approx(100.5)


def test_when_opened_again_expect_the_sound_from_its_beginning(sound_file):
    clock = FakeClock()
    source = FileSource(sound_file, clock=clock, block_samples=441)
    source.open()
    first = source.read(1.0)
    source.read(1.0)
    source.close()
    source.close()
    source.open()
    again = source.read(1.0)
    np.testing.assert_array_equal(again.samples, first.samples)
    assert again.start_s > first.start_s


def test_when_the_track_plays_expect_known_beats_and_an_end():
    clock = FakeClock(start_s=10.0)
    source = open_source("demo", clock=clock, block_samples=4800)
    assert isinstance(source, TrackSource) and source.rate_hz == 48_000
    source.open()
    count = 0
    while not source.ended:
        block = source.read(1.0)
        count += 0 if block is None else len(block.samples)
    assert count / source.rate_hz > source.beats_s[-1] > 90.0


def test_when_a_source_is_read_before_it_is_open_expect_an_error(sound_file):
    with pytest.raises(AudioError, match="open"):
        FileSource(sound_file, clock=FakeClock()).read(0.1)


def test_when_blocks_are_empty_expect_them_refused(sound_file):
    with pytest.raises(AudioError, match="0 samples"):
        FileSource(sound_file, clock=FakeClock(), block_samples=0)


def test_when_there_is_no_such_file_expect_its_name(tmp_path):
    with pytest.raises(AudioError, match=r"nowhere\.wav does not exist"):
        open_source(str(tmp_path / "nowhere.wav"))


def test_when_a_file_is_no_sound_expect_its_name(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("this is no sound")
    with pytest.raises(AudioError, match=r"text\.wav cannot be read"):
        open_source(str(path))


def test_when_a_file_is_empty_expect_its_name(tmp_path):
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros(0), 48_000)
    with pytest.raises(AudioError, match=r"empty\.wav holds no sound"):
        open_source(str(path))
