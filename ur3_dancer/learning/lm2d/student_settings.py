"""Settings of a distillation: which recipe, and what it asks for."""

from dataclasses import dataclass, field

from ur3_dancer.dance.lm2d.diffusion import check_noise_scale
from ur3_dancer.dance.lm2d.samplers import Guidance
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.objective import ObjectiveSettings

RECIPES = ("dmd", "lm2d-cd", "ect")
GUIDED = ("dmd", "lm2d-cd")
"""Recipes that hand the teacher's guidance on."""


@dataclass(frozen=True)
class StudentSettings:
    """What the distillation adds to the loop.

    Attributes:
        recipe: one of `RECIPES`, see `student`.
        begin: folder of a student of the same teacher to begin with; empty for the teacher itself.
        batch: examples in a step.
        stages: ECT: how often the gap between t and r is halved.
        levels: of Karras' schedule: LM2D-CD compares neighbours of it, DMD begins to dance there.
        guidance: of the teacher, unless the recipe is ECT.
        fake_rate: DMD: how many times as fast the fake learns; where it lags behind, the student
            runs to few dances.
        fake_steps: DMD: steps of the fake for each of the student's.
        as_played: DMD: match dances smoothed, as they are played.
        target_decay: LM2D-CD: of the moving average that is the target.
        mean_decay: of the moving average that is kept.
        largest_share: share of examples in which t is the largest level, where one-step dancing
            begins: drawn from the distribution alone it would hardly be practised.
        noise_scale: of the noise that the student dances to words with, see `Consistency`.
        objective: weights of positions and velocities; for DMD, in what the fake learns.
    """

    recipe: str = "dmd"
    begin: str = ""
    batch: int = 64
    stages: int = 6
    levels: int = 18
    guidance: Guidance = field(default_factory=Guidance)
    fake_rate: float = 4.0
    fake_steps: int = 1
    as_played: bool = False
    target_decay: float = 0.95
    mean_decay: float = 0.995
    largest_share: float = 0.25
    noise_scale: float = 1.0
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)

    def __post_init__(self):
        if self.recipe not in RECIPES:
            raise ConfigError(f"recipe is {self.recipe!r}: choose one of {', '.join(RECIPES)}")
        for name in ("batch", "stages", "levels", "fake_steps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}: must be at least 1")
        if not self.fake_rate > 0.0:
            raise ConfigError(f"fake_rate is {self.fake_rate}: must be above 0")
        check_noise_scale(self.noise_scale)
