"""The feature groups in plain NumPy: what the compiled ones are compared with."""

from ur3_dancer.music.beat_bands import BeatBands
from ur3_dancer.music.beat_network import BeatNetwork
from ur3_dancer.music.beat_states import BeatStates
from ur3_dancer.music.chroma import Chroma
from ur3_dancer.music.filters import BandedFilters
from ur3_dancer.music.percussion import Onset, Separation
from ur3_dancer.music.rhythm import Tempogram
from ur3_dancer.music.sanitise import sanitise
from ur3_dancer.music.spectrum import Spectrum
from ur3_dancer.music.timbre import Timbre

__all__ = [
    "BandedFilters",
    "BeatBands",
    "BeatNetwork",
    "BeatStates",
    "Chroma",
    "Onset",
    "Separation",
    "Spectrum",
    "Tempogram",
    "Timbre",
    "sanitise",
]
