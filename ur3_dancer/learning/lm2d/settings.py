"""Settings of LM2D's trainings: small YAML files, each value checked, unknown keys refused."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ur3_dancer.learning.lm2d.examples import ExampleSettings
from ur3_dancer.learning.lm2d.student import StudentSettings
from ur3_dancer.learning.lm2d.teacher import TeacherSettings
from ur3_dancer.learning.settings_file import from_dict, read_settings
from ur3_dancer.learning.trainer import LoopSettings

NETWORK = "lm2d"


@dataclass(frozen=True)
class SetSettings:
    """Which dances are learnt from.

    Attributes:
        prepared: folder of a set made by `ur3-dancer prepare ... --features lm2d30`.
        protocol: which of its songs, see `learning.data.splits`.
        encoder: of lyrics, see `dance.lm2d.find_encoder`; empty for a set without lyrics.
    """

    prepared: str = "out/lm2d/set"
    protocol: str = "crossmodal"
    encoder: str = ""


@dataclass(frozen=True)
class TeacherConfig:
    """The training of a teacher.

    Attributes:
        name: of the checkpoint.
        network: `lm2d`, by which `ur3-dancer train` knows the file.
        seed: of weights, batches and noise.
        window_frames: K.
        answer_every: windows to an answer, live.
        data: what is learnt from.
        model: sizes of the network, see `Lm2dConfig`.
        loop: how the weights are moved.
        examples: how conditions are drawn.
        teacher: what the task adds.
    """

    name: str
    network: str = NETWORK
    seed: int = 1
    window_frames: int = 96
    answer_every: int = 4
    data: SetSettings = field(default_factory=SetSettings)
    model: dict = field(default_factory=dict)
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(1000, 1e-3))
    examples: ExampleSettings = field(default_factory=ExampleSettings)
    teacher: TeacherSettings = field(default_factory=TeacherSettings)


@dataclass(frozen=True)
class StudentConfig:
    """A distillation.

    Attributes:
        name: of the checkpoint.
        teacher: folder of the teacher's checkpoint.
        seed: of batches and noise.
        data: what is learnt from; the teacher's own set.
        loop: how the weights are moved.
        examples: how conditions are drawn.
        student: recipe and what the task adds.
    """

    name: str
    teacher: str
    seed: int = 1
    data: SetSettings = field(default_factory=SetSettings)
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(1000, 3e-4))
    examples: ExampleSettings = field(default_factory=ExampleSettings)
    student: StudentSettings = field(default_factory=StudentSettings)


def load_settings(path: Path, kind: type):
    """Read a YAML file into a `TeacherConfig` or a `StudentConfig`.

    Raises:
        ConfigError: unreadable, not YAML, an unknown or missing key, or a value of another kind.
    """
    return read_settings(
        path,
        "training configuration",
        "a file such as config/train/lm2d-teacher.yaml",
        partial(from_dict, kind),
    )
