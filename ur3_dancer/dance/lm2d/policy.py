"""LM2D as a policy: the student answers a chunk in one step, going on from what was promised.

Not every window is answered by the network. A chunk invents a second, so every `answer_every`-th
window gets a new one, and the windows between are answered with what is left of the plan: on a busy
core three quarters of the frames then cost nothing. What will be played before an answer can reach
the arm, `commit_frames` after the newest frame, is never changed again; the network sees it, with
what came before, as its clean prefix, and goes on from it.

Noise belongs to the frame, not to the call: frame i of a show has the noise of (seed, i), however
often it is planned and whatever windows were lost. So the same seed gives the same show, and a new
answer resembles the plan that it replaces.

Shapes: K window, P prefix, C chunk, H horizon.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.checkpoint import Checkpoint
from ur3_dancer.dance.chunk import Chunk
from ur3_dancer.dance.lm2d.arm_of_body import ArmOfBody
from ur3_dancer.dance.lm2d.beat_ahead import clock_ahead, token_offsets
from ur3_dancer.dance.lm2d.body_plan import BodyPlan
from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH
from ur3_dancer.dance.lm2d.diffusion import Consistency
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.dance.lm2d.samplers import sample_student
from ur3_dancer.dance.lm2d.smooth import smoothed
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.window_check import check_window
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

MOST_STEPS = 2


@dataclass(frozen=True)
class ShowSettings:
    """What may differ from show to show.

    Attributes:
        seed: decides every draw; the same seed and music give the same show.
        variety: of the noise, a factor beside the student's `noise_scale`; 0 dances the likeliest
            dance each time, 1 as the student was measured.
        steps: of the student, 1 or 2.
        song_start_s: capture time of the song's first sample, by which lyrics are placed; None for
            the first sample of the first window.
    """

    seed: int = 0
    variety: float = 1.0
    steps: int = 1
    song_start_s: float | None = None

    def __post_init__(self):
        if not 0.0 <= self.variety <= 1.5:
            raise ConfigError(f"variety is {self.variety}: give 0 (none) to 1.5, usually 1")
        if not 1 <= self.steps <= MOST_STEPS:
            raise ConfigError(f"{self.steps} steps of the student: give 1 or {MOST_STEPS}")
        if self.seed < 0:
            raise ConfigError(f"seed is {self.seed}: give 0 or more")


class Lm2dPolicy:
    """Dances with a student.

    Args:
        checkpoint: configuration, with the normaliser.
        spec: what the policy offers; its joints are the arm's.
        student: the consistency function.
        arm: turns bodies into joints.
        show: seed and the like.
        lyrics: of the song, or None.

    Attributes:
        encoder: name of the encoder of lyrics that the model was trained with.
        lyrics_width: numbers in an embedding of a line; 0 for a model without lyrics.
        seam_s: when the newest answer's first pose is due; None before the first answer.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        spec: PolicySpec,
        student: Consistency,
        arm: ArmOfBody,
        show: ShowSettings,
        lyrics: LyricsTrack | None = None,
    ):
        self.spec, self.lyrics = spec, lyrics
        self.encoder: str = checkpoint.model.get("lyrics_encoder") or ""
        self.lyrics_width: int = student.network.config.lyrics_width
        self._arm, self._show = arm, show
        self._normalizer = checkpoint.normalizer
        self._student, self._config = student.eval(), student.network.config
        self._music = feature_spec(spec.features)
        self._offsets = token_offsets(self._config)
        self._every = self._config.chunk_frames + self._config.commit_frames + 1 - spec.horizon
        self.reset()

    def reset(self) -> None:
        """Forget song and promises: the next window begins a new show."""
        self._plan: BodyPlan | None = None
        self.seam_s: float | None = None
        self._began_s: float | None = None
        self._song_start_s = self._show.song_start_s
        self._frame = self._answered = 0

    def begin_show(self, show: ShowSettings, lyrics: LyricsTrack | None) -> None:
        """Take the settings and lyrics of a new show, and forget the last one."""
        self._show, self.lyrics = show, lyrics
        self.reset()

    def start_song(self, time_s: float) -> None:
        """Say when the song's first sample was captured, so that lyrics keep their place."""
        self._song_start_s = time_s

    def warm_up(self) -> None:
        """Answer a few times, so that nothing is allocated or chosen for the first time later.

        Pins torch to one thread in this process, as `MdltPolicy` does.

        Raises:
            CheckpointError: what is answered is not finite.
        """
        torch.set_num_threads(1)
        frames = np.zeros((self.spec.window_frames, self.spec.feature_count), np.float32)
        try:
            for i in range(4):
                time_s = i * self._every / self.spec.rate_hz
                self.predict(Window(frames, time_s, self.spec.rate_hz))
        except ConfigError as error:
            raise CheckpointError(
                f"model {self.spec.name} cannot dance ({error}): distil it again, or choose "
                "another model"
            ) from error
        self.reset()

    def predict(self, window: Window) -> Chunk:
        """Return the next H poses; see `Policy.predict`. Values not finite are heard as 0.

        Raises:
            ConfigError: the window does not fit, or the network's answer is not finite.
        """
        check_window(window, self.spec)
        frames = np.nan_to_num(window.frames, nan=0.0, posinf=0.0, neginf=0.0)
        self._count(window.time_s)
        frame, horizon = self._frame, self.spec.horizon
        is_due = frame - self._answered >= self._every
        if self._plan is None or is_due or self._plan.last < frame + horizon:
            self._plan = self._answer(frames, window.time_s)
            self._answered = frame
        joints = self._plan.joints_from(frame + 1, horizon)
        step_s = 1.0 / self.spec.rate_hz
        return Chunk(joints, window.time_s + step_s, step_s)

    def _count(self, time_s: float) -> None:
        """Move on to the frame at `time_s`."""
        rate_hz = self.spec.rate_hz
        if self._began_s is not None and round((time_s - self._began_s) * rate_hz) < self._frame:
            self.reset()
        if self._began_s is None:
            self._began_s = time_s
            if self._song_start_s is None:
                self._song_start_s = time_s - self.spec.window_frames / rate_hz
        self._frame = round((time_s - self._began_s) * rate_hz)

    def _answer(self, frames: np.ndarray, time_s: float) -> BodyPlan:
        config = self._config
        committed = self._frame + config.commit_frames
        self.seam_s = time_s + (config.commit_frames + 1) / self.spec.rate_hz
        promised = np.zeros((0, POSE_WIDTH))
        if self._plan is not None:
            promised = self._plan.poses_until(committed, config.prefix_frames)
            promised = promised[len(promised) % config.patch_frames :]
        conditions = self._conditions(frames, time_s, promised)
        noises = [self._noise(committed + 1, step) for step in range(self._show.steps)]
        answer = sample_student(self._student, conditions, noises)
        known = conditions.prefix[:, config.prefix_frames - len(promised) :]
        answer = smoothed(known, answer)
        poses = self._student.network.physical(answer)[0].numpy().astype(float)
        if not np.isfinite(poses).all():
            raise ConfigError(f"{self.spec.name} answered poses that are not finite: the arm rests")
        if not len(promised):
            return BodyPlan(committed + 1, poses, self._arm.joints_from_body(poses))
        poses = self._plan.handing_over(committed, poses)
        joints = self._arm.joints_from_body(np.concatenate([promised, poses]))[len(promised) :]
        return self._plan.go_on(committed, poses, joints, config.prefix_frames)

    def _conditions(self, frames: np.ndarray, time_s: float, promised: np.ndarray) -> Conditions:
        config, network = self._config, self._student.network
        prefix = torch.zeros(1, config.prefix_frames, POSE_WIDTH)
        known = torch.zeros(1, config.prefix_frames, dtype=torch.bool)
        if len(promised):
            poses = torch.from_numpy(promised.astype(np.float32))
            prefix[0, -len(promised) :] = network.normalise(poses)
            known[0, -len(promised) :] = True
        beats = frames[:, self._music.columns["beat"]].ravel()
        clock = clock_ahead(beats, self.spec.rate_hz, self._offsets)
        return Conditions(
            music=torch.from_numpy(self._normalizer.apply(frames))[None],
            clock=torch.from_numpy(clock)[None],
            prefix=prefix,
            prefix_known=known,
            hears=torch.ones(1, dtype=torch.bool),
            **self._words(time_s),
        )

    def _words(self, time_s: float) -> dict[str, Tensor]:
        if self.lyrics is None or not self._config.lyrics_width:
            return {}
        near = self.lyrics.around(time_s - self._song_start_s, self._config.lyrics_lines)
        names = ("lyrics", "lyrics_times", "lyrics_seen")
        return {name: torch.from_numpy(part)[None] for name, part in zip(names, near, strict=True)}

    def _noise(self, first: int, step: int) -> Tensor:
        frames = range(first, first + self._config.chunk_frames)
        rows = [
            np.random.default_rng([self._show.seed, step, frame]).standard_normal(POSE_WIDTH)
            for frame in frames
        ]
        noise = self._show.variety * np.stack(rows)
        return torch.from_numpy(noise.astype(np.float32))[None]
