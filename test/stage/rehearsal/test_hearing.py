import numpy as np
import pytest
import soundfile

from ur3_dancer.dance.catalog import policy_spec
from ur3_dancer.errors import AudioError
from ur3_dancer.music.block import Block
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.stage.rehearsal.hearing import Hearing

SPEC = policy_spec("groove")


def test_when_a_file_is_heard_expect_the_windows_of_a_listener_that_hears_it_whole(clicks_wav):
    hearing = Hearing(str(clicks_wav), SPEC)
    windows = list(hearing.windows())
    samples, rate_hz = soundfile.read(clicks_wav, dtype="float32")
    whole = Listener(feature_spec(SPEC.features), SPEC.window_frames, rate_hz)
    expected = whole.process(Block(samples, 0.0))
    assert len(windows) == len(expected) > 400
    for one, other in zip(windows, expected, strict=True):
        np.testing.assert_array_equal(one.frames, other.frames)
        assert one.time_s == pytest.approx(other.time_s, abs=1e-9)
    np.testing.assert_array_equal(hearing.samples, samples)
    assert hearing.duration_s == pytest.approx(8.0)


def test_when_a_beat_is_heard_expect_its_times_and_tempo(clicks_wav):
    hearing = Hearing(str(clicks_wav), SPEC)
    list(hearing.windows())
    beats_s, source = hearing.beats
    assert source == "heard"
    late = beats_s[beats_s > 4.0]
    assert len(late) >= 5
    assert np.abs(late / 0.5 - np.round(late / 0.5)).max() * 0.5 < 0.07
    assert hearing.tempo_bpm == pytest.approx(120, rel=0.05)


def test_when_the_built_in_track_is_heard_expect_its_beats_known():
    beats_s, source = Hearing("demo", SPEC).beats
    assert source == "known"
    assert len(beats_s) > 100


@pytest.mark.parametrize("song", ["mic", "auto"])
def test_when_there_is_no_end_expect_it_refused(song):
    with pytest.raises(AudioError, match="cannot be rehearsed"):
        Hearing(song, SPEC)
