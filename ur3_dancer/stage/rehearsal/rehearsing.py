"""From a song to a rehearsal, and from a rehearsal to its files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ur3_dancer.clock import SystemClock
from ur3_dancer.dance.policy import Policy
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import FullMotion, rehearse_in_full
from ur3_dancer.stage.rehearsal import page, plot, video
from ur3_dancer.stage.rehearsal.findings import find, shares
from ur3_dancer.stage.rehearsal.folder import Folder
from ur3_dancer.stage.rehearsal.hearing import Hearing
from ur3_dancer.stage.rehearsal.trajectory_file import Trajectory, write_csv, write_npz
from ur3_dancer.stage.rehearsal.words import summary

Progress = Callable[..., Iterable]


@dataclass(frozen=True)
class Rehearsal:
    """A song, what the arm would do to it, and what is worth telling of that.

    Attributes:
        song: as it was heard.
        arm: that would dance.
        motion: what would be sent.
        report: what `report.json` holds.
    """

    song: Hearing
    arm: ArmConfig
    motion: FullMotion
    report: dict

    @property
    def sentences(self) -> list[str]:
        """Return the findings in words."""
        return summary(self.report)

    @property
    def trajectory(self) -> Trajectory:
        """Return when the joints are to be where."""
        return Trajectory(self.motion.times_s, self.motion.q)

    @property
    def title(self) -> str:
        """Return who dances to what."""
        return f"{self.report['song']['name']} danced by {self.report['model']}"


def rehearse_song(
    policy: Policy,
    arm: ArmConfig,
    song: Hearing,
    amplitude: float,
    latency_s: float,
    progress: Progress = lambda windows, **_: windows,
) -> Rehearsal:
    """Let a policy dance to a song and find what is worth telling.

    Args:
        policy: what dances.
        arm: what it dances with.
        song: opened, not yet heard.
        amplitude: size of the motion about home, 0 to 1.
        latency_s: from sound to the first command that it shapes.
        progress: wraps the windows, as `tqdm` does.

    Raises:
        AudioError: the file is damaged.
        ConfigError: the song is shorter than a window.
    """
    policy.warm_up()
    song.warm_up()
    clock = SystemClock()
    began_s = clock.now_s()
    windows = progress(
        song.windows(),
        total=int(song.expected_s * song.frames_per_s),
        desc="rehearsing",
        unit="frame",
    )
    motion = rehearse_in_full(policy, arm, windows, amplitude=amplitude, latency_s=latency_s)
    took_s = clock.now_s() - began_s
    beats_s, beats_from = song.beats
    report = {
        "song": {
            "name": song.name,
            "duration_s": song.duration_s,
            "tempo_bpm": song.tempo_bpm,
        },
        "model": policy.spec.name,
        "arm": arm.model,
        "amplitude": amplitude,
        "rate_hz": motion.rate_hz,
        "latency_ms": {
            "sound_to_command": 1000.0 * latency_s,
            "command_to_joints": 1000.0 * arm.servo.arm_delay_s,
        },
        "pace": {"took_s": took_s, "times_real_time": song.duration_s / took_s},
        **find(motion, arm, beats_s, beats_from, song.duration_s),
    }
    return Rehearsal(song, arm, motion, report)


def write(
    rehearsal: Rehearsal,
    folder: Folder,
    video_wanted: bool = True,
    progress: Progress = lambda frames, **_: frames,
) -> None:
    """Write every file of a rehearsal; what cannot be made is left out and noted in the folder."""
    motion, arm, report = rehearsal.motion, rehearsal.arm, rehearsal.report
    samples, rate_hz = rehearsal.song.samples, rehearsal.song.rate_hz
    beats_s = np.asarray(report["beats"]["times_s"])
    folder.clear()
    folder.put("trajectory.csv", lambda part: write_csv(part, rehearsal.trajectory))
    folder.put("trajectory.npz", lambda part: write_npz(part, rehearsal.trajectory))
    folder.put_json("report.json", report)
    title = f"{rehearsal.title}  ·  {arm.model}, amplitude {report['amplitude']:g}"
    axis: list[plot.Axis] = []

    def draw(part):
        used = shares(motion, arm)
        axis.append(plot.draw(part, title, motion, used, arm, samples, rate_hz, beats_s))

    def film(part):
        spans = report["too_fast"]
        video.film(part, rehearsal.title, motion, arm, samples, rate_hz, beats_s, spans, progress)

    picture = folder.put("rehearsal.png", draw)
    movie = folder.put("rehearsal.mp4", film) if video_wanted else None
    folder.put(
        "index.html",
        lambda part: page.write(
            part, report, rehearsal.sentences, picture, axis[0] if picture else None, movie
        ),
    )
