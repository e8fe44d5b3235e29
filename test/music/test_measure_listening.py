import numpy as np
import pytest
import soundfile
from support.clock import FakeClock

from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.file_source import FileSource
from ur3_dancer.music.measure_listening import measure_listening, measure_memory
from ur3_dancer.music.spec import SPECS

SPEC = SPECS["mdlt60"]
RATE_HZ = 48_000


class Leaky(FileSource):
    """A file whose blocks get lost at times, noticed by their times or not."""

    def __init__(self, path, clock, noticed: bool):
        super().__init__(path, clock, 480)
        self._noticed = noticed

    def read(self, timeout_s: float) -> Block | None:
        block = super().read(timeout_s)
        if block is None or not 48_000 < self._given < 72_000:
            return block
        if self._noticed:
            return None
        # Sound that shrinks: every block lacks a tenth, too little to be taken for a gap.
        return Block(block.samples[:432], block.start_s)


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0.0, 0.1, 3 * RATE_HZ), RATE_HZ)
    return path


def test_when_a_file_is_heard_expect_every_window_and_nothing_lost(song):
    clock = FakeClock()
    result = measure_listening(FileSource(song, clock, 160), SPEC, 10.0, clock)
    assert result["windows"] == 180 and result["heard_s"] == 3.0
    assert (result["missing_ms"], result["unaccounted_ms"], result["gaps"]) == (0.0, 0.0, 0)
    # A window waits for the block that completes it, and time stands still while it is computed.
    assert 0.0 <= result["capture_to_window_ms"]["p50"] <= 160 / 48.0
    assert result["level_db"] == pytest.approx(-20.0, abs=0.5)


def test_when_blocks_are_lost_expect_them_counted_as_missing(song):
    clock = FakeClock()
    result = measure_listening(Leaky(song, clock, noticed=True), SPEC, 10.0, clock)
    assert result["gaps"] == 1
    assert result["missing_ms"] == pytest.approx(490.0, abs=15.0)
    assert result["unaccounted_ms"] == pytest.approx(0.0, abs=0.1)


def test_when_sound_is_lost_unseen_expect_it_unaccounted_for(song):
    clock = FakeClock()
    result = measure_listening(Leaky(song, clock, noticed=False), SPEC, 10.0, clock)
    assert result["gaps"] == 0
    assert result["unaccounted_ms"] == pytest.approx(50.0, abs=5.0)


def test_when_only_some_seconds_are_asked_for_expect_no_more(song):
    clock = FakeClock()
    result = measure_listening(FileSource(song, clock, 160), SPEC, 1.0, clock)
    assert result["heard_s"] == pytest.approx(1.0, abs=0.01)


def test_when_no_sound_comes_expect_an_end_that_says_so(song):
    clock = FakeClock()
    source = FileSource(song, clock, 160)
    source.read = lambda timeout_s: clock.sleep_until_s(clock.now_s() + timeout_s)
    with pytest.raises(AudioError, match=r"song\.wav gave no sound for 10 s"):
        measure_listening(source, SPEC, 1.0, clock)


@pytest.mark.parametrize("name", SPECS)
def test_when_minutes_of_sound_go_by_expect_memory_to_stay_where_it_is(name):
    result = measure_memory(SPECS[name], minutes=1.0)
    # Every window kept by mistake would be 35 kB, and every block 19 kB: tens of MB a minute.
    assert result["growth_mb"] < 3.0
