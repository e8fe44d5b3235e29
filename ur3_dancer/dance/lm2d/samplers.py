"""From noise to poses: guidance, Heun's method for the teacher, few steps for the student.

Shapes: B batch, H chunk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser
from ur3_dancer.dance.lm2d.network import Heard
from ur3_dancer.errors import ConfigError


@dataclass(frozen=True)
class Guidance:
    """How far answers are pushed the way that a condition leads; 1 is the conditional model.

    Attributes:
        music: weight of music.
        lyrics: weight of lyrics.
    """

    music: float = 1.0
    lyrics: float = 1.0

    def __post_init__(self):
        for name, value in vars(self).items():
            if not 0.0 <= value <= 20.0:
                raise ConfigError(f"guidance weight of {name} is {value}: give 0 to 20")


class Guided:
    """The guided denoiser for one batch of conditions (classifier-free guidance).

    D = D(nothing) + music * (D(music) - D(nothing)) + lyrics * (D(music, lyrics) - D(music)).
    What has weight zero in that sum is not evaluated.
    """

    def __init__(self, denoiser: Denoiser, conditions: Conditions, guidance: Guidance):
        self._denoiser = denoiser
        silent, heard_only = (
            conditions.without_lyrics().without_music(),
            conditions.without_lyrics(),
        )
        if conditions.lyrics is None:
            branches = [(guidance.music, conditions)]
        else:
            branches = [
                (guidance.lyrics, conditions),
                (guidance.music - guidance.lyrics, heard_only),
            ]
        branches.append((1.0 - guidance.music, silent))
        self._branches: list[tuple[float, Heard]] = [
            (weight, denoiser.hear(each)) for weight, each in branches if weight != 0.0
        ]

    def __call__(self, noisy: Tensor, level: Tensor) -> Tensor:
        """Return the guided expectation (B, H, 147) of clean poses."""
        total = None
        for weight, heard in self._branches:
            part = self._denoiser(noisy, level, heard)
            part = part if weight == 1.0 else weight * part
            total = part if total is None else total + part
        return total


def heun_step(guided, noisy: Tensor, level: Tensor, next_level: Tensor) -> Tensor:
    """Follow the probability-flow ODE from `level` to `next_level`, both (B,).

    Returns:
        (B, H, 147) at the next level. The denoiser is evaluated at both, so that neither may lie
        below epsilon.
    """
    here, there = level[:, None, None], next_level[:, None, None]
    slope = (noisy - guided(noisy, level)) / here
    reached = noisy + (there - here) * slope
    slope_there = (reached - guided(reached, next_level)) / there
    return noisy + (there - here) * 0.5 * (slope + slope_there)


@torch.inference_mode()
def sample_teacher(
    denoiser: Denoiser,
    conditions: Conditions,
    noise: Tensor,
    steps: int,
    guidance: Guidance | None = None,
) -> Tensor:
    """Return (B, H, 147) normalised poses by `steps` of Heun's method, stopped at epsilon.

    Args:
        denoiser: the teacher.
        conditions: of B answers.
        noise: (B, H, 147) of unit variance.
        steps: 2 * steps evaluations for each weight.
        guidance: none by default.

    Raises:
        ConfigError: the noise is not finite.
    """
    check_noise(noise)
    guided = Guided(denoiser, conditions, guidance or Guidance())
    levels = denoiser.levels.steps(steps).to(noise)
    x = noise * levels[0]
    for level, next_level in pairwise(levels):
        x = heun_step(guided, x, level.expand(len(x)), next_level.expand(len(x)))
    return x


@torch.inference_mode()
def sample_student(
    student: Consistency, conditions: Conditions, noises: Sequence[Tensor]
) -> Tensor:
    """Return (B, H, 147) normalised poses by as many steps as there are noises.

    The first step starts in pure noise, of the student's `noise_scale` where words say what to
    dance: without them the noise alone decides, and all of it is needed. Each later step adds noise
    again and removes it. Levels are those of Karras' schedule of as many steps.

    Args:
        student: the consistency function.
        conditions: of B answers.
        noises: (B, H, 147) of unit variance, one for each step.

    Raises:
        ConfigError: a noise is not finite.
    """
    heard = student.hear(conditions)
    levels = student.levels.steps(len(noises)).to(noises[0])
    scale = 1.0
    if conditions.lyrics_seen is not None:
        sung = conditions.lyrics_seen.any(dim=1)[:, None, None]
        scale = torch.where(sung, student.noise_scale, 1.0)
    x = None
    for noise, level in zip(noises, levels[:-1], strict=True):
        check_noise(noise)
        if x is None:
            x = noise * level * scale
        else:
            x = x + noise * (level.square() - student.levels.smallest**2).sqrt()
        x = student(x, level.expand(len(x)), heard)
    return x


def check_noise(noise: Tensor) -> None:
    """Raise ConfigError unless every number is finite."""
    if not torch.isfinite(noise).all():
        raise ConfigError("noise holds NaN or infinity: give finite numbers")
