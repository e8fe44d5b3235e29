from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from support.lm2d import TINY, tiny_network
from support.lm2d_songs import as_student, danced_song, learnt

from ur3_dancer.dance.checkpoint import save
from ur3_dancer.dance.lm2d.load import load_policy
from ur3_dancer.dance.lm2d.policy import ShowSettings
from ur3_dancer.dance.lm2d.show import prepare_show
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.motion.arm_config import load_arm_config
from ur3_dancer.music.window import Window

ARM = load_arm_config("ur3")
RATE_HZ = 30.0
EVERY = 3


@pytest.fixture
def folder(tmp_path):
    _, _, checkpoint = learnt()
    network = tiny_network()
    network.pose_scale.fill_(0.05)
    network.pose_mean.copy_(torch.from_numpy(danced_song().body.mean(axis=0)))
    save(tmp_path, as_student(checkpoint), network)
    return tmp_path


def policy_of(folder, show=None, lyrics=None):
    _, _, checkpoint = learnt()
    return load_policy(folder, as_student(checkpoint), ARM, show, lyrics)


def window(newest, frames=None, start_s=100.0):
    features = danced_song().features if frames is None else frames
    K = TINY.window_frames
    return Window(features[newest + 1 - K : newest + 1], start_s + newest / RATE_HZ, RATE_HZ)


def dance(policy, frames=range(20, 60), features=None):
    return [policy.predict(window(i, features)) for i in frames]


def played(chunks, lead=2):
    """Joints as they are played when each chunk is read `lead` frames after its capture."""
    return np.stack([chunk.targets_rad[lead - 1] for chunk in chunks])


def test_when_windows_come_expect_chunks_of_stated_length_within_limits(folder):
    policy = policy_of(folder)
    policy.warm_up()
    for chunk in dance(policy):
        assert chunk.targets_rad.shape == (policy.spec.horizon, 6)
        assert (chunk.targets_rad >= ARM.limits.lower_rad).all()
        assert (chunk.targets_rad <= ARM.limits.upper_rad).all()
    assert chunk.capture_s == pytest.approx(window(59).time_s)
    assert policy.spec.horizon == TINY.chunk_frames + TINY.commit_frames + 1 - EVERY


def test_when_a_new_answer_comes_expect_the_committed_frames_unchanged(folder):
    chunks = dance(policy_of(folder, ShowSettings(variety=1.0)))
    changed = 0
    for before, after in pairwise(chunks):
        assert after.targets_rad[: TINY.commit_frames] == pytest.approx(
            before.targets_rad[1 : TINY.commit_frames + 1]
        )
        changed += not np.allclose(after.targets_rad[:-1], before.targets_rad[1:])
    assert changed == pytest.approx(len(chunks) / EVERY, abs=2)


def test_when_the_seed_is_the_same_expect_the_same_show_whatever_the_clock_says(folder):
    one = dance(policy_of(folder, ShowSettings(seed=4)))
    again = [
        policy_of_once.predict(window(i, start_s=7.0))
        for policy_of_once in [policy_of(folder, ShowSettings(seed=4))]
        for i in range(20, 60)
    ]
    other = dance(policy_of(folder, ShowSettings(seed=5)))
    assert played(one) == pytest.approx(played(again))
    assert np.abs(played(one) - played(other)).max() > 1e-3


def test_when_a_checkpoint_says_how_much_noise_expect_variety_to_count_in_it(folder):
    _, _, checkpoint = learnt()
    half, words = as_student(checkpoint), danced_song().lyrics
    half.model["noise_scale"] = 0.5
    plain = dance(policy_of(folder, ShowSettings(seed=4, variety=0.5), words))
    scaled = dance(load_policy(folder, half, ARM, ShowSettings(seed=4), words))
    assert played(scaled) == pytest.approx(played(plain), abs=1e-5)


def test_when_variety_is_none_expect_seeds_to_mean_nothing(folder):
    one, other = (dance(policy_of(folder, ShowSettings(seed, 0.0))) for seed in (4, 5))
    assert played(one) == pytest.approx(played(other))


