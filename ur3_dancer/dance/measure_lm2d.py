"""What a chunk of LM2D costs: the student in one step, the teacher in fifty with guidance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ur3_dancer.clock import Clock, SystemClock
from ur3_dancer.dance.lm2d.conditions import CLOCK_WIDTH, Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH, Lm2dConfig
from ur3_dancer.dance.lm2d.diffusion import Denoiser
from ur3_dancer.dance.lm2d.load import load_student
from ur3_dancer.dance.lm2d.samplers import Guidance, sample_student, sample_teacher
from ur3_dancer.dance.spent_time import percentiles_ms, spent_ms
from ur3_dancer.resources import find

TEACHER_STEPS = 50
_GUIDANCE = Guidance(music=2.0, lyrics=3.0)
_WARM_UP = 3


def measure(
    folder: Path | None = None,
    chunks: int = 200,
    teacher_chunks: int = 8,
    clock: Clock | None = None,
) -> dict:
    """Return `{"lm2d": {"one_step", "teacher", "speed_up"}}`, in ms a chunk on this thread.

    The teacher has the student's sizes, and so the student's weights stand for it: its time does
    not depend on their values. Fifty steps of Heun's method with two guidance weights are 300
    evaluations of the network, the student's one step is one.

    Args:
        folder: of a student; the packaged one by default.
        chunks: of the student that are timed.
        teacher_chunks: of the teacher.
        clock: tells the time.

    Raises:
        CheckpointError: the checkpoint cannot be used.
    """
    torch.set_num_threads(1)
    clock = clock or SystemClock()
    _, student = load_student(folder or find("resource/checkpoints/lm2d"))
    teacher = Denoiser(student.network, student.levels)
    config = student.network.config
    conditions = _conditions(config)
    noise = torch.randn(1, config.chunk_frames, POSE_WIDTH)
    one_step = _times_ms(lambda: sample_student(student, conditions, [noise]), chunks, clock)
    fifty = _times_ms(
        lambda: sample_teacher(teacher, conditions, noise, TEACHER_STEPS, _GUIDANCE),
        teacher_chunks,
        clock,
    )
    return {
        "lm2d": {
            "one_step": percentiles_ms(one_step),
            "teacher": percentiles_ms(fifty),
            "speed_up": round(float(np.median(fifty) / np.median(one_step)), 1),
        }
    }


def _conditions(config: Lm2dConfig) -> Conditions:
    lines = (1, config.lyrics_lines)
    words = {
        "lyrics": torch.randn(*lines, config.lyrics_width),
        "lyrics_times": torch.randn(*lines, 2),
        "lyrics_seen": torch.ones(*lines, dtype=torch.bool),
    }
    return Conditions(
        music=torch.rand(1, config.window_frames, config.feature_count),
        clock=torch.randn(1, config.frames, CLOCK_WIDTH),
        prefix=torch.randn(1, config.prefix_frames, POSE_WIDTH),
        prefix_known=torch.ones(1, config.prefix_frames, dtype=torch.bool),
        hears=torch.ones(1, dtype=torch.bool),
        **(words if config.lyrics_width else {}),
    )


def _times_ms(answer: Callable[[], object], count: int, clock: Clock) -> list[float]:
    for _ in range(min(_WARM_UP, count)):
        answer()
    return spent_ms(lambda _: answer(), range(count), clock)
