"""The teacher's task: denoise chunks of dance at all levels of noise (EDM)."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from ur3_dancer.dance.checkpoint import Checkpoint, save
from ur3_dancer.dance.lm2d.diffusion import Denoiser
from ur3_dancer.learning.lm2d.examples import Examples
from ur3_dancer.learning.lm2d.noise_draw import draw_levels, level_weight
from ur3_dancer.learning.lm2d.objective import Objective, ObjectiveSettings, squared
from ur3_dancer.learning.lm2d.weight_mean import WeightMean


@dataclass(frozen=True)
class TeacherSettings:
    """What the teacher's task adds to the loop.

    Attributes:
        batch: examples in a step.
        mean_decay: of the moving average of the weights, which is what is kept; it begins with the
            plain mean.
        objective: weights of positions and velocities.
    """

    batch: int = 64
    mean_decay: float = 0.998
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)


class TeacherTask:
    """Learns D(x, sigma); a task of `learning.trainer`.

    Args:
        denoiser: with fitted figures of poses and music.
        examples: to learn from.
        settings: batch and weights.
        checkpoint: what the checkpoint will say.
        seed: of the noise.
        device: where the network is.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        examples: Examples,
        settings: TeacherSettings,
        checkpoint: Checkpoint,
        seed: int,
        device: torch.device | str = "cpu",
    ):
        self._denoiser, self._examples, self._settings = denoiser, examples, settings
        self._checkpoint, self._device = checkpoint, torch.device(device)
        self._random = torch.Generator().manual_seed(seed)
        self.modules: dict[str, nn.Module] = {"network": denoiser.network}
        denoiser.network.to(self._device)
        self._mean = WeightMean(denoiser.network, settings.mean_decay)
        self._objective = Objective(denoiser.network, settings.objective, checkpoint.spec.rate_hz)

    def step(self, done: float) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the weighted loss of a batch, and the error of poses at middling noise."""
        conditions, poses = self._examples.batch(self._settings.batch)
        level = draw_levels(len(poses), self._denoiser.levels, self._random)
        noise = torch.randn(poses.shape, generator=self._random)
        conditions, poses = conditions.to(self._device), poses.to(self._device)
        level, noise = level.to(self._device), noise.to(self._device)
        answer = self._denoiser(
            poses + level[:, None, None] * noise, level, self._denoiser.hear(conditions)
        )
        differences = self._objective.differences(answer, poses, conditions.prefix_known[:, -1])
        loss = (level_weight(level, self._denoiser.levels) * squared(differences)).mean()
        error = (answer - poses).detach().square().mean().sqrt()
        return loss, {"rmse": error}

    def moved(self, done: float) -> None:
        """Average the weights."""
        self._mean.add(self._denoiser.network)

    def state_dict(self) -> dict:
        """Return the generators and the averaged weights."""
        return {
            "examples": self._examples.state_dict(),
            "noise": self._random.get_state(),
            "mean": self._mean.state_dict(),
        }

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._examples.load_state_dict(state["examples"])
        self._random.set_state(state["noise"])
        self._mean.load_state_dict(state["mean"])

    def finish(self, folder: Path, figures: dict[str, float]) -> None:
        """Save the averaged weights as a checkpoint."""
        self._checkpoint.training.update(final={k: round(v, 5) for k, v in figures.items()})
        save(folder, self._checkpoint, self._mean.network.cpu())
