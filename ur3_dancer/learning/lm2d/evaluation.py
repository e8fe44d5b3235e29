"""How well LM2D dances: steps against quality and time; teacher, student, and music alone.

Foot contact and skating are left out: the arm has no feet, and generated dancers stand on theirs.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from ur3_dancer.dance.lm2d.diffusion import Consistency, Denoiser
from ur3_dancer.dance.lm2d.samplers import Guidance, sample_student, sample_teacher
from ur3_dancer.learning.lm2d.body_positions import BodyPositions
from ur3_dancer.learning.lm2d.examples import DancedSong, Examples
from ur3_dancer.learning.lm2d.full_song import Sampler, dance_songs
from ur3_dancer.learning.lm2d.semantic import DualEncoder, lines_and_moves, match
from ur3_dancer.learning.metrics.beats import (
    BeatAlignment,
    beat_alignment,
    motion_beats_s,
    point_speed,
)
from ur3_dancer.learning.metrics.fairmotion import body_score

STEPS = (1, 2, 4, 8, 16, 50)
_RATE_HZ = 30.0
_STRETCH_FRAMES = 150


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: who dances, and how.
        ms: a chunk of one song, or nothing for truth.
        beats_music, beats_motion: beat alignment over beats of the music and of the motion.
        fid_kinetic, fid_geometric, diversity_kinetic: as of `metrics.fairmotion`, 5 s a dance.
        match, shuffled: cosine of lines and moves, and of lines and other lines' moves.
    """

    name: str
    ms: float | None
    beats_music: float
    beats_motion: float
    fid_kinetic: float
    fid_geometric: float
    diversity_kinetic: float
    match: float
    shuffled: float


@dataclass(frozen=True)
class Stage:
    """What all rows share.

    Attributes:
        songs: to dance to.
        beats_s: of each song.
        examples: of the songs.
        chunks: in a row.
        judge: of words and moves.
    """

    songs: Sequence[DancedSong]
    beats_s: Sequence[np.ndarray]
    examples: Examples
    chunks: int
    judge: DualEncoder


def evaluate(stage: Stage, student: Consistency, teacher: Denoiser, seeds: int = 1) -> list[Row]:
    """Return the table: truth, the student in one and two steps, the teacher in `STEPS`."""
    frames = stage.chunks * student.network.config.chunk_frames
    first = stage.examples.first_frame
    truth = np.stack([song.body[first : first + frames] for song in stage.songs])
    rows = [_row("truth", None, truth, truth, stage)]
    for seed in range(seeds):
        for count in (1, 2):
            for words in (True, False):
                name = f"student {count} step" + ("s" if count > 1 else "")
                name += "" if words else ", no lyrics"
                rows.append(
                    _danced(name, stage, student, _of_student(student, count), truth, words, seed)
                )
    guided = Guidance(music=1.0, lyrics=2.0)
    for count in STEPS:
        sampler = _of_teacher(teacher, count, Guidance())
        rows.append(_danced(f"teacher {count}", stage, teacher, sampler, truth, True, 0))
    sampler = _of_teacher(teacher, 16, guided)
    rows.append(_danced("teacher 16, lyrics x 2", stage, teacher, sampler, truth, True, 0))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    head = ["", "ms a chunk", "BAS music", "BAS motion", "FIDk", "FIDg", "diversity k", "match"]
    lines = [" | ".join([*head, "shuffled"]), " | ".join(["---"] * (len(head) + 1))]
    for row in rows:
        ms, *values = list(asdict(row).values())[1:]
        cells = [row.name, "" if ms is None else f"{ms:.1f}", *(f"{v:.3f}" for v in values)]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def _of_student(student: Consistency, count: int) -> Sampler:
    random = torch.Generator().manual_seed(7)

    def sample(conditions, noise):
        more = [torch.randn(noise.shape, generator=random) for _ in range(count - 1)]
        return sample_student(student, conditions, [noise, *more])

    return sample


def _of_teacher(teacher: Denoiser, count: int, guidance: Guidance) -> Sampler:
    return lambda conditions, noise: sample_teacher(teacher, conditions, noise, count, guidance)


def _danced(name, stage: Stage, model, sampler: Sampler, truth, words: bool, seed: int) -> Row:
    began_s = time.monotonic()
    danced = dance_songs(stage.examples, model.network, sampler, stage.chunks, seed, words)
    ms = 1000.0 * (time.monotonic() - began_s) / stage.chunks / len(stage.songs)
    return _row(name, ms, danced, truth, stage)


def _row(name: str, ms: float | None, danced: np.ndarray, truth: np.ndarray, stage: Stage) -> Row:
    fk, first = BodyPositions(), stage.examples.first_frame
    places, true = (fk(torch.from_numpy(x).float()).numpy() for x in (danced, truth))
    start_s, beats = (first + 1) / _RATE_HZ, BeatAlignment()
    for body, beats_s in zip(places, stage.beats_s, strict=True):
        motion_s = motion_beats_s(point_speed(body, _RATE_HZ), _RATE_HZ, start_s)
        inside = (beats_s >= start_s) & (beats_s <= start_s + len(body) / _RATE_HZ)
        beats += beat_alignment(motion_s, beats_s[inside])
    score = body_score(_stretches(places), _stretches(true), _RATE_HZ)
    lines, moves = lines_and_moves(stage.songs, list(danced), first)
    return Row(
        name,
        ms,
        beats.music,
        beats.motion,
        score.fid_kinetic,
        score.fid_geometric,
        score.diversity_kinetic,
        *match(stage.judge, lines, moves),
    )


def _stretches(places: np.ndarray) -> list[np.ndarray]:
    """Cut (S, T, 24, 3) places into dances of 5 s."""
    count = places.shape[1] // _STRETCH_FRAMES
    cut = places[:, : count * _STRETCH_FRAMES]
    return list(cut.reshape(-1, _STRETCH_FRAMES, *places.shape[2:]))
