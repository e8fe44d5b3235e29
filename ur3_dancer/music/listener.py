"""Listener: blocks of sound in, windows of features out. The one streaming path there is."""

from dataclasses import replace

import numpy as np

from ur3_dancer.errors import ConfigError
from ur3_dancer.music.beat import BeatEstimate
from ur3_dancer.music.block import Block
from ur3_dancer.music.compiled import sanitise
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.meter import LevelMeter
from ur3_dancer.music.recorder import Recorder
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import FeatureSpec
from ur3_dancer.music.window import Window

_TOLERANCE_S = 0.02
_LONGEST_FILL_S = 2.0
_SETTLED_FRAMES = 12  # longer than what a frame looks back at sound


class Listener:
    """Cleans, resamples and analyses blocks, and gives the last K frames with every new frame.

    Lost sound is filled with zeros so that the timeline stays right: a missing hop would otherwise
    move all later music by 16.7 ms. After a gap of more than two seconds, or when time runs
    backwards, the song is forgotten and a new one begins.

    Args:
        spec: which features.
        window_frames: K.
        input_rate_hz: samples a second of the blocks.
        gain_db: how much louder the blocks are made.
        recorder: keeps what was heard, gain and zeros included.

    Attributes:
        gaps: how often a block did not follow the one before.
        missing: samples that never came, by the times of the blocks.
        meter: how loud it is, after the gain.
    """

    def __init__(
        self,
        spec: FeatureSpec,
        window_frames: int,
        input_rate_hz: int,
        *,
        gain_db: float = 0.0,
        recorder: Recorder | None = None,
    ):
        if window_frames < 1:
            raise ConfigError(f"a window of {window_frames} frames is empty: give 1 or more")
        self.spec = spec
        self.window_frames = window_frames
        self.input_rate_hz = input_rate_hz
        self._resampler = Resampler(input_rate_hz, spec.sample_rate_hz)
        self._stream = FeatureStream(spec)
        self._silence = self._silent_frames()
        self._gain = np.float32(10.0 ** (gain_db / 20.0))
        self._recorder = recorder
        self.meter = LevelMeter(input_rate_hz)
        self.gaps = 0
        self.missing = 0
        self.reset()

    def reset(self) -> None:
        """Forget the song; the count of gaps stays."""
        self._resampler.reset()
        self._stream.reset()
        self._recent = self._silence
        self._samples = 0
        self._frames = 0
        self._expected_s: float | None = None
        self._newest_s = float("nan")

    def warm_up(self) -> None:
        """Pay every first-call cost before the music plays, then forget."""
        silence = np.zeros(self.input_rate_hz // 4, np.float32)
        self._stream.warm_up()
        LevelMeter(self.input_rate_hz).take(silence)
        self._stream.process(self._resampler.process(silence))
        self.reset()

    def process(self, block: Block) -> list[Window]:
        """Take a block in; return one window for each frame that it completes.

        Before the first sound there was silence: the first windows hold frames of it, so that the
        dance begins with the music and not K frames later. A window's `time_s` is the capture time
        of the newest sample that shaped it.

        Raises:
            AudioError: the block is not one channel.
        """
        samples, start_s = sanitise(block.samples, self._gain), block.start_s
        self.meter.take(samples)
        missing = self._missing_samples(start_s)
        if missing:
            samples = np.concatenate([np.zeros(missing, np.float32), samples])
            start_s -= missing / self.input_rate_hz
        if self._recorder is not None:
            self._recorder.take(samples)
        first = self._samples
        self._samples += len(samples)
        self._expected_s = start_s + len(samples) / self.input_rate_hz
        frames = self._stream.process(self._resampler.process(samples))
        history = np.concatenate([self._recent, frames])
        windows = []
        for index in range(len(frames)):
            self._frames += 1
            newest = self._resampler.newest_input(self._frames * self.spec.hop_samples - 1)
            self._newest_s = start_s + (newest - first) / self.input_rate_hz
            window = history[index : index + self.window_frames].copy()
            windows.append(Window(window, self._newest_s, self.spec.rate_hz))
        self._recent = history[len(frames) :]
        return windows

    def _silent_frames(self) -> np.ndarray:
        """Return the K - 1 frames (K - 1, F) of a silence that has lasted."""
        silence = np.zeros(self.spec.hop_samples * _SETTLED_FRAMES, np.float32)
        frame = self._stream.process(silence)[-1]
        self._stream.reset()
        return np.tile(frame, (self.window_frames - 1, 1))

    @property
    def beat(self) -> BeatEstimate:
        """The beat at the newest frame, on the clock's axis (NaN before the first frame)."""
        return replace(self._stream.beat, time_s=self._newest_s - self._resampler.delay_s)

    def _missing_samples(self, start_s: float) -> int:
        """Return how many samples were lost before a block; start anew after a jump."""
        if self._expected_s is None:
            return 0
        late_s = start_s - self._expected_s
        if abs(late_s) <= _TOLERANCE_S:
            return 0
        self.gaps += 1
        self.missing += max(round(late_s * self.input_rate_hz), 0)
        if 0.0 < late_s <= _LONGEST_FILL_S:
            return round(late_s * self.input_rate_hz)
        self.reset()
        return 0
