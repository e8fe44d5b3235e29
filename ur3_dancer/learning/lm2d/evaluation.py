"""How well LM2D dances: steps against quality and time; teacher, student, and music alone.

Foot contact and skating are left out: the arm has no feet, and generated dancers stand on theirs.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser
from ur3_dancer.dance.lm2d.samplers import Guidance, sample_student, sample_teacher
from ur3_dancer.learning.lm2d.body_positions import BodyPositions
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples
from ur3_dancer.learning.lm2d.full_song import Sampler, chunk_starts, dance_songs
from ur3_dancer.learning.lm2d.semantic import DualEncoder, lines_and_moves, match
from ur3_dancer.learning.metrics.beats import (
    BeatAlignment,
    beat_alignment,
    motion_beats_s,
    point_speed,
)
from ur3_dancer.learning.metrics.fairmotion import body_score

TEACHER_STEPS, STUDENT_STEPS = (1, 2, 4, 8, 16, 50), (1, 2, 4)
TRUTH, STUDENT, TEACHER = "truth", "student, 1 step", "teacher, 50 steps"
"""Names of the rows that are compared."""
_RATE_HZ = 30.0
_STRETCH_FRAMES = 150


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: who dances, and how.
        steps: of sampling; None for truth, and for what is no point of a curve.
        figures: of each seed: `ms` a chunk of one song; `beats_music` and `beats_motion`, beat
            alignment over beats of either; `fid_kinetic`, `fid_geometric` and `diversity`
            (kinetic), see `metrics.fairmotion`, 5 s a dance; `match` and `shuffled`, cosine of
            lines with their moves and with other lines' moves, and their difference `margin`.
    """

    name: str
    steps: int | None
    figures: tuple[dict[str, float], ...]

    def mean(self, key: str) -> float:
        """Return the mean over seeds."""
        return float(np.mean([each[key] for each in self.figures]))

    def deviation(self, key: str) -> float | None:
        """Return the standard deviation over seeds, None of a single one."""
        values = [each[key] for each in self.figures]
        return float(np.std(values, ddof=1)) if len(values) > 1 else None


