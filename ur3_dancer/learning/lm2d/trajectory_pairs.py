"""Consistency recipes: f at a noise level t against f at a lower one, r, on the same trajectory.

Gradients go through the first alone.

- `Ect` (Geng et al., arXiv 2406.14548): (x + t z, x + r z) with one noise z stand for the
  trajectory; r comes nearer to t in stages; no target network. In the first stage r is epsilon,
  where f is the identity, and the student learns as a denoiser does.
- `ConsistencyDistillation` (arXiv 2403.09407, after arXiv 2303.01469): one Heun step of the frozen,
  guided teacher leads from t to the next level of a fixed Karras schedule; the target is a moving
  average of the student.

The distance is pseudo-Huber with iCT's constant, over poses, joints in metres and their speeds. It
is weighted so that all levels count alike, as EDM's loss is: by 1 / c_out(t), and by t / (t - r),
for nearer pairs differ by less. The published 1 / (t - r) makes the largest level, where one-step
dancing begins, count a thousandth of the smallest; that needs far longer training.

Shapes: B batch, H chunk.
"""

import math

import torch
from torch import Tensor, nn

from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.samplers import Guided, heun_step
from ur3_dancer.learning.lm2d.objective import Objective, pseudo_huber
from ur3_dancer.learning.lm2d.student_settings import StudentSettings
from ur3_dancer.learning.lm2d.weight_mean import WeightMean

_MEAN, _DEVIATION = -1.1 - math.log(0.5), 2.0
"""Of ln(t / sigma_data); ECT's -1.1 and 2.0 at sigma_data 0.5."""
_GAP_SLOPE = 8.0
"""ECT's k: how much nearer r lies to t where t is small."""


def ect_lower(level: Tensor, stage: int, levels: NoiseLevels) -> Tensor:
    """Return the level r that f at `level` (B,) is compared with.

    r / t = 1 - n(t) / 2^stage with n(t) = 1 + 8 sigmoid(-t): the gap is t at first, and is halved
    from stage to stage; levels count in units of sigma_data / 0.5, as published.
    """
    t = level * (0.5 / levels.sigma_data)
    share = 1.0 - (1.0 + _GAP_SLOPE * torch.sigmoid(-t)) / 2.0**stage
    return (share * level).clamp(min=levels.smallest)


class _Pairs:
    """What the two recipes share: the distance. A `Recipe` of `student`."""

    def __init__(self, student: Consistency, settings: StudentSettings, rate_hz: float):
        self.modules: dict[str, nn.Module] = {}
        self._student, self._settings = student, settings
        self._objective = Objective(student.network, settings.objective, rate_hz)

    def step(
        self, conditions: Conditions, poses: Tensor, random: torch.Generator, done: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted distance between f at two levels of the same trajectories."""
        noise = torch.randn(poses.shape, generator=random).to(poses)
        level, answer, target, gap = self._pair(conditions, poses, noise, random, done)
        seam = conditions.prefix_known[:, -1]
        distance = pseudo_huber(self._objective.differences(answer, target, seam), poses[0].numel())
        data = self._student.levels.sigma_data
        out = level * data * (level.square() + data**2).rsqrt()
        loss = (level / gap * distance / out).mean()
        with torch.no_grad():
            far = level >= 0.5 * self._student.levels.largest
            error = (answer - poses).square().mean(dim=(1, 2))
            one_step = error[far].mean().sqrt() if far.any() else error.mean().sqrt()
        return loss, {"distance": distance.detach().mean(), "one_step_rmse": one_step}

    def moved(self) -> None:
        """Called after the weights moved."""

    def state_dict(self) -> dict:
        """Return what decides the next step, beside weights and generators."""
        return {}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""

    def _far(self, count: int, random: torch.Generator) -> Tensor:
        """Draw which examples begin in pure noise."""
        return torch.rand(count, generator=random) < self._settings.largest_share


class Ect(_Pairs):
    """Pairs that share data and noise."""

    def _pair(self, conditions, poses, noise, random, done):
        levels, settings = self._student.levels, self._settings
        draw = torch.randn(len(poses), generator=random)
        level = (levels.sigma_data * torch.exp(_MEAN + _DEVIATION * draw)).clamp(
            1.01 * levels.smallest, levels.largest
        )
        level = torch.where(self._far(len(poses), random), levels.largest, level).to(poses)
        stage = min(int(done * (settings.stages + 1)), settings.stages)
        lower = ect_lower(level, stage, levels)
        heard = self._student.hear(conditions)
        # Both answers with the same dropout, or the student would learn what dropout differs by.
        state = torch.get_rng_state()
        answer = self._student(poses + level[:, None, None] * noise, level, heard)
        torch.set_rng_state(state)
        with torch.no_grad():
            target = self._student(poses + lower[:, None, None] * noise, lower, heard)
        return level, answer, target, level - lower


class ConsistencyDistillation(_Pairs):
    """Pairs that a step of the teacher joins; labelled LM2D-CD."""

    def __init__(
        self, teacher: Denoiser, student: Consistency, settings: StudentSettings, rate_hz: float
    ):
        super().__init__(student, settings, rate_hz)
        self._teacher = teacher
        self._target = WeightMean(student.network, settings.target_decay)

    def moved(self) -> None:
        """Average the weights of the target."""
        self._target.add(self._student.network)

    def state_dict(self) -> dict:
        """Return the target's weights."""
        return {"target": self._target.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._target.load_state_dict(state["target"])

    def _pair(self, conditions, poses, noise, random, done):
        levels, settings = self._student.levels, self._settings
        schedule = levels.steps(settings.levels).float()
        index = torch.randint(settings.levels, (len(poses),), generator=random)
        index = torch.where(self._far(len(poses), random), 0, index)
        level, lower = schedule[index].to(poses), schedule[index + 1].to(poses)
        noisy = poses + level[:, None, None] * noise
        with torch.no_grad():
            guided = Guided(self._teacher, conditions, settings.guidance)
            reached = heun_step(guided, noisy, level, lower)
            target_student = Consistency(self._target.network, levels)
            target = target_student(reached, lower, target_student.hear(conditions))
        answer = self._student(noisy, level, self._student.hear(conditions))
        return level, answer, target, level - lower
