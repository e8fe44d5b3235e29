import numpy as np
import pytest
import torch
from support.lm2d_songs import danced_song

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.semantic import lines_and_moves, match, train_dual_encoder


def test_when_words_and_moves_belong_together_expect_a_match_and_none_when_shuffled():
    random = np.random.default_rng(0)
    which = random.integers(4, size=400)
    noise = 0.1 * random.standard_normal((2, 400, 12))
    lines = torch.from_numpy(np.eye(4, 12)[which] + noise[0]).float()
    moves = torch.from_numpy(np.eye(4, 12)[::-1][which] + noise[1]).float()
    judge = train_dual_encoder(lines[:300], moves[:300], seed=1, steps=150)
    paired, shuffled = match(judge, lines[300:], moves[300:])
    assert paired > shuffled + 0.4


def test_when_lines_are_danced_expect_each_beside_its_move():
    songs = [danced_song(i) for i in range(2)]
    lines, moves = lines_and_moves(songs, [song.body for song in songs], 0)
    # The second line's move would end after the song.
    assert len(lines) == len(moves) == 2
    assert (lines == lines[:1]).all()


def test_when_no_line_is_danced_whole_expect_refusal():
    songs = [danced_song(0)]
    with pytest.raises(ConfigError, match="no line of lyrics is danced whole"):
        lines_and_moves(songs, [songs[0].body[:50]], 0)
