import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning import training_set
from ur3_dancer.learning.generated import load_songs, make_song, song_seeds
from ur3_dancer.learning.generated_set import songs as varied_songs
from ur3_dancer.learning.run_state import RunFolder
from ur3_dancer.learning.train import MdltTask, loss_of, train
from ur3_dancer.learning.train_config import DataSettings
from ur3_dancer.music.window import Window

SHORT = DataSettings(train_songs=2, held_out_songs=1, song_s=12.0, seed=3)


def no_progress(work, **_):
    return work


@pytest.fixture
def plain_songs(monkeypatch, steady_song):
    """Trains on songs that need no synthesis."""
    songs = [steady_song(bpm, 14.0, seed) for seed, bpm in enumerate((100.0, 130.0))]
    monkeypatch.setattr(training_set, "load_songs", lambda *_: songs)


def test_when_trained_expect_a_checkpoint_that_dances(tmp_path, plain_songs, tiny_config, ur3):
    trained = train(tiny_config(), tmp_path / "tiny", tmp_path, quiet=True)
    policy = load_policy(tmp_path / "tiny", ur3)
    policy.warm_up()
    frames = np.random.default_rng(0).random((8, 438)).astype(np.float32)
    chunk = policy.predict(Window(frames, 1.0, 60.0))
    assert chunk.targets_rad.shape == (6, 6)
    record = trained.checkpoint.training
    assert record["data"] == "generated" and record["songs"] == 2
    lines = (tmp_path / "tiny" / "train.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["step"] == 12


def test_when_trained_twice_with_one_seed_expect_equal_weights(tmp_path, plain_songs, tiny_config):
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        train(tiny_config(seed=seed), tmp_path / name, tmp_path, quiet=True)
    one, two, three = (
        load_file(tmp_path / name / "model.safetensors") for name in ("one", "two", "three")
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], three[name]) for name in one)


@pytest.mark.slow
def test_when_trained_on_one_song_expect_the_error_to_fall(tmp_path, plain_songs, tiny_config):
    optimizer = {"steps": 300, "batch": 8, "learning_rate": 0.003, "warm_up_steps": 20}
    model = {
        "width": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "feed_forward": 64,
        "dropout": 0.0,
    }  # fmt: skip
    streams = {"life_steps": 2, "from_truth": 1.0}
    config = tiny_config(optimizer=optimizer, model=model, streams=streams, horizon=20)
    train(config, tmp_path / "x", tmp_path, quiet=True)
    lines = (tmp_path / "x" / "train.jsonl").read_text().splitlines()
    losses = [json.loads(line)["loss"] for line in lines]
    assert losses[-1] < 0.7 * losses[0]


def test_when_errors_are_constant_expect_no_velocity_part():
    error = torch.full((2, 3, 4, 6), 0.2)
    loss, rmse_rad = loss_of(error, 60.0, 1.0)
    assert loss.item() == pytest.approx(0.04) and rmse_rad.item() == pytest.approx(0.2)


def test_when_errors_jump_expect_velocity_to_weigh_in():
    error = torch.zeros(1, 1, 2, 1)
    error[0, 0, 1] = 0.1
    loss, _ = loss_of(error, 60.0, 0.01)
    assert loss.item() == pytest.approx(0.005 + 0.01 * 36.0)


def test_when_there_is_one_pose_expect_the_papers_loss():
    loss, _ = loss_of(torch.full((2, 3, 1, 4), 0.3), 60.0, 0.01)
    assert loss.item() == pytest.approx(0.09)


def test_when_songs_are_made_expect_known_beats_and_the_seed_to_decide(tmp_path):
    one, again = (make_song(4, 12.0, "mdlt60") for _ in range(2))
    np.testing.assert_array_equal(one.frames, again.frames)
    assert one.source == "generated" and one.frames.shape[1] == 438
    assert len(one.beats_s) > 10 and one.beats_s[-1] < len(one.frames) / 60.0


def test_when_songs_are_varied_expect_those_of_the_generated_set_and_files_of_their_own(tmp_path):
    one, again = (make_song(4, 12.0, "mdlt60", varied=1.0) for _ in range(2))
    np.testing.assert_array_equal(one.frames, again.frames)
    made = varied_songs.make_song(4, 1, 12.0).song
    np.testing.assert_allclose(one.beats_s, made.beats_s)
    varied = replace(SHORT, train_songs=1, varied=1.0)
    for settings in (replace(SHORT, train_songs=1), varied):
        load_songs(song_seeds(settings)[0], settings, "mdlt60", tmp_path, 1, no_progress)
    assert len(list(tmp_path.iterdir())) == 2


def test_when_a_share_is_varied_expect_the_other_songs_to_stay_as_they_are():
    plain, varied, mixed = (
        [make_song(seed, 6.0, "mdlt60", varied=share).beats_s.tolist() for seed in range(6)]
        for share in (0.0, 1.0, 0.5)
    )
    kinds = [song == plain[i] for i, song in enumerate(mixed)]
    assert [song == varied[i] for i, song in enumerate(mixed)] == [not kind for kind in kinds]
    assert 0 < sum(kinds) < 6