def test_when_the_future_of_the_song_changes_expect_the_same_dance_until_then(folder):
    features = danced_song().features.copy()
    features[50:] = 3.0
    one, other = dance(policy_of(folder)), dance(policy_of(folder), features=features)
    assert np.array_equal(played(one)[:30], played(other)[:30])
    assert not np.allclose(played(one)[34:], played(other)[34:])


def test_when_windows_are_lost_expect_the_dance_to_go_on_from_what_was_promised(folder):
    policy = policy_of(folder)
    first = policy.predict(window(20))
    later = policy.predict(window(24))
    assert later.targets_rad[: TINY.commit_frames] == pytest.approx(first.targets_rad[4:][:2])


def test_when_time_runs_backwards_expect_a_new_show(folder):
    policy = policy_of(folder)
    one = dance(policy)
    assert played(dance(policy)) == pytest.approx(played(one))


def test_when_lyrics_move_in_time_expect_another_dance(folder):
    lyrics = danced_song().lyrics
    without = dance(policy_of(folder))
    sung = dance(policy_of(folder, lyrics=lyrics))
    late = dance(policy_of(folder, ShowSettings(song_start_s=101.5), lyrics))
    assert np.abs(played(without) - played(sung)).max() > 1e-3
    assert np.abs(played(late) - played(sung)).max() > 1e-3


def test_when_the_song_is_said_to_start_expect_lyrics_to_follow(folder):
    lyrics = danced_song().lyrics
    told = policy_of(folder, lyrics=lyrics)
    told.start_song(101.5)
    known = policy_of(folder, ShowSettings(song_start_s=101.5), lyrics)
    assert played(dance(told)) == pytest.approx(played(dance(known)))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"part": "teacher"}, "distil it first"),
        ({"answer_every": 99}, "answer_every is 99"),
        ({"sigma_data": "much"}, "sizes cannot be used"),
        ({"sizes": {"colour": 1}}, "unknown model size"),
        ({"noise_scale": 9.0}, "noise_scale cannot be used"),
        ({"noise_scale": "much"}, "noise_scale cannot be used"),
    ],
)
def test_when_a_checkpoint_cannot_dance_expect_refusal(folder, change, text):
    _, _, checkpoint = learnt()
    checkpoint = as_student(checkpoint)
    broken = replace(checkpoint, model={**checkpoint.model, **change})
    with pytest.raises(CheckpointError, match=text):
        load_policy(folder, broken, ARM)


def test_when_weights_lead_to_nan_expect_refusal_before_anything_moves(folder):
    policy = policy_of(folder)
    with torch.no_grad():
        policy._student.network.head.bias[5] = float("nan")
    with pytest.raises(CheckpointError, match="not finite"):
        policy.warm_up()
    with pytest.raises(ConfigError, match="not finite"):
        policy.predict(window(30))


def test_when_the_encoder_has_another_width_expect_refusal(folder):
    with pytest.raises(ConfigError, match="answers 9 numbers a line"):
        policy_of(folder, lyrics=danced_song(width=9).lyrics)


@pytest.mark.parametrize("wrong", [{"variety": -1.0}, {"steps": 3}, {"seed": -1}])
def test_when_a_show_cannot_be_expect_refusal(wrong):
    with pytest.raises(ConfigError):
        ShowSettings(**wrong)


def test_when_a_show_has_lyrics_of_a_model_without_expect_refusal(folder, tmp_path):
    policy = policy_of(folder)
    policy.lyrics_width = 0
    with pytest.raises(ConfigError, match="trained without lyrics"):
        prepare_show(policy, ShowSettings(), str(tmp_path / "song.lrc"), "some-encoder")


def test_when_a_show_has_no_lyrics_expect_it_said_and_the_new_seed_taken(folder):
    policy = policy_of(folder, ShowSettings(seed=4))
    one = dance(policy)
    assert "without lyrics" in prepare_show(policy, ShowSettings(seed=5))[0]
    assert np.abs(played(dance(policy)) - played(one)).max() > 1e-3
