from dataclasses import replace

import numpy as np
import pytest
from support.lm2d import TINY
from support.lm2d_songs import danced_song, learnt

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.examples import Examples, ExampleSettings


def examples_of(*songs, config=TINY):
    _, examples, checkpoint = learnt()
    return Examples(
        songs,
        config,
        examples._music,
        checkpoint.normalizer,
        examples._figures,
        ExampleSettings(),
        0,
    )


def test_when_an_example_is_taken_expect_prefix_and_chunk_to_be_consecutive_poses():
    song = danced_song(1)
    examples = examples_of(song)
    conditions, chunk = examples.at(np.array([0, 7]))
    wanted = examples._figures.normalise(song.body)
    for row, first in enumerate((0, 7)):
        start = first + TINY.window_frames + TINY.commit_frames
        assert chunk[row].numpy() == pytest.approx(wanted[start : start + TINY.chunk_frames])
        assert conditions.prefix[row].numpy() == pytest.approx(
            wanted[start - TINY.prefix_frames : start]
        )


def test_when_the_future_of_music_changes_expect_the_same_conditions():
    song, first = danced_song(1), 5
    changed = replace(song, features=song.features.copy())
    changed.features[first + TINY.window_frames :] = 9.0
    one, _ = examples_of(song).at(np.array([first]))
    other, _ = examples_of(changed).at(np.array([first]))
    for name in ("music", "clock", "lyrics", "lyrics_times", "lyrics_seen"):
        assert (getattr(one, name) == getattr(other, name)).all(), name


def test_when_examples_are_drawn_expect_the_stated_shares_dropped_each_on_its_own():
    _, examples, _ = learnt(settings=ExampleSettings(0.5, 0.5, 0.25, 0.0))
    conditions, _ = examples.batch(2000)
    deaf = ~conditions.hears.numpy()
    wordless = ~conditions.lyrics_seen.any(dim=1).numpy()
    assert deaf.mean() == pytest.approx(0.5, abs=0.05)
    assert wordless.mean() == pytest.approx(0.5, abs=0.06)
    assert (deaf & wordless).mean() == pytest.approx(0.25, abs=0.05)
    lengths = conditions.prefix_known.sum(dim=1).numpy()
    assert (lengths == 0).mean() == pytest.approx(0.25, abs=0.05)
    assert set(lengths) == {0, 3, 6}
    assert conditions.prefix_known[lengths > 0, -1].all()


def test_when_the_state_is_restored_expect_the_same_batches():
    _, one, _ = learnt()
    one.batch(3)
    state = one.state_dict()
    wanted, _ = one.batch(4)
    _, other, _ = learnt()
    other.load_state_dict(state)
    assert (other.batch(4)[0].music == wanted.music).all()


def test_when_songs_are_too_short_or_broken_expect_refusal():
    with pytest.raises(ConfigError, match="longer songs"):
        examples_of(danced_song(frames=20))
    broken = danced_song()
    broken.body[3, 5] = np.nan
    with pytest.raises(ConfigError, match="song-0: body poses hold NaN"):
        examples_of(broken)
    with pytest.raises(ConfigError, match="use the encoder"):
        examples_of(danced_song(width=9))
