"""The last seconds as the machine hears them, as a picture: spectrum, chroma, onsets and beats.

The spectrum is what twenty MFCC keep of it: their inverse cosine transform, a smooth mel spectrum
in dB below the loudest so far. It is no second extractor: every pixel comes from the very frames
that the model is given.
"""

import numpy as np
from scipy.fft import idct

from ur3_dancer.music.spec import SPECS, FeatureSpec
from ur3_dancer.stage.view.performance import Beat, Frame

SECONDS = 6.0
COLUMNS_PER_S = 30
_ROWS = 48
_FEWER_BANDS = np.sqrt(_ROWS / 128)
"""The features' 128 mel bands are drawn as 48: an orthonormal transform scales with the root."""
_FLOOR_DB = -80.0
_SCALE = 3  # pixels of the picture a band
_GAP = 4
_ONSET_ROWS = 28
_SHORT_GAP = 3  # columns, a tenth of a second
_SURE = 0.2
_CHROMA_SCALE = 4

_STOPS = (
    (0.0, (10, 12, 20)),
    (0.35, (47, 36, 110)),
    (0.65, (190, 58, 115)),
    (0.85, (248, 148, 65)),
    (1.0, (252, 236, 170)),
)
_PAPER, _BEAT, _ONSET = (10, 12, 20), (90, 220, 255), (120, 230, 160)


class Hearing:
    """Frames of the last six seconds, by time: what was lost stays dark."""

    def __init__(self):
        """Begin with silence."""
        self._width = round(SECONDS * COLUMNS_PER_S)
        self._newest = None  # number of the newest column, counted from time 0
        self._mel = np.zeros((_ROWS, self._width))
        self._chroma = np.zeros((12, self._width))
        self._onset = np.zeros(self._width)
        self._beat = np.zeros(self._width, bool)
        self._loudest_onset = 1e-6
        self._phase = 0.0

    def hear(self, frame: Frame) -> None:
        """Add a frame; one of a feature set that is not known is left out."""
        spec = spec_of(len(frame.features))
        if spec is None:
            return
        number = int(frame.time_s * COLUMNS_PER_S)
        before = self._newest
        self._move_to(number)
        # Frames come about as often as there are columns: a short gap is no loss.
        first = number if before is None or number - before > _SHORT_GAP else before + 1
        columns = slice(*(self._column(n) for n in (min(first, number), number + 1)))
        if columns.start < 0 or not frame.features.any():
            return  # older than the picture, or a window that was never filled
        part = {name: frame.features[where] for name, where in spec.columns.items()}
        levels_db = idct(part["mfcc"], n=_ROWS, norm="ortho") * _FEWER_BANDS
        self._mel[:, columns] = np.clip(1.0 - levels_db / _FLOOR_DB, 0.0, 1.0)[:, None]
        self._chroma[:, columns] = np.clip(part["chroma"], 0.0, 1.0)[:, None]
        onset = max(float(part["onset"][0]), 0.0)
        self._loudest_onset = max(self._loudest_onset * 0.999, onset)
        self._onset[columns] = onset / self._loudest_onset

    def hear_beat(self, beat: Beat) -> None:
        """Mark the last beat, once: when its phase has begun anew."""
        is_new = beat.phase < self._phase - 0.5
        self._phase = beat.phase
        if not is_new or self._newest is None or beat.confidence < _SURE:
            return
        column = self._column(
            int((beat.time_s - beat.phase * 60.0 / beat.tempo_bpm) * COLUMNS_PER_S)
        )
        if 0 <= column < self._width:
            self._beat[column] = True

    def _column(self, number: int) -> int:
        return self._width - 1 - (self._newest - number)

    def picture(self) -> np.ndarray:
        """Return (height, width, 3) uint8: spectrum with low sounds below, chroma, onsets."""
        mel = _coloured(np.repeat(self._mel[::-1], _SCALE, axis=0))
        chroma = _coloured(np.repeat(self._chroma[::-1] ** 2, _CHROMA_SCALE, axis=0))
        level = np.arange(_ONSET_ROWS, 0, -1)[:, None] <= self._onset[None, :] * _ONSET_ROWS
        onsets = np.where(level[..., None], _ONSET, _PAPER)
        gap = np.full((_GAP, self._width, 3), _PAPER)
        whole = np.concatenate([mel, gap, chroma, gap, onsets]).astype(np.uint8)
        whole[:, self._beat] = (0.45 * whole[:, self._beat] + 0.55 * np.array(_BEAT)).astype(
            np.uint8
        )
        return np.repeat(whole, 2, axis=1)

    def _move_to(self, number: int) -> None:
        """Make column `number` the newest, unless a later one is; a new time axis begins anew."""
        if self._newest is None or abs(number - self._newest) > 10 * self._width:
            self._newest = number - self._width
        shift = min(number - self._newest, self._width)
        if shift <= 0:
            return
        for rows in (self._mel, self._chroma, self._onset, self._beat):
            rows[..., : self._width - shift] = rows[..., shift:]
            rows[..., self._width - shift :] = 0
        self._newest = number


def spec_of(width: int) -> FeatureSpec | None:
    """Return a feature set of that many numbers a frame: equal widths have equal columns."""
    return next((spec for spec in SPECS.values() if spec.count == width), None)


def _coloured(values: np.ndarray) -> np.ndarray:
    places, colours = zip(*_STOPS, strict=True)
    return np.stack([np.interp(values, places, channel) for channel in np.transpose(colours)], -1)
