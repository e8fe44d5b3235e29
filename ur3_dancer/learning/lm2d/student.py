"""The student's task: learn where the teacher's trajectories end, for one step instead of fifty.

Two recipes; both compare f at a noise level t with f at a lower one, r, on the same trajectory, and
let gradients through the first alone.

- `ect` (Geng et al., arXiv 2406.14548): begins as the teacher; (x + t z, x + r z) with one noise z
  stand for the trajectory; r comes nearer to t in stages; no target network. In the first stage r
  is epsilon, where f is the identity, and the student learns as a denoiser does.
- `lm2d-cd` (arXiv 2403.09407, after arXiv 2303.01469): one Heun step of the frozen, guided teacher
  leads from t to the next level of a fixed Karras schedule; the target is a moving average of the
  student.

The distance is pseudo-Huber with iCT's constant, over poses, joints in metres and their speeds. It
is weighted so that all levels count alike, as EDM's loss is: by 1 / c_out(t), and by t / (t - r),
for nearer pairs differ by less. The published 1 / (t - r) makes the largest level, where one-step
dancing begins, count a thousandth of the smallest; that needs far longer training.
"""

import copy
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ur3_dancer.dance.checkpoint import Checkpoint, save
from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser, NoiseLevels
from ur3_dancer.dance.lm2d.samplers import Guidance, Guided, heun_step
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.examples import Examples
from ur3_dancer.learning.lm2d.objective import Objective, ObjectiveSettings, pseudo_huber
from ur3_dancer.learning.lm2d.weight_mean import WeightMean

RECIPES = ("ect", "lm2d-cd")
_MEAN, _DEVIATION = -1.1 - math.log(0.5), 2.0
"""Of ln(t / sigma_data); ECT's -1.1 and 2.0 at sigma_data 0.5."""
_GAP_SLOPE = 8.0
"""ECT's k: how much nearer r lies to t where t is small."""


@dataclass(frozen=True)
class StudentSettings:
    """What the distillation adds to the loop.

    Attributes:
        recipe: one of `RECIPES`.
        batch: examples in a step.
        stages: ECT: how often the gap between t and r is halved.
        levels: LM2D-CD: levels of the schedule.
        guidance: LM2D-CD: weights of the teacher's guidance.
        target_decay: LM2D-CD: of the moving average that is the target.
        mean_decay: of the moving average that is kept.
        largest_share: share of examples in which t is the largest level, where one-step dancing
            begins: drawn from the distribution alone it would hardly be practised.
        objective: weights of positions and velocities.
    """

    recipe: str = "ect"
    batch: int = 64
    stages: int = 6
    levels: int = 18
    guidance: Guidance = field(default_factory=Guidance)
    target_decay: float = 0.95
    mean_decay: float = 0.995
    largest_share: float = 0.25
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)

    def __post_init__(self):
        if self.recipe not in RECIPES:
            raise ConfigError(f"recipe is {self.recipe!r}: choose one of {', '.join(RECIPES)}")
        for name in ("batch", "stages", "levels"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}: must be at least 1")


def ect_lower(level: Tensor, stage: int, levels: NoiseLevels) -> Tensor:
    """Return the level r that f at `level` (B,) is compared with.

    r / t = 1 - n(t) / 2^stage with n(t) = 1 + 8 sigmoid(-t): the gap is t at first, and is halved
    from stage to stage; levels count in units of sigma_data / 0.5, as published.
    """
    t = level * (0.5 / levels.sigma_data)
    share = 1.0 - (1.0 + _GAP_SLOPE * torch.sigmoid(-t)) / 2.0**stage
    return (share * level).clamp(min=levels.smallest)


