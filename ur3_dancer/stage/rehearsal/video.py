"""The rehearsal as a film: the arm, its beat and its music, in an MP4 that browsers play."""

import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import soundfile

from ur3_dancer.errors import ConfigError
from ur3_dancer.motion.arm_config import ArmConfig
from ur3_dancer.motion.rehearsal import FullMotion

FRAMES_PER_S = 20
_TRAIL_S = 1.2
_BEAT_FADE_S = 0.25
_STRIP_BARS = 900
_SAID_LAST = 400


def film(
    path: Path,
    title: str,
    motion: FullMotion,
    arm: ArmConfig,
    samples: np.ndarray,
    sample_rate_hz: int,
    beats_s: np.ndarray,
    too_fast: list[dict],
    progress: Callable[..., Iterable] = lambda frames, **_: frames,
) -> None:
    """Write the film with the song as its sound track.

    Args:
        path: MP4 file to write.
        title: shown in the picture.
        motion: what would be sent.
        arm: its links.
        samples: (n,) float32 mono, the song.
        sample_rate_hz: of the samples.
        beats_s: (B,) beat times.
        too_fast: spans with `start_s` and `end_s`, marked in red.
        progress: wraps the frames, as `tqdm` does.

    Raises:
        ConfigError: there is no ffmpeg, or it fails.
    """
    ffmpeg = _ffmpeg()
    with tempfile.TemporaryDirectory(prefix="ur3_dancer-film-") as folder:
        sound = Path(folder) / "song.wav"
        soundfile.write(sound, samples, sample_rate_hz, "PCM_16")
        frames = _frames(title, motion, arm, samples, sample_rate_hz, beats_s, too_fast)
        count = _frame_count(motion)
        _encode(ffmpeg, sound, path, progress(frames, total=count, desc="video", unit="frame"))


def _ffmpeg() -> str:
    try:
        import imageio_ffmpeg
        import PIL  # noqa: F401 - what the frames are drawn with
    except ImportError as error:
        raise ConfigError(
            f"no video without {error.name}: pip install imageio-ffmpeg pillow, or say --no-video"
        ) from error
    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise ConfigError(
            f"no video without ffmpeg ({error}): install ffmpeg, or say --no-video"
        ) from error


def _frame_count(motion: FullMotion) -> int:
    return int(motion.times_s[-1] * FRAMES_PER_S) + 1


def _frames(title, motion, arm, samples, rate_hz, beats_s, too_fast) -> Iterable[bytes]:
    from ur3_dancer.stage.rehearsal.scene import Scene

    end_s = float(motion.times_s[-1])
    marks = [(span["start_s"] / end_s, span["end_s"] / end_s) for span in too_fast]
    scene = Scene(arm, title, _levels(samples, rate_hz, end_s), marks)
    tools_m = np.array([scene.tool_m(q) for q in motion.q.tolist()])
    trail, step = round(_TRAIL_S * motion.rate_hz), max(1, round(motion.rate_hz / 40))
    for number in range(_frame_count(motion)):
        time_s = number / FRAMES_PER_S
        i = min(round(time_s * motion.rate_hz), len(motion.q) - 1)
        since_s, tempo_bpm = _beat_at(beats_s, time_s)
        text = f"{int(time_s) // 60}:{int(time_s) % 60:02d}"
        if tempo_bpm is not None:
            text += f"  ·  {tempo_bpm:.0f} BPM"
        yield scene.frame(
            motion.q[i].tolist(),
            tools_m[max(0, i - trail) : i + 1 : step],
            float(np.exp(-since_s / _BEAT_FADE_S)),
            time_s / end_s,
            text,
        ).tobytes()


def _levels(samples: np.ndarray, rate_hz: int, end_s: float) -> np.ndarray:
    """Return the song's peaks, 0 to 1, for the bars of the strip; silence after its end."""
    whole = np.zeros(max(int(end_s * rate_hz), _STRIP_BARS), np.float32)
    heard = np.abs(samples[: len(whole)])
    whole[: len(heard)] = heard
    step = len(whole) // _STRIP_BARS
    return whole[: step * _STRIP_BARS].reshape(_STRIP_BARS, step).max(axis=1)


def _beat_at(beats_s: np.ndarray, time_s: float) -> tuple[float, float | None]:
    """Return the time since the last beat, and the tempo there."""
    last = int(np.searchsorted(beats_s, time_s, side="right")) - 1
    if last < 0:
        return np.inf, None
    around = beats_s[max(0, last - 4) : last + 5]
    tempo_bpm = 60.0 / float(np.median(np.diff(around))) if len(around) > 2 else None
    return time_s - float(beats_s[last]), tempo_bpm


def _encode(ffmpeg: str, sound: Path, path: Path, frames: Iterable[bytes]) -> None:
    from ur3_dancer.stage.rehearsal.scene import SIZE

    command = [ffmpeg, "-y", "-loglevel", "error"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}"]
    command += ["-r", str(FRAMES_PER_S), "-i", "-", "-i", str(sound)]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p"]
    command += ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4", str(path)]
    # The errors go to a file: a pipe that nobody reads meanwhile could fill and stop both.
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
            )
        except OSError as error:
            raise ConfigError(
                f"no video: {ffmpeg} cannot be run ({error.strerror}): install ffmpeg, or say "
                "--no-video"
            ) from error
        try:
            for frame in frames:
                process.stdin.write(frame)
            process.stdin.close()
            failed = process.wait() != 0
        except BrokenPipeError:
            failed = True
        finally:
            process.kill()
            process.wait()
        if failed:
            said.seek(0)
            cause = said.read().decode(errors="replace").strip()[-_SAID_LAST:]
            raise ConfigError(
                f"ffmpeg ({ffmpeg}) could not make the video: {cause or 'it said nothing'}: mend "
                "that, or say --no-video"
            )
