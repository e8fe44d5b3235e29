import numpy as np
import pytest

from ur3_dancer.learning.train_beat import heard_song, save, train
from ur3_dancer.music.beat_bands import BANDS, RATE_HZ
from ur3_dancer.music.beat_network import BeatNetwork


@pytest.mark.parametrize("in_a_room", [False, True])
def test_when_a_song_is_heard_expect_finite_bands_and_a_target_for_each_beat(in_a_room):
    bands, targets = heard_song(7, None, in_a_room)
    assert bands.shape == (len(targets), 2 * BANDS)
    assert np.isfinite(bands).all()
    peaks = (targets[1:-1] > 0.5) & (targets[1:-1] >= targets[:-2]) & (targets[1:-1] > targets[2:])
    beats_a_minute = 60.0 * peaks.sum() / (len(targets) / RATE_HZ)
    assert 40.0 < beats_a_minute < 200.0


def test_when_networks_are_trained_and_saved_expect_the_ear_to_load_them(tmp_path):
    songs = [heard_song(seed, None, False) for seed in (1, 2)]
    models = [train(songs, songs, 8, 2, seed, 0.3) for seed in (0, 1)]
    save(models, tmp_path / "beat", {"networks": 2, "hidden": 8})
    network = BeatNetwork(tmp_path / "beat")
    for frame in songs[0][0][:100]:
        network.step(frame)
        assert 0.0 <= network.activation <= 1.0
