"""The student's task: dance in one step as the teacher does in fifty.

Three recipes: `dmd`, distribution matching, see `distribution_matching`; and, by consistency along
the teacher's trajectories, the published `lm2d-cd` and `ect`, see `trajectory_pairs`. Whatever the
recipe, the student is a consistency function: f(x, epsilon) = x.
"""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from ur3_dancer.dance.checkpoint import Checkpoint, save
from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser
from ur3_dancer.dance.lm2d.network import Lm2dNetwork
from ur3_dancer.dance.lm2d.samplers import Guidance
from ur3_dancer.learning.lm2d.distribution_matching import DistributionMatching
from ur3_dancer.learning.lm2d.examples import Examples
from ur3_dancer.learning.lm2d.student_settings import GUIDED, StudentSettings
from ur3_dancer.learning.lm2d.trajectory_pairs import ConsistencyDistillation, Ect
from ur3_dancer.learning.lm2d.weight_mean import WeightMean


class Recipe(Protocol):
    """How a student learns. Attributes: `modules`, networks that learn beside it."""

    modules: dict[str, nn.Module]

    def step(
        self, conditions: Conditions, poses: Tensor, random: torch.Generator, done: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, and figures to write down."""
        ...

    def moved(self) -> None:
        """Called after the weights moved."""
        ...

    def state_dict(self) -> dict:
        """Return what decides the next step, beside weights and generators."""
        ...

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        ...


class StudentTask:
    """Learns f(x, t); a task of `learning.trainer`.

    Args:
        teacher: the frozen denoiser; the student begins with its weights.
        examples: to learn from.
        settings: recipe and weights.
        checkpoint: what the checkpoint will say.
        seed: of the noise.
        device: where the networks are.
        begin: weights to begin with instead.
    """

    def __init__(
        self,
        teacher: Denoiser,
        examples: Examples,
        settings: StudentSettings,
        checkpoint: Checkpoint,
        seed: int,
        device: torch.device | str = "cpu",
        begin: Lm2dNetwork | None = None,
    ):
        self._examples, self._settings = examples, settings
        self._checkpoint, self._device = checkpoint, torch.device(device)
        self._random = torch.Generator().manual_seed(seed)
        teacher = teacher.to(device).eval().requires_grad_(False)
        network = copy.deepcopy(begin or teacher.network).to(device).requires_grad_(True)
        student = Consistency(network, teacher.levels)
        self._recipe = _recipe(teacher, student, settings, checkpoint.spec.rate_hz)
        self.modules: dict[str, nn.Module] = {"network": network, **self._recipe.modules}
        self._mean = WeightMean(network, settings.mean_decay)

    def step(self, done: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the recipe's loss of the next batch, and its figures."""
        conditions, poses = self._examples.batch(self._settings.batch)
        conditions, poses = conditions.to(self._device), poses.to(self._device)
        return self._recipe.step(conditions, poses, self._random, done)

    def moved(self, done: float) -> None:
        """Average the weights."""
        self._mean.add(self.modules["network"])
        self._recipe.moved()

    def state_dict(self) -> dict:
        """Return the generators and the averaged weights."""
        return {
            "examples": self._examples.state_dict(),
            "noise": self._random.get_state(),
            "mean": self._mean.state_dict(),
            "recipe": self._recipe.state_dict(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._examples.load_state_dict(state["examples"])
        self._random.set_state(state["noise"])
        self._mean.load_state_dict(state["mean"])
        self._recipe.load_state_dict(state["recipe"])

    def finish(self, folder: Path, figures: dict[str, float]) -> None:
        """Save the averaged weights as a checkpoint."""
        self._checkpoint.training.update(final={k: round(v, 5) for k, v in figures.items()})
        save(folder, self._checkpoint, self._mean.network.cpu())


def _recipe(
    teacher: Denoiser, student: Consistency, settings: StudentSettings, rate_hz: float
) -> Recipe:
    if settings.recipe == "dmd":
        return DistributionMatching(teacher, student, settings, rate_hz)
    if settings.recipe == "lm2d-cd":
        return ConsistencyDistillation(teacher, student, settings, rate_hz)
    return Ect(student, settings, rate_hz)


def student_checkpoint(
    teacher: Checkpoint, name: str, settings: StudentSettings, record: dict
) -> Checkpoint:
    """Return the teacher's checkpoint as the student's, with a record of its own."""
    of_student = {
        "part": "student",
        "recipe": settings.recipe,
        "noise_scale": settings.noise_scale,
    }
    return replace(
        teacher,
        spec=replace(teacher.spec, name=name),
        model={**teacher.model, **of_student},
        training={**record, "teacher": teacher.training},
    )


def guidance_of(checkpoint: Checkpoint) -> Guidance:
    """Return the guidance that a student was distilled with; without any, all weights are 1."""
    settings = checkpoint.training.get("config", {}).get("student", {})
    guided = settings.get("recipe") in GUIDED
    return Guidance(**settings["guidance"]) if guided else Guidance()
