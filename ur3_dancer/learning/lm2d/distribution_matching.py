"""Distribution matching: the student's dances are to be as likely as the guided teacher's.

Yin et al., One-step diffusion with distribution matching distillation (arXiv 2311.18828), without
its regression on the teacher's samples, as in arXiv 2405.14867. A student that is asked where each
trajectory ends must learn which noise leads to which of many right dances; in the time that two
cores have it answers with their mean instead. Here it is asked only that its dances, noise added,
look as the teacher's do: it is pushed from where a second denoiser, the fake, which learns from the
student's own dances all the while, expects the clean dance, to where the guided teacher does.

The fake begins as the teacher and learns faster than the student. Levels of noise are drawn, and
its loss is weighted, as in the teacher's training. What is matched is compared dance by dance, so
that a student that pays no heed to the noise stays so: begin with one that varies a little, as
consistency distillation leaves it. Where dances begin: in pure noise, or at a level of a short
schedule, in true dances with noise, so that several steps are learnt as well.

Two things are as the published recipe has them only if settings say so. `as_played`: dances are
matched as they will be played, smoothed; else the student may answer what the teacher asks for in
motion with a shiver that smoothing takes away again. And `objective` lets the fake count
differences of joints in metres and of their speeds beside those of poses, as the teacher does.

Shapes: B batch, H chunk.
"""

import copy

import torch
from torch import Tensor, nn

from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser
from ur3_dancer.dance.lm2d.samplers import Guided
from ur3_dancer.dance.lm2d.smooth import smoothed
from ur3_dancer.learning.lm2d.noise_draw import draw_levels, level_weight
from ur3_dancer.learning.lm2d.objective import Objective, squared
from ur3_dancer.learning.lm2d.student_settings import StudentSettings

_LEAST_DISTANCE = 1e-6


class DistributionMatching:
    """A `Recipe` of `student`; its module `fake` is trained beside the student."""

    def __init__(
        self, teacher: Denoiser, student: Consistency, settings: StudentSettings, rate_hz: float
    ):
        self._teacher, self._student, self._settings = teacher, student, settings
        fake = copy.deepcopy(teacher.network).requires_grad_(True)
        self._fake = Denoiser(fake, teacher.levels)
        for parameter in fake.parameters():
            parameter._rate_factor = settings.fake_rate
        self.modules: dict[str, nn.Module] = {"fake": fake}
        self._objective = Objective(fake, settings.objective, rate_hz)
        self._steps = 0

    def step(
        self, conditions: Conditions, poses: Tensor, random: torch.Generator, done: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a step: the fake's, and in its turn the student's.

        Neither moves the other's weights.
        """
        self._steps += 1
        in_turn = self._steps % self._settings.fake_steps == 0
        self._student.network.requires_grad_(in_turn)
        danced = self._dance(conditions, poses, random)
        if self._settings.as_played:
            danced = played(conditions, danced)
        fake = self._fake_loss(conditions, danced.detach(), random)
        if not in_turn:
            return fake, {"fake": fake.detach()}
        push = self._push(conditions, danced.detach(), random)
        # The gradient of this loss with respect to the dance is the push itself.
        matching = 0.5 * (danced - (danced - push).detach()).square().mean()
        return matching + fake, {"fake": fake.detach(), "push": push.square().mean().sqrt()}

    def moved(self) -> None:
        """Called after the weights moved."""

    def state_dict(self) -> dict:
        """Return what decides the next step, beside weights and generators: whose turn it is."""
        return {"steps": self._steps}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._steps = state["steps"]

    def _dance(self, conditions: Conditions, poses: Tensor, random: torch.Generator) -> Tensor:
        """Return (B, H, 147) what the student answers in one step, from pure noise or a part."""
        levels, settings = self._student.levels, self._settings
        index = torch.randint(settings.levels, (len(poses),), generator=random)
        far = torch.rand(len(poses), generator=random) < settings.largest_share
        index = torch.where(far, 0, index).to(poses.device)
        level = levels.steps(settings.levels).to(poses)[index]
        noise = torch.randn(poses.shape, generator=random).to(poses)
        known = poses * (index > 0)[:, None, None]
        return self._student(
            known + level[:, None, None] * noise, level, self._student.hear(conditions)
        )

    @torch.no_grad()
    def _push(self, conditions: Conditions, danced: Tensor, random: torch.Generator) -> Tensor:
        """Return (B, H, 147) from the teacher's expectation to the fake's, of unit size or so."""
        noisy, level = self._noised(danced, random)
        wanted = Guided(self._teacher, conditions, self._settings.guidance)(noisy, level)
        present = self._fake(noisy, level, self._fake.hear(conditions))
        distance = (danced - wanted).abs().mean(dim=(1, 2), keepdim=True)
        return (present - wanted) / distance.clamp(min=_LEAST_DISTANCE)

    def _fake_loss(self, conditions: Conditions, danced: Tensor, random: torch.Generator) -> Tensor:
        noisy, level = self._noised(danced, random)
        answer = self._fake(noisy, level, self._fake.hear(conditions))
        seam = conditions.prefix_known[:, -1]
        error = squared(self._objective.differences(answer, danced, seam))
        return (level_weight(level, self._fake.levels) * error).mean()

    def _noised(self, danced: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        level = draw_levels(len(danced), self._fake.levels, random).to(danced)
        noise = torch.randn(danced.shape, generator=random).to(danced)
        return danced + level[:, None, None] * noise, level


def played(conditions: Conditions, danced: Tensor) -> Tensor:
    """Return (B, H, 147) answers as they are played: smoothed, going on from what was promised.

    Where less was promised than a prefix holds, the first known pose stands before it, as live.
    """
    before = conditions.prefix_known.shape[1]
    whole = torch.cat([conditions.prefix, danced], dim=1)
    unknown = before - conditions.prefix_known.sum(dim=1, keepdim=True)
    index = torch.arange(whole.shape[1], device=whole.device).expand(whole.shape[:2])
    index = torch.maximum(index, unknown)[..., None].expand_as(whole)
    whole = whole.gather(1, index)
    return smoothed(whole[:, :before], whole[:, before:])
