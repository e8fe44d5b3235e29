"""Beat: when the next beats will fall, said before they sound."""

from dataclasses import dataclass

import numpy as np

from ur3_dancer.music.tempo import TempoPosterior

_MOMENTUM = 0.9
_TIGHTNESS = 5.0
_LEVEL_MEMORY_S = 3.0
_HEARD_AFTER_FRAMES = 1.6
"""Frames from a stroke to its peak in the flux: it must first reach the middle of the window."""


@dataclass(frozen=True)
class BeatEstimate:
    """The beat as it is known at one moment.

    Attributes:
        time_s: the moment. In a `FeatureStream` seconds of sound since the start of the stream, in
            a `Listener` monotonic capture time.
        tempo_bpm: beats a minute.
        phase: 0..1, how far the moment lies between the beat before it and the one after.
        confidence: 0..1; below about 0.3 there is no beat worth following.
    """

    time_s: float
    tempo_bpm: float
    phase: float
    confidence: float

    def beat_time_s(self, ahead: int = 1) -> float:
        """Return when the `ahead`-th beat from now is expected, on the axis of `time_s`."""
        return self.time_s + (ahead - self.phase) * 60.0 / self.tempo_bpm


class BeatTracker:
    """Follows the beat in an onset strength, frame by frame, and commits to the next one early.

    Each frame has a score: its own onset, plus the best score about one period before (Ellis 2007,
    made causal by Stark, Davies and Plumbley 2009). Half a period before a beat is due, the scores
    are carried on into the future and the best frame becomes the next beat.

    Times inside are in frames of the onset strength, which hears a stroke a little late; what
    leaves is corrected by that delay.

    Attributes:
        is_beat: whether a beat falls in the newest frame.
        beat_frames: the last committed beat and the next, in frames of sound.
    """

    def __init__(self, rate_hz: float):
        self.rate_hz = rate_hz
        self.tempo = TempoPosterior(rate_hz)
        self.kept = max(self.tempo.lags, int(2 * self.tempo.periods[0]) + 2) + 1
        self.level_forget = np.exp(-1.0 / (_LEVEL_MEMORY_S * rate_hz))
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        self.tempo.reset()
        self.onsets = np.zeros(self.kept)
        self.scores = np.zeros(self.kept)
        self.level = 0.0
        self.frame = -1
        self.last_beat = -1.0
        self.next_beat = self.tempo.period
        self.committed = False
        self.is_beat = False
        self.confidence = 0.0

    def step(self, flux: float) -> None:
        """Take the onset strength of one frame in."""
        self.frame += 1
        self.level = max(self.level * self.level_forget, flux)
        onset = flux / self.level if self.level > 1e-6 else 0.0
        self.onsets[:-1] = self.onsets[1:]
        self.onsets[-1] = onset
        self.tempo.step(self.onsets)
        period = self.tempo.period
        reach = np.arange(round(period / 2), round(2 * period) + 1)
        closeness = np.exp(-0.5 * (_TIGHTNESS * np.log(reach / period)) ** 2)
        carried = (closeness * self.scores[-reach]).max()
        self.scores[:-1] = self.scores[1:]
        self.scores[-1] = (1 - _MOMENTUM) * onset + _MOMENTUM * carried
        self._advance(period)
        audible = min(1.0, self.level / 1e-3)
        self.confidence += (self.tempo.clarity * audible - self.confidence) * 0.02

    def _advance(self, period: float) -> None:
        """Fire the beat that falls in this frame, and commit to the next when it is time."""
        self.is_beat = False
        if self.frame + _HEARD_AFTER_FRAMES >= self.next_beat:
            self.is_beat = True
            self.last_beat = self.next_beat
            self.next_beat = self.last_beat + period
            self.committed = False
        elif not self.committed and self.frame >= self.last_beat + period / 2:
            self.next_beat = self._predict(period)
            self.committed = True

    def _predict(self, period: float) -> float:
        """Return the frame of the best score in the coming period."""
        ahead = np.arange(1, round(period) + 1)
        reach = np.arange(round(period / 2), round(2 * period) + 1)
        closeness = np.exp(-0.5 * (_TIGHTNESS * np.log(reach / period)) ** 2)
        age = reach[None, :] - ahead[:, None]
        known = age >= 0
        scores = self.scores[-1 - np.where(known, age, 0)] * known
        future = (closeness * scores).max(axis=1)
        expected = self.last_beat + period - self.frame
        future *= np.exp(-0.5 * ((ahead - expected) / (period / 2)) ** 2)
        return self.frame + float(ahead[int(np.argmax(future))])

    @property
    def estimate(self) -> BeatEstimate:
        """The beat at the end of the newest frame."""
        period = max(self.next_beat - self.last_beat, 1.0)
        now = self.frame + 1 + _HEARD_AFTER_FRAMES
        phase = float(np.clip((now - self.last_beat) / period, 0.0, 1.0)) % 1.0
        return BeatEstimate(
            time_s=(self.frame + 1) / self.rate_hz,
            tempo_bpm=60.0 * self.rate_hz / self.tempo.period,
            phase=phase,
            confidence=float(np.clip(self.confidence, 0.0, 1.0)),
        )
