import pytest
import torch
from support.lm2d import conditions, poses, tiny_network

from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.errors import ConfigError

LEVELS = NoiseLevels(0.7)


def level(value, batch=2):
    return torch.full((batch,), value)


def test_when_level_is_epsilon_expect_consistency_to_be_the_identity_bit_by_bit():
    student = Consistency(tiny_network(), LEVELS)
    heard, x = student.hear(conditions()), poses()
    assert torch.equal(student(x, level(LEVELS.smallest), heard), x)


def test_when_only_one_of_a_batch_is_at_epsilon_expect_that_one_unchanged():
    student = Consistency(tiny_network(), LEVELS)
    heard, x = student.hear(conditions()), poses()
    answer = student(x, torch.tensor([LEVELS.smallest, 1.0]), heard)
    assert torch.equal(answer[0], x[0])
    assert not torch.equal(answer[1], x[1])


@pytest.mark.parametrize("kind", [Denoiser, Consistency])
@pytest.mark.parametrize("wrong", [0.0, 0.9, float("nan")])
def test_when_level_is_below_epsilon_or_nan_expect_refusal(kind, wrong):
    model = kind(tiny_network(), LEVELS)
    with pytest.raises(ConfigError, match="below the smallest"):
        model(poses(), level(wrong * LEVELS.smallest), model.hear(conditions()))


def test_when_noise_is_small_expect_denoiser_to_return_nearly_its_input():
    model = Denoiser(tiny_network(), LEVELS)
    x = model.network.poses(model.network.numbers(poses()))
    answer = model(x, level(LEVELS.smallest), model.hear(conditions()))
    assert (answer - x).abs().max() < 0.1


def test_when_noise_is_large_expect_the_input_to_count_for_nothing():
    model = Denoiser(tiny_network(), LEVELS)
    heard = model.hear(conditions())
    one, other = (
        model(LEVELS.largest * poses(seed=seed), level(LEVELS.largest), heard) for seed in (2, 3)
    )
    assert (one - other).abs().max() < 40.0  # of inputs that differ by some 400


def test_when_levels_are_listed_expect_published_ratios_and_falling_order():
    steps = LEVELS.steps(50)
    assert steps[0] / LEVELS.sigma_data == pytest.approx(160.0)
    assert steps[-1] / LEVELS.sigma_data == pytest.approx(0.004)
    assert (steps.diff() < 0).all()
    assert len(steps) == 51


@pytest.mark.parametrize("sigma_data", [0.0, -1.0, float("nan"), float("inf")])
def test_when_sigma_data_cannot_be_expect_refusal(sigma_data):
    with pytest.raises(ConfigError, match="sigma_data"):
        NoiseLevels(sigma_data)
