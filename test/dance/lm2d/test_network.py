from dataclasses import replace

import pytest
import torch
from support.lm2d import TINY, conditions, poses, tiny_network

from ur3_dancer.dance.lm2d.config import Lm2dConfig
from ur3_dancer.dance.lm2d.network import Lm2dNetwork, parameter_count
from ur3_dancer.errors import ConfigError


def answer(network, known):
    with torch.no_grad():
        numbers = network.numbers(poses(len(known)))
        return network(numbers, torch.zeros(len(known)), network.hear(known))


def test_when_conditions_are_dropped_expect_their_values_to_count_no_more():
    network, one, other = tiny_network(), conditions(seed=1), conditions(seed=4)
    same_prefix = replace(other, prefix=one.prefix)
    both_off = [answer(network, c.without_lyrics().without_music()) for c in (one, same_prefix)]
    assert torch.equal(*both_off)
    assert not torch.allclose(answer(network, one), answer(network, same_prefix))


def test_when_a_prefix_pose_is_unknown_expect_its_value_to_count_no_more():
    network, known = tiny_network(), conditions()
    known.prefix_known[:, :2] = False  # which makes the first token of three unknown
    before = answer(network, known)
    known.prefix[:, :3] = 7.0
    assert torch.equal(answer(network, known), before)
    known.prefix[:, 3:] = 7.0
    assert not torch.allclose(answer(network, known), before)


@pytest.mark.parametrize("field", ["music", "clock", "prefix", "lyrics", "lyrics_times"])
def test_when_one_condition_changes_expect_another_answer(field):
    network, known = tiny_network(), conditions()
    other = replace(known, **{field: getattr(known, field) + 1.0})
    assert not torch.allclose(answer(network, known), answer(network, other))


def test_when_a_batch_is_answered_expect_the_same_as_one_by_one():
    network, known = tiny_network(), conditions(2)
    whole = answer(network, known)
    second = replace(known, **{k: v[1:] for k, v in vars(known).items() if v is not None})
    with torch.no_grad():
        alone = network(network.numbers(poses(2)[1:]), torch.zeros(1), network.hear(second))
    torch.testing.assert_close(whole[1:], alone, rtol=1e-4, atol=1e-4)


def test_when_network_has_no_lyrics_expect_no_weights_for_them():
    without = Lm2dNetwork(replace(TINY, lyrics_width=0))
    assert not [name for name, _ in without.named_parameters() if "lyrics" in name]
    assert parameter_count(without) < parameter_count(tiny_network())


def test_when_poses_are_normalised_and_back_expect_them_again():
    network = tiny_network()
    network.pose_mean.normal_()
    network.pose_scale.uniform_(0.1, 2.0)
    torch.testing.assert_close(network.physical(network.normalise(poses())), poses())


def test_when_axes_are_orthonormal_expect_numbers_to_stand_for_poses_along_them():
    network = tiny_network()
    axes, _ = torch.linalg.qr(torch.randn(441, TINY.token_numbers))
    network.pose_axes.copy_(axes)
    numbers = network.numbers(poses())
    assert numbers.shape == (2, 4, TINY.token_numbers)
    torch.testing.assert_close(network.numbers(network.poses(numbers)), numbers)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ({"width": 0}, "width is 0"),
        ({"width": 30, "heads": 4}, "not a multiple of heads"),
        ({"window_frames": 97}, "not a multiple of music_patch_frames"),
        ({"token_numbers": 442}, "more than the 441 numbers of 3 poses"),
        ({"commit_frames": 16}, "commit_frames is 16"),
        ({"chunk_frames": 31}, "chunk_frames is 31"),
        ({"dropout": 1.0}, "dropout"),
        ({"layers": 2.0}, "layers is 2.0"),
    ],
)
def test_when_sizes_cannot_be_expect_refusal(sizes, text):
    with pytest.raises(ConfigError, match=text):
        Lm2dConfig(**sizes)
