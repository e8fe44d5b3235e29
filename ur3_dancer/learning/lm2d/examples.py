"""Examples for LM2D: songs with dances and lyrics in, batches of conditions and chunks out.

An example is a moment of a song: the window of music up to it, the beats foretold from that window,
some promised poses of random number, lyrics around it, and the true poses that follow. Everything
is drawn the way it will be live.

Shapes: B batch, K window, P prefix, C chunk, L = P + C.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ur3_dancer.dance.lm2d.beat_ahead import clock_ahead, token_offsets
from ur3_dancer.dance.lm2d.conditions import Conditions
from ur3_dancer.dance.lm2d.config import POSE_WIDTH, Lm2dConfig
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.lm2d.figures import Figures
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.spec import FeatureSpec


@dataclass(frozen=True)
class DancedSong:
    """A song as LM2D learns it; frame i ends at (i + 1) / rate_hz seconds.

    Attributes:
        name: of the song.
        features: (T, F) raw frames.
        body: (T, 147) float32 poses at the frames' times.
        lyrics: lines with their embeddings, None without.
    """

    name: str
    features: np.ndarray
    body: np.ndarray
    lyrics: LyricsTrack | None = None


@dataclass(frozen=True)
class ExampleSettings:
    """How conditions are drawn.

    Attributes:
        without_music, without_lyrics: share of examples in which either is dropped, on its own.
        without_prefix: share in which no pose was promised, as when a dance begins.
        prefix_noise: standard deviation of the noise on promised poses, as a share of each
            number's own spread: live, they are the model's own and not quite right.
        lyrics_noise: likewise on embeddings of lyrics, so that their direction is learnt and not
            each phrasing by heart.
    """

    without_music: float = 0.15
    without_lyrics: float = 0.15
    without_prefix: float = 0.1
    prefix_noise: float = 0.02
    lyrics_noise: float = 0.3


class Examples:
    """Draws batches from songs.

    Args:
        songs: what is danced.
        config: sizes of the network.
        music: the feature set.
        normalizer: of the features.
        figures: by which poses are normalised.
        settings: how conditions are drawn.
        seed: of everything drawn.

    Raises:
        ConfigError: no song is long enough, poses are not finite, or shapes do not fit.
    """

    def __init__(
        self,
        songs: Sequence[DancedSong],
        config: Lm2dConfig,
        music: FeatureSpec,
        normalizer: Normalizer,
        figures: Figures,
        settings: ExampleSettings,
        seed: int,
    ):
        self._config, self._music = config, music
        self._figures, self._settings = figures, settings
        self._random = np.random.default_rng(seed)
        self._clocks: dict[tuple[int, int], np.ndarray] = {}
        self._ahead = config.commit_frames + config.chunk_frames
        shortest = config.window_frames + self._ahead
        self._songs = [song for song in songs if len(song.features) >= shortest]
        if not self._songs:
            raise ConfigError(
                f"none of {len(songs)} songs has the {shortest} frames that one example needs: "
                "give longer songs"
            )
        for song in self._songs:
            _check(song, config)
        self._frames = [normalizer.apply(song.features) for song in self._songs]
        counts = np.array([len(song.features) - shortest + 1 for song in self._songs])
        self._ends = np.cumsum(counts)

    @property
    def count(self) -> int:
        """How many different moments there are."""
        return int(self._ends[-1])

    @property
    def song_starts(self) -> np.ndarray:
        """The first moment of each song."""
        return np.concatenate([[0], self._ends[:-1]])

    @property
    def song_count(self) -> int:
        """How many songs are long enough."""
        return len(self._songs)

    @property
    def first_frame(self) -> int:
        """Frame of a song at which the chunk of its first moment begins."""
        return self._config.window_frames + self._config.commit_frames

    def state_dict(self) -> dict:
        """Return the state of the generator."""
        return {"random": self._random.bit_generator.state}

    def load_state_dict(self, state: dict) -> None:
        """Go on where `state_dict` was taken."""
        self._random.bit_generator.state = state["random"]

    def batch(self, size: int) -> tuple[Conditions, Tensor]:
        """Return conditions of `size` moments and their normalised chunks (B, C, 147)."""
        moments = self._random.integers(self.count, size=size)
        return self.at(moments, drawn=True)

    def at(self, moments: np.ndarray, drawn: bool = False) -> tuple[Conditions, Tensor]:
        """Return the examples of given moments, with all conditions known unless `drawn`.

        Args:
            moments: (B,) numbers below `count`.
            drawn: drop conditions and shorten prefixes at random, as in training.
        """
        rows = [self._row(int(moment)) for moment in moments]
        frames, clock, prefix, chunk, lyrics = (list(part) for part in zip(*rows, strict=True))
        batch, config = len(rows), self._config
        normalised = torch.from_numpy(self._figures.normalise(np.stack(prefix)))
        known = torch.ones(batch, config.prefix_frames, dtype=torch.bool)
        hears = torch.ones(batch, dtype=torch.bool)
        words = _stack_lyrics(lyrics, config)
        if drawn:
            known, hears = self._draw(batch)
            noise = self._random.standard_normal(normalised.shape).astype(np.float32)
            normalised = normalised + self._settings.prefix_noise * torch.from_numpy(noise)
            if words:
                reads = self._random.random(batch) >= self._settings.without_lyrics
                words["lyrics_seen"] &= torch.from_numpy(reads)[:, None]
                words["lyrics"] = self._blurred(words["lyrics"])
        conditions = Conditions(
            music=torch.from_numpy(np.stack(frames)),
            clock=torch.from_numpy(np.stack(clock)),
            prefix=normalised * known[..., None],
            prefix_known=known,
            hears=hears,
            **words,
        )
        return conditions, torch.from_numpy(self._figures.normalise(np.stack(chunk)))

    def _blurred(self, embeddings: Tensor) -> Tensor:
        """Return (B, M, E) embeddings with noise as large as a share of each one's own spread."""
        noise = torch.from_numpy(self._random.standard_normal(embeddings.shape).astype(np.float32))
        return embeddings + self._settings.lyrics_noise * embeddings.std(-1, keepdim=True) * noise

    def _draw(self, batch: int) -> tuple[Tensor, Tensor]:
        """Draw which promised poses are known, a run before the chunk, and whose music is."""
        settings, P = self._settings, self._config.prefix_frames
        patch = self._config.patch_frames
        lengths = patch * self._random.integers(1, P // patch + 1, size=batch)
        # Live the whole prefix is known but for the first second: half of the examples are so.
        lengths[self._random.random(batch) < 0.5] = P
        lengths[self._random.random(batch) < settings.without_prefix] = 0
        known = np.arange(P) >= P - lengths[:, None]
        hears = self._random.random(batch) >= settings.without_music
        return torch.from_numpy(known), torch.from_numpy(hears)

    def _row(self, moment: int):
        index = int(np.searchsorted(self._ends, moment, side="right"))
        song = self._songs[index]
        first = moment - (self._ends[index - 1] if index else 0)
        config, rate_hz = self._config, self._music.rate_hz
        end = first + config.window_frames
        window = self._frames[index][first:end]
        offsets = token_offsets(config)
        clock = self._clock(index, end, window, offsets)
        body = np.asarray(song.body[end - 1 + offsets[0] : end + self._ahead])
        lines = song.lyrics.around(end / rate_hz, config.lyrics_lines) if song.lyrics else None
        prefix, chunk = np.split(body, [config.prefix_frames])
        return window, clock, prefix, chunk, lines

    def _clock(self, song: int, end: int, window: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Return `clock_ahead`, remembered: fitting lines through beats takes its time."""
        key = (song, end)
        if key not in self._clocks:
            beats = window[:, self._music.columns["beat"]].ravel()
            self._clocks[key] = clock_ahead(beats, self._music.rate_hz, offsets)
        return self._clocks[key]


def _stack_lyrics(lines: list, config: Lm2dConfig) -> dict[str, Tensor]:
    if not config.lyrics_width:
        return {}
    M, E = config.lyrics_lines, config.lyrics_width
    embeddings = np.zeros((len(lines), M, E), np.float32)
    times = np.zeros((len(lines), M, 2), np.float32)
    seen = np.zeros((len(lines), M), bool)
    for i, each in enumerate(lines):
        if each is not None:
            embeddings[i], times[i], seen[i] = each
    parts = {"lyrics": embeddings, "lyrics_times": times, "lyrics_seen": seen}
    return {name: torch.from_numpy(part) for name, part in parts.items()}


def _check(song: DancedSong, config: Lm2dConfig) -> None:
    frames = len(song.features)
    for what, array, width in (
        ("features", song.features, config.feature_count),
        ("body poses", song.body, POSE_WIDTH),
    ):
        if array.shape != (frames, width):
            raise ConfigError(
                f"song {song.name}: {what} have shape {array.shape}, not ({frames}, {width}): "
                "prepare the set again"
            )
        if not np.isfinite(array).all():
            raise ConfigError(
                f"song {song.name}: {what} hold NaN or infinity: prepare the set again"
            )
    width = song.lyrics.width if song.lyrics else config.lyrics_width
    if config.lyrics_width and width != config.lyrics_width:
        raise ConfigError(
            f"song {song.name}: its lyrics are embedded in {width} numbers a line, the network "
            f"reads {config.lyrics_width}: use the encoder that the network was made for"
        )
