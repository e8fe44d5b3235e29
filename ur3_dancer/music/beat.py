"""Beat: when the next beats will fall, said before they sound."""

from dataclasses import dataclass

from ur3_dancer.music.beat_states import BeatStates

_SUPPORT_SHARE = 0.3
_FULL_SUPPORT = 0.5
_HEARD = 0.15
_NEAR = 0.15
_PATIENCE_S, _FADE_S = 1.0, 0.4


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
    """Follows the beat in an activation, frame by frame, and commits to the next one early.

    Half a beat ahead the next beat is fixed, so that whoever moves to it can be there in time.
    A stroke shows in the activation `delay_frames` after it sounded; all that leaves is corrected
    by that, so a beat is said to fall in the frame in which it sounds.

    Attributes:
        is_beat: whether a beat falls in the newest frame.
        next_beat: frame of the next beat once it is fixed, else None.
    """

    def __init__(self, rate_hz: float, delay_frames: float, states: BeatStates | None = None):
        self.rate_hz = rate_hz
        self.delay_frames = delay_frames
        self.states = states or BeatStates(rate_hz)
        self.reset()

    def reset(self) -> None:
        """Forget the music so far."""
        self.states.reset()
        self.frames = 0
        self.is_beat = False
        self.next_beat: float | None = None
        self._last_beat = 0.0
        self._support = 0.0
        self._peak = 0.0
        self._is_counted = True
        self._heard = 0

    def step(self, activation: float) -> None:
        """Take the beat activation of one frame in, 0..1."""
        self.frames += 1
        self.states.step(activation)
        if activation > _HEARD:
            self._heard = self.frames
        self._gather_support(activation)
        self.is_beat = self.next_beat is not None and self.frames >= self.next_beat
        if self.is_beat:
            self._last_beat, self.next_beat = self.next_beat, None
        # Not twice for one beat, though the phase may be corrected backwards.
        since = (self.frames - self._last_beat) / self.states.period
        if self.next_beat is None and self.phase >= 0.5 and since >= 0.4:
            self.next_beat = self.frames + (1.0 - self.phase) * self.states.period

    @property
    def phase(self) -> float:
        """Position within the beat at the end of the newest frame, 0..1."""
        return (self.states.phase + self.delay_frames / self.states.period) % 1.0

    @property
    def estimate(self) -> BeatEstimate:
        """The beat at the end of the newest frame."""
        return BeatEstimate(
            time_s=self.frames / self.rate_hz,
            tempo_bpm=60.0 * self.rate_hz / self.states.period,
            phase=self.phase,
            confidence=self._confidence(),
        )

    def _gather_support(self, activation: float) -> None:
        """Average over the last beats how strongly each was heard where it was expected."""
        phase = self.states.phase
        if phase >= 0.5 and self._is_counted:
            self._peak, self._is_counted = 0.0, False
        if min(phase, 1.0 - phase) < _NEAR:
            self._peak = max(self._peak, activation)
        elif phase < 0.5 and not self._is_counted:
            self._support += _SUPPORT_SHARE * (self._peak - self._support)
            self._is_counted = True

    def _confidence(self) -> float:
        """Agreement on the phase, heard beats, and that there is sound at all."""
        silent_s = (self.frames - self._heard) / self.rate_hz
        fade = min(1.0, 2.0 ** (-(silent_s - _PATIENCE_S) / _FADE_S))
        support = min(1.0, self._support / _FULL_SUPPORT)
        return min(1.0, self.states.sharpness) * support * fade