def test_when_songs_are_split_expect_none_in_both():
    train_seeds, held_out = song_seeds(DataSettings(train_songs=500, held_out_songs=500))
    assert len(set(train_seeds) | set(held_out)) == 1000


def test_when_interrupted_expect_whole_songs_kept_and_broken_ones_made_again(tmp_path):
    seeds, _ = song_seeds(SHORT)
    songs = load_songs(seeds, SHORT, "mdlt60", tmp_path, 1, no_progress)
    (folder,) = tmp_path.iterdir()
    kept, broken = (folder / f"song-{seed}.npz" for seed in seeds)
    broken.write_bytes(broken.read_bytes()[:5000])
    made_at = kept.stat().st_mtime_ns
    again = load_songs(seeds, SHORT, "mdlt60", tmp_path, 1, no_progress)
    assert kept.stat().st_mtime_ns == made_at
    for one, other in zip(songs, again, strict=True):
        np.testing.assert_array_equal(one.frames, other.frames)
    assert sorted(path.name for path in folder.iterdir()) == sorted([kept.name, broken.name])


TINY_M = {
    "network": "mdlt-m",
    "model": {"width": 16, "layers": 2, "states": 4, "pose_feedback": True},
    "streams": {"carry_state": True},
}
TINY_LSTM = {"network": "lstm", "model": {"width": 16, "encoder_layers": 1, "decoder_layers": 1}}


def weights(folder):
    return load_file(folder / "model.safetensors")


def assert_equal_weights(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("changes", "kind"), [(TINY_M, "mdlt-m"), (TINY_LSTM, "lstm")])
def test_when_another_network_is_trained_expect_a_checkpoint_that_dances(
    tmp_path, plain_songs, tiny_config, ur3, changes, kind
):
    trained = train(tiny_config(**changes), tmp_path / "x", tmp_path, quiet=True)
    assert trained.checkpoint.kind == kind
    policy = load_policy(tmp_path / "x", ur3)
    policy.warm_up()
    frames = np.random.default_rng(0).random((8, 438)).astype(np.float32)
    assert policy.predict(Window(frames, 1.0, 60.0)).targets_rad.shape == (6, 6)


def test_when_the_horizon_is_one_expect_the_papers_training(tmp_path, plain_songs, tiny_config):
    trained = train(tiny_config(horizon=1), tmp_path / "x", tmp_path, quiet=True)
    assert trained.checkpoint.spec.horizon == 1


@pytest.mark.parametrize("changes", [{}, TINY_M])
def test_when_interrupted_between_steps_expect_the_same_weights(
    tmp_path, plain_songs, tiny_config, monkeypatch, changes
):
    optimizer = {"steps": 12, "batch": 4, "warm_up_steps": 3, "save_every": 5}
    config = tiny_config(**changes, optimizer=optimizer)
    train(config, tmp_path / "whole", tmp_path, quiet=True)
    moved = MdltTask.moved

    def die_late(task, done):
        if done > 0.7:
            raise KeyboardInterrupt
        moved(task, done)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(MdltTask, "moved", die_late)
        train(config, tmp_path / "broken", tmp_path, quiet=True)
    assert RunFolder(tmp_path / "broken").newest() == 5
    train(config, tmp_path / "broken", tmp_path, quiet=True)
    assert_equal_weights(weights(tmp_path / "broken"), weights(tmp_path / "whole"))


def test_when_the_configuration_changed_expect_its_key_and_the_way_out(
    tmp_path, plain_songs, tiny_config
):
    train(tiny_config(), tmp_path / "x", tmp_path, quiet=True)
    with pytest.raises(ConfigError, match=r"streams\.noise 0\.05, but now it is 0\.1.*--fresh"):
        train(tiny_config(streams={"noise": 0.1}), tmp_path / "x", tmp_path, quiet=True)


@pytest.mark.slow
def test_when_the_command_is_killed_and_given_again_expect_the_same_weights(tmp_path):
    config = {
        "name": "tiny",
        "window_frames": 8,
        "horizon": 6,
        "data": {"train_songs": 2, "song_s": 12.0, "seed": 3},
        "model": {"width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1,
                  "feed_forward": 16},
        "optimizer": {"steps": 400, "batch": 4, "save_every": 20},
    }  # fmt: skip
    (tmp_path / "tiny.yaml").write_text(json.dumps(config))

    def command(name):
        verb = [sys.executable, "-m", "ur3_dancer.cli.main", "train", str(tmp_path / "tiny.yaml")]
        return [*verb, "--out", str(tmp_path / name), "--data", str(tmp_path / "data")]

    subprocess.run(command("whole"), check=True, capture_output=True)
    with subprocess.Popen(
        command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        end_s = time.monotonic() + 120.0
        while not RunFolder(tmp_path / "killed").newest():
            assert time.monotonic() < end_s, "no state was ever kept"
            assert killed.poll() is None
            time.sleep(0.002)
        killed.send_signal(signal.SIGKILL)
    assert RunFolder(tmp_path / "killed").newest() < 400
    subprocess.run(command("killed"), check=True, capture_output=True)
    assert_equal_weights(weights(tmp_path / "killed"), weights(tmp_path / "whole"))