@dataclass(frozen=True)
class Stage:
    """What all rows share.

    Attributes:
        songs: to dance to.
        beats_s: of each song.
        examples: of the songs.
        frames: of each dance.
        judge: of words and moves.
        guidance: of the teacher.
        label: says where the songs are from.
    """

    songs: Sequence[DancedSong]
    beats_s: Sequence[np.ndarray]
    examples: Examples
    frames: int
    judge: DualEncoder
    guidance: Guidance
    label: str

    @property
    def dance_count(self) -> int:
        """How many dances of 5 s FIDk, FIDg and diversity are of."""
        return len(self.songs) * (self.frames // _STRETCH_FRAMES)


@dataclass(frozen=True)
class _Dancer:
    name: str
    steps: int | None
    model: Consistency | Denoiser
    sampler: Sampler
    words: bool = True


def evaluate(
    stage: Stage,
    student: Consistency,
    teacher: Denoiser,
    music_only: Denoiser | None = None,
    seeds: int = 1,
    progress: Callable[[Sequence], Iterable] = lambda dancers: dancers,
) -> list[Row]:
    """Return the table: truth, then student and teacher in growing numbers of steps.

    Args:
        stage: songs, beats and judge.
        student: the consistency function.
        teacher: its denoiser.
        music_only: a teacher that was trained without lyrics, EDGE's likeness, to stand beside.
        seeds: of the noise, for each row.
        progress: wraps the dancers, as `tqdm` does.
    """
    first = stage.examples.first_frame
    truth = np.stack([song.body[first : first + stage.frames] for song in stage.songs])
    rows = [Row(TRUTH, None, (_figures(0.0, truth, truth, stage),))]
    dancers = _dancers(student, teacher, stage.guidance)
    if music_only is not None:
        alone = Guidance(stage.guidance.music)
        sampler = _of_teacher(music_only, 50, alone)
        dancers.append(_Dancer("music-only teacher, 50 steps", None, music_only, sampler))
    for dancer in progress(dancers):
        figures = tuple(_danced(dancer, stage, truth, seed) for seed in range(seeds))
        rows.append(Row(dancer.name, dancer.steps, figures))
    return rows


def _dancers(student: Consistency, teacher: Denoiser, guidance: Guidance) -> list[_Dancer]:
    of_student = [
        _Dancer(_name("student", count), count, student, _of_student(student, count))
        for count in STUDENT_STEPS
    ]
    of_teacher = [
        _Dancer(_name("teacher", count), count, teacher, _of_teacher(teacher, count, guidance))
        for count in TEACHER_STEPS
    ]
    plain = _of_teacher(teacher, 16, Guidance())
    music_alone = _of_teacher(teacher, 16, Guidance(guidance.music))
    return [
        *of_student,
        _Dancer("student, 1 step, music alone", None, student, _of_student(student, 1), False),
        *of_teacher,
        _Dancer("teacher, 16 steps, no guidance", None, teacher, plain),
        _Dancer("teacher, 16 steps, music alone", None, teacher, music_alone, False),
    ]


def _name(who: str, count: int) -> str:
    return f"{who}, {count} step" + ("s" if count > 1 else "")


def _of_student(student: Consistency, count: int) -> Sampler:
    random = torch.Generator().manual_seed(7)

    def sample(conditions, noise):
        more = [torch.randn(noise.shape, generator=random) for _ in range(count - 1)]
        return sample_student(student, conditions, [noise, *more])

    return sample


def _of_teacher(teacher: Denoiser, count: int, guidance: Guidance) -> Sampler:
    return lambda conditions, noise: sample_teacher(teacher, conditions, noise, count, guidance)


def _danced(dancer: _Dancer, stage: Stage, truth: np.ndarray, seed: int) -> dict[str, float]:
    began_s = time.monotonic()
    network = dancer.model.network
    danced = dance_songs(stage.examples, network, dancer.sampler, stage.frames, seed, dancer.words)
    chunks = len(stage.songs) * len(chunk_starts(network.config, stage.frames))
    ms = 1000.0 * (time.monotonic() - began_s) / chunks
    return _figures(ms, danced, truth, stage)


def _figures(ms: float, danced: np.ndarray, truth: np.ndarray, stage: Stage) -> dict[str, float]:
    fk, first = BodyPositions(), stage.examples.first_frame
    places, true = (fk(torch.from_numpy(x).float()).numpy() for x in (danced, truth))
    start_s, beats = (first + 1) / _RATE_HZ, BeatAlignment()
    for body, beats_s in zip(places, stage.beats_s, strict=True):
        motion_s = motion_beats_s(point_speed(body, _RATE_HZ), _RATE_HZ, start_s)
        inside = (beats_s >= start_s) & (beats_s <= start_s + len(body) / _RATE_HZ)
        beats += beat_alignment(motion_s, beats_s[inside])
    score = body_score(_stretches(places), _stretches(true), _RATE_HZ)
    lines, moves = lines_and_moves(stage.songs, list(danced), first)
    paired, shuffled = match(stage.judge, lines, moves)
    return {
        "ms": ms,
        "beats_music": beats.music,
        "beats_motion": beats.motion,
        "fid_kinetic": score.fid_kinetic,
        "fid_geometric": score.fid_geometric,
        "diversity": score.diversity_kinetic,
        "match": paired,
        "shuffled": shuffled,
        "margin": paired - shuffled,
    }


def _stretches(places: np.ndarray) -> list[np.ndarray]:
    """Cut (S, T, 24, 3) places into dances of 5 s."""
    count = places.shape[1] // _STRETCH_FRAMES
    cut = places[:, : count * _STRETCH_FRAMES]
    return list(cut.reshape(-1, _STRETCH_FRAMES, *places.shape[2:]))