class StudentTask:
    """Learns f(x, t); a task of `learning.trainer`.

    Args:
        teacher: the frozen denoiser; the student begins with its weights.
        examples: to learn from.
        settings: recipe and weights.
        checkpoint: what the checkpoint will say.
        seed: of the noise.
        device: where the networks are.
    """

    def __init__(
        self,
        teacher: Denoiser,
        examples: Examples,
        settings: StudentSettings,
        checkpoint: Checkpoint,
        seed: int,
        device: torch.device | str = "cpu",
    ):
        self._teacher = teacher.to(device).eval().requires_grad_(False)
        self._examples, self._settings = examples, settings
        self._checkpoint, self._device = checkpoint, torch.device(device)
        self._random = torch.Generator().manual_seed(seed)
        network = copy.deepcopy(teacher.network).requires_grad_(True)
        self._student = Consistency(network, teacher.levels)
        self.modules: dict[str, nn.Module] = {"network": network}
        self._mean = WeightMean(network, settings.mean_decay)
        self._target = WeightMean(network, settings.target_decay)
        self._objective = Objective(network, settings.objective, checkpoint.spec.rate_hz)

    def step(self, done: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted distance between f at two levels of the same trajectories."""
        conditions, poses = self._examples.batch(self._settings.batch)
        noise = torch.randn(poses.shape, generator=self._random)
        conditions = conditions.to(self._device)
        poses, noise = poses.to(self._device), noise.to(self._device)
        pair = self._ect_pair if self._settings.recipe == "ect" else self._cd_pair
        level, answer, target, gap = pair(conditions, poses, noise, done)
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

    def moved(self, done: float) -> None:
        """Average the weights."""
        self._mean.add(self._student.network)
        self._target.add(self._student.network)

    def state_dict(self) -> dict:
        """Return the generators and the averaged weights."""
        return {
            "examples": self._examples.state_dict(),
            "noise": self._random.get_state(),
            "mean": self._mean.state_dict(),
            "target": self._target.state_dict(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._examples.load_state_dict(state["examples"])
        self._random.set_state(state["noise"])
        self._mean.load_state_dict(state["mean"])
        self._target.load_state_dict(state["target"])

    def finish(self, folder: Path, figures: dict[str, float]) -> None:
        """Save the averaged weights as a checkpoint."""
        self._checkpoint.training.update(final={k: round(v, 5) for k, v in figures.items()})
        save(folder, self._checkpoint, self._mean.network.cpu())

    def _ect_pair(self, conditions: Conditions, poses: Tensor, noise: Tensor, done: float):
        levels, settings = self._student.levels, self._settings
        draw = torch.randn(len(poses), generator=self._random)
        level = (levels.sigma_data * torch.exp(_MEAN + _DEVIATION * draw)).clamp(
            1.01 * levels.smallest, levels.largest
        )
        far = torch.rand(len(poses), generator=self._random) < settings.largest_share
        level = torch.where(far, levels.largest, level).to(self._device)
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

    def _cd_pair(self, conditions: Conditions, poses: Tensor, noise: Tensor, done: float):
        levels, settings = self._student.levels, self._settings
        schedule = levels.steps(settings.levels).float()
        index = torch.randint(settings.levels, (len(poses),), generator=self._random)
        far = torch.rand(len(poses), generator=self._random) < settings.largest_share
        index = torch.where(far, torch.zeros_like(index), index)
        level, lower = schedule[index].to(self._device), schedule[index + 1].to(self._device)
        noisy = poses + level[:, None, None] * noise
        with torch.no_grad():
            guided = Guided(self._teacher, conditions, settings.guidance)
            reached = heun_step(guided, noisy, level, lower)
            target_student = Consistency(self._target.network, levels)
            target = target_student(reached, lower, target_student.hear(conditions))
        answer = self._student(noisy, level, self._student.hear(conditions))
        return level, answer, target, level - lower


def student_checkpoint(teacher: Checkpoint, name: str, recipe: str, record: dict) -> Checkpoint:
    """Return the teacher's checkpoint as the student's, with a record of its own."""
    return replace(
        teacher,
        spec=replace(teacher.spec, name=name),
        model={**teacher.model, "part": "student", "recipe": recipe},
        training={**record, "teacher": teacher.training},
    )


def guidance_of(checkpoint: Checkpoint) -> Guidance:
    """Return the guidance that a student was distilled with; without any, all weights are 1."""
    settings = checkpoint.training.get("config", {}).get("student", {})
    guided = settings.get("recipe") == "lm2d-cd"
    return Guidance(**settings["guidance"]) if guided else Guidance()
