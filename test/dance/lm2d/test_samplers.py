from dataclasses import replace

import pytest
import torch
from support.lm2d import TINY, conditions, poses, tiny_network

from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.samplers import (
    Guidance,
    Guided,
    heun_step,
    sample_student,
    sample_teacher,
)
from ur3_dancer.errors import ConfigError

LEVELS = NoiseLevels(0.7)


class Counted(Denoiser):
    """Notes at which levels the network is asked."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = []

    def forward(self, noisy, level, heard):
        self.asked.append(float(level[0]))
        return super().forward(noisy, level, heard)


def test_when_both_weights_are_one_expect_the_conditional_model_bit_by_bit():
    denoiser, level = Denoiser(tiny_network(), LEVELS), torch.full((2,), 0.5)
    guided = Guided(denoiser, conditions(), Guidance(1.0, 1.0))
    plain = denoiser(poses(), level, denoiser.hear(conditions()))
    assert torch.equal(guided(poses(), level), plain)


def test_when_weights_differ_expect_the_stated_sum_of_three_models():
    denoiser, level, all_known = (
        Denoiser(tiny_network(), LEVELS),
        torch.full((2,), 0.5),
        conditions(),
    )
    guided = Guided(denoiser, all_known, Guidance(2.0, 3.0))
    music = all_known.without_lyrics()
    nothing = music.without_music()
    d0, dm, dml = (denoiser(poses(), level, denoiser.hear(c)) for c in (nothing, music, all_known))
    wanted = d0 + 2.0 * (dm - d0) + 3.0 * (dml - dm)
    torch.testing.assert_close(guided(poses(), level), wanted, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(d0, dm)
    assert not torch.allclose(dm, dml)


def test_when_network_has_no_lyrics_expect_guidance_by_music_alone():
    config = replace(TINY, lyrics_width=0)
    denoiser, level = Denoiser(tiny_network(config), LEVELS), torch.full((2,), 0.5)
    known = conditions(config=config)
    guided = Guided(denoiser, known, Guidance(2.0, 7.0))
    d0 = denoiser(poses(), level, denoiser.hear(known.without_music()))
    dm = denoiser(poses(), level, denoiser.hear(known))
    torch.testing.assert_close(guided(poses(), level), d0 + 2.0 * (dm - d0), rtol=1e-4, atol=1e-4)


def test_when_teacher_samples_expect_no_evaluation_below_epsilon_and_one_pair_a_step():
    denoiser = Counted(tiny_network(), LEVELS)
    answer = sample_teacher(denoiser, conditions(), poses(), steps=4)
    assert torch.isfinite(answer).all()
    assert len(denoiser.asked) == 8
    assert min(denoiser.asked) == pytest.approx(LEVELS.smallest)


def test_when_student_samples_expect_a_repeatable_answer_and_as_many_steps_as_noises():
    student = Consistency(tiny_network(), LEVELS)
    one = sample_student(student, conditions(), [poses()])
    again = sample_student(student, conditions(), [poses()])
    two = sample_student(student, conditions(), [poses(), poses(seed=5)])
    assert torch.equal(one, again)
    assert not torch.allclose(one, two)


def test_when_a_student_dances_with_less_noise_expect_its_first_step_to_begin_in_so_much():
    network, scaled = tiny_network(), [0.5 * poses(), poses(seed=5)]
    less = sample_student(Consistency(network, LEVELS, 0.5), conditions(), [poses(), scaled[1]])
    assert torch.equal(less, sample_student(Consistency(network, LEVELS), conditions(), scaled))


def test_when_nothing_is_sung_expect_all_of_the_noise_whatever_the_scale():
    network, unsung = tiny_network(), conditions().without_lyrics()
    less = sample_student(Consistency(network, LEVELS, 0.5), unsung, [poses()])
    assert torch.equal(less, sample_student(Consistency(network, LEVELS), unsung, [poses()]))


@pytest.mark.parametrize("scale", [-0.1, 1.6, float("nan")])
def test_when_a_scale_of_noise_cannot_be_expect_refusal(scale):
    with pytest.raises(ConfigError, match=f"noise_scale is {scale}"):
        Consistency(tiny_network(), LEVELS, scale)


def test_when_denoiser_knows_the_data_expect_heun_to_follow_the_exact_trajectory():
    # Gaussian data of deviation s: D = s² x / (s² + t²), and x(t) grows with sqrt(s² + t²).
    s, x = 0.7, poses().double()

    def ideal(noisy, level):
        return noisy * (s**2 / (s**2 + level[:, None, None] ** 2))

    high, low = (torch.full((2,), t, dtype=torch.float64) for t in (1.0, 0.9))
    exact = x * ((s**2 + 0.81) / (s**2 + 1.0)) ** 0.5
    assert (heun_step(ideal, x, high, low) - exact).abs().max() < 1e-4 * x.abs().max()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_when_noise_is_not_finite_expect_refusal(bad):
    noise = poses()
    noise[0, 0, 0] = bad
    with pytest.raises(ConfigError, match="noise holds"):
        sample_student(Consistency(tiny_network(), LEVELS), conditions(), [noise])
    with pytest.raises(ConfigError, match="noise holds"):
        sample_teacher(Denoiser(tiny_network(), LEVELS), conditions(), noise, 2)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), 100.0])
def test_when_guidance_weight_cannot_be_expect_refusal(weight):
    with pytest.raises(ConfigError, match="guidance weight of lyrics"):
        Guidance(lyrics=weight)
