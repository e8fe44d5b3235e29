"""Setting up a show of LM2D: seed, variety, and the lyrics of the song that will be played."""

from ur3_dancer.dance.lm2d.find_encoder import encoder_source
from ur3_dancer.dance.lm2d.lyrics_track import LyricsTrack
from ur3_dancer.dance.lm2d.policy import Lm2dPolicy, ShowSettings
from ur3_dancer.errors import ConfigError


def prepare_show(
    policy: Lm2dPolicy, show: ShowSettings, lyrics_file: str = "", encoder: str = ""
) -> list[str]:
    """Give a policy what differs from show to show; it begins anew.

    Args:
        policy: of a student.
        show: seed, variety, and when the song begins.
        lyrics_file: LRC; empty for none.
        encoder: of lyrics, see `find_encoder`; empty for the one that the model was trained with.

    Returns:
        Lines for people: what was left out of the lyrics, or that the lyrics branch is off.

    Raises:
        ConfigError: lyrics or encoder cannot be used, or do not fit the model.
    """
    said, track = [], None
    if lyrics_file:
        track, said = _read(policy, lyrics_file, encoder or policy.encoder)
    elif policy.lyrics_width:
        said = [f"{policy.spec.name} dances without lyrics: give the song's LRC file with --lyrics"]
    policy.begin_show(show, track)
    return said


def _read(policy: Lm2dPolicy, path: str, encoder: str) -> tuple[LyricsTrack, list[str]]:
    if not policy.lyrics_width or not encoder:
        raise ConfigError(
            f"lyrics {path} are given, but {policy.spec.name} was trained without lyrics: choose "
            "another model, or leave the lyrics away"
        )
    # Imported late: transformers takes seconds, and only shows with lyrics need it.
    from ur3_dancer.dance.lyrics.encoder import LyricsEncoder
    from ur3_dancer.dance.lyrics.lrc import read_lrc

    lyrics = read_lrc(path)
    reader = LyricsEncoder(encoder_source(encoder))
    if reader.width != policy.lyrics_width:
        raise ConfigError(
            f"lyrics encoder {encoder} answers {reader.width} numbers a line, {policy.spec.name} "
            f"reads {policy.lyrics_width}: use the encoder that it was trained with, "
            f"{policy.encoder}"
        )
    embeddings = reader.encode([line.text for line in lyrics.lines])
    track = LyricsTrack(
        [line.start_s for line in lyrics.lines], [line.end_s for line in lyrics.lines], embeddings
    )
    return track, [f"{len(lyrics.lines)} lines of lyrics from {path}", *lyrics.notes]
