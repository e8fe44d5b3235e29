"""From a prepared set to songs that LM2D learns from: poses, music, and lyrics as embeddings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ur3_dancer.dance.lm2d.find_encoder import encoder_source
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.prepared import PreparedSet, PreparedSong
from ur3_dancer.learning.lm2d.examples import DancedSong

FEATURES = "lm2d30"


def open_set(folder: Path | str) -> PreparedSet:
    """Open a prepared set that LM2D can learn from.

    Raises:
        ConfigError: it is none, has other features, or no bodies.
    """
    prepared = PreparedSet.open(folder)
    features = prepared.manifest["features"]
    if features != FEATURES:
        raise ConfigError(
            f"set {folder} has the features {features}, LM2D hears {FEATURES}: prepare it again "
            f"with --features {FEATURES}"
        )
    if prepared.body is None:
        raise ConfigError(
            f"set {folder} has joints alone, no bodies: LM2D learns from aist, phantom-dance, "
            "just-lmd or generated sets"
        )
    return prepared


def danced_songs(
    prepared: PreparedSet, songs: Sequence[PreparedSong], encoder: str
) -> list[DancedSong]:
    """Return the songs with their lyrics embedded.

    Args:
        prepared: the set.
        songs: those of one part.
        encoder: of lyrics, see `encoder_source`; empty for none.
    """
    embeddings = _embed([text for song in songs for _, _, text in song.lyrics], encoder)
    return [
        DancedSong(
            name=song.name,
            features=np.asarray(prepared.features[song.rows]),
            body=np.asarray(prepared.body[song.rows]),
            lyrics=_track(song, embeddings) if embeddings else None,
        )
        for song in songs
    ]


def _embed(lines: list[str], encoder: str) -> dict[str, np.ndarray]:
    """Return the embedding of each line that there is."""
    if not lines or not encoder:
        return {}
    from ur3_dancer.dance.lyrics.encoder import LyricsEncoder

    different = sorted(set(lines))
    return dict(
        zip(different, LyricsEncoder(encoder_source(encoder)).encode(different), strict=True)
    )


def _track(song: PreparedSong, embeddings: dict[str, np.ndarray]) -> LyricsTrack:
    width = len(next(iter(embeddings.values())))
    rows = [embeddings[text] for _, _, text in song.lyrics]
    return LyricsTrack(
        np.array([start_s for start_s, _, _ in song.lyrics]),
        np.array([end_s for _, end_s, _ in song.lyrics]),
        np.array(rows, np.float32).reshape(len(rows), width),
    )
