"""A song as the policy hears it, as fast as the machine can, and what else is kept of it."""

from collections.abc import Iterator

import numpy as np

from ur3_dancer.clock import SongClock
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.errors import AudioError
from ur3_dancer.music.beat import BeatEstimate
from ur3_dancer.music.listener import Listener
from ur3_dancer.music.source import open_source
from ur3_dancer.music.spec import feature_spec
from ur3_dancer.music.window import Window

_NO_BEAT = 0.3
"""Confidence of the beat tracker below which there is no beat worth following."""


class Hearing:
    """Listens to a song through the source and the listener of a live performance.

    Attributes:
        name: of the song.
        rate_hz: samples a second.
        samples: (n,) float32 mono, what has been heard so far.
        frames_per_s: windows a second.
        tempos_bpm: one a frame, NaN where there was no beat.
    """

    def __init__(self, song: str, spec: PolicySpec):
        """Open a song.

        Args:
            song: a sound file, or `demo` for the built-in track.
            spec: which features, and how many frames are in a window.

        Raises:
            AudioError: there is no such file, or it cannot be read or is empty.
        """
        if song in ("mic", "auto"):
            raise AudioError(
                f"{song} has no end and cannot be rehearsed: give a sound file or demo"
            )
        music = feature_spec(spec.features)
        self._source = open_source(song, clock=SongClock())
        self.name, self.rate_hz = self._source.name, self._source.rate_hz
        self.frames_per_s = music.rate_hz
        self._listener = Listener(music, spec.window_frames, self.rate_hz)
        self._pieces: list[np.ndarray] = []
        self._beats_s: list[float] = []
        self.tempos_bpm: list[float] = []
        self._phase = 0.0

    def warm_up(self) -> None:
        """Pay first-call costs, so that the pace of a rehearsal is not theirs."""
        self._listener.warm_up()

    def windows(self) -> Iterator[Window]:
        """Yield one window a frame, timed in seconds from the song's start.

        Raises:
            AudioError: the file is damaged further on.
        """
        self._source.open()
        try:
            while not self._source.ended:
                block = self._source.read(timeout_s=1.0)
                if block is None:
                    continue
                self._pieces.append(block.samples)
                windows = self._listener.process(block)
                if windows:
                    self._note_beat(self._listener.beat)
                yield from windows
        finally:
            self._source.close()

    @property
    def samples(self) -> np.ndarray:
        """Return all samples heard so far."""
        return np.concatenate(self._pieces) if self._pieces else np.empty(0, np.float32)

    @property
    def duration_s(self) -> float:
        """Return how much has been heard, in seconds."""
        return sum(map(len, self._pieces)) / self.rate_hz

    @property
    def expected_s(self) -> float:
        """Return the length of the song before it is heard, in seconds."""
        return self._source.duration_s

    @property
    def beats(self) -> tuple[np.ndarray, str]:
        """Return beat times in seconds, and `known` or `heard`: exact, or the tracker's."""
        if self._source.beats_s is not None:
            return np.asarray(self._source.beats_s, float), "known"
        return np.array(self._beats_s), "heard"

    @property
    def tempo_bpm(self) -> float | None:
        """Return the median tempo that was heard, None where there was no beat."""
        known = np.array(self.tempos_bpm)
        known = known[np.isfinite(known)]
        return float(np.median(known)) if len(known) else None

    def _note_beat(self, beat: BeatEstimate) -> None:
        """Keep the tempo, and the beat that the phase has just passed, if it has."""
        sure = beat.confidence >= _NO_BEAT
        self.tempos_bpm.append(beat.tempo_bpm if sure else float("nan"))
        passed = beat.phase < self._phase - 0.5
        self._phase = beat.phase
        if passed and sure:
            time_s = beat.time_s - beat.phase * 60.0 / beat.tempo_bpm
            if time_s > 0.0:
                self._beats_s.append(time_s)
