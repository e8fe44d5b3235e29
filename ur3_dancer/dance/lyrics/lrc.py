"""LRC: lines of a song with the times at which they are sung.

    [ti:Title]                      tags; [ar:] the artist, [length:mm:ss] of the song
    [offset:+250]                   milliseconds by which all lines come sooner (below 0: later)
    [00:12.50] words                hundredths or thousandths of a second, or none
    [00:12.50][01:40.00] words      a line that is sung twice
    [00:12.50] <00:12.50> wor<00:12.80>ds <00:13.10> again     word by word
    [00:15.00]                      an empty line ends the one before

A line sounds until the next stamp. What cannot be read is left out and noted with its number.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ur3_dancer.errors import ConfigError

LARGEST_BYTES = 1_000_000
_LONGEST_LINE_S = 10.0
"""No line is held to sound longer, whatever silence follows it."""
_LAST_LINE_S = 4.0
"""How long the last line sounds when nothing says so: about the median of pop songs' lines."""

_STAMP = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_WORD_STAMP = re.compile(r"<(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?>")
_TAG = re.compile(r"\[\s*([A-Za-z#]\w*)\s*:(.*)\]$")
_OFFSET = re.compile(r"[+-]?\d{1,7}$")
_LENGTH = re.compile(r"(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?$")
_SHOWN = 40


@dataclass(frozen=True)
class LyricWord:
    """A word, or a part of one, and when it begins, in seconds from the song's start."""

    start_s: float
    text: str


@dataclass(frozen=True)
class LyricLine:
    """A line of words.

    Attributes:
        start_s, end_s: when it sounds, seconds from the song's start.
        text: the words.
        words: each with its time; empty where the file times whole lines only.
    """

    start_s: float
    end_s: float
    text: str
    words: tuple[LyricWord, ...] = ()


@dataclass(frozen=True)
class Lyrics:
    """The words of a song.

    Attributes:
        lines: in order of time, none empty.
        title, artist: as the file says, or empty.
        notes: for people: what was left out or put right.
    """

    lines: tuple[LyricLine, ...]
    title: str = ""
    artist: str = ""
    notes: tuple[str, ...] = ()

    def within(self, duration_s: float) -> "Lyrics":
        """Return the lines that begin before the end of a song, with a note if any do not."""
        kept = tuple(
            replace(line, end_s=min(line.end_s, duration_s))
            for line in self.lines
            if line.start_s < duration_s
        )
        if len(kept) == len(self.lines):
            return replace(self, lines=kept)
        note = (
            f"{len(self.lines) - len(kept)} of {len(self.lines)} lines begin after the song's end "
            f"at {duration_s:.1f} s and are left out"
        )
        return replace(self, lines=kept, notes=(*self.notes, note))


def read_lrc(path: Path | str) -> Lyrics:
    """Read a file in UTF-8 or UTF-16.

    Raises:
        ConfigError: it is missing, empty, larger than 1 MB, no text, or without a timed line.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"lyrics {path} cannot be read ({error.strerror}): give a file"
        ) from error
    if not content.strip():
        raise ConfigError(f"lyrics {path} are empty: give a file with lines like [00:12.50] words")
    if len(content) > LARGEST_BYTES:
        raise ConfigError(
            f"lyrics {path} have more than {LARGEST_BYTES:,} bytes: that is no song's lyrics"
        )
    return parse_lrc(_decoded(content, path), str(path))


def parse_lrc(text: str, name: str = "lyrics") -> Lyrics:
    """Read lyrics from text.

    Args:
        text: the whole file.
        name: of the file, for messages.

    Raises:
        ConfigError: there is no timed line with words in it.
    """
    tags: dict[str, str] = {}
    timed: list[tuple[float, str, tuple[LyricWord, ...]]] = []
    notes: list[str] = []
    # Lines that are sung again are written where they are sung first, so only first stamps count.
    firsts_s: list[float] = []
    for number, row in enumerate(text.splitlines(), start=1):
        row = row.strip()
        tag = _TAG.match(row)
        if not row:
            continue
        if tag:
            tags[tag[1].lower()] = tag[2].strip()
            continue
        try:
            found = _timed(row)
        except ValueError as error:
            notes.append(f"line {number} left out: {error}")
            continue
        timed += found
        firsts_s.append(found[0][0])
    offset_s = _offset_s(tags, notes)
    if firsts_s != sorted(firsts_s):
        notes.append("time stamps are out of order: lines were sorted by time")
    timed.sort(key=lambda line: line[0])
    lines = _with_ends(timed, offset_s, _length_s(tags))
    if not lines:
        hint = f" ({notes[0]})" if notes else ""
        raise ConfigError(f"{name}: no line like [00:12.50] words was found{hint}: give LRC lyrics")
    return Lyrics(lines, tags.get("ti", ""), tags.get("ar", ""), tuple(notes))


def _decoded(content: bytes, path: Path) -> str:
    """Return the text of a file: by its byte order mark, or UTF-8, or UTF-16 without a mark."""
    encodings = ["utf-8-sig"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in content:
        # ASCII's zero bytes come second in little endian, first in big endian.
        encodings = ["utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f\ufffe\uffff]", text):
            return text
    raise ConfigError(f"lyrics {path} are no text in UTF-8 or UTF-16: save them as UTF-8")


def _timed(row: str) -> list[tuple[float, str, tuple[LyricWord, ...]]]:
    """Return start, text and words for each stamp of a row.

    Raises:
        ValueError: the row has no stamp, or one that is no time.
    """
    starts_s, place = [], 0
    while stamp := _STAMP.match(row, place):
        starts_s.append(_seconds(stamp))
        place = stamp.end()
        while place < len(row) and row[place].isspace():
            place += 1
    if not starts_s:
        raise ValueError(f"no time stamp in {_short(row)}")
    rest = row[place:]
    if rest.startswith("[") and re.match(r"\[[\d:.\s-]*\]", rest):
        raise ValueError(f"time stamp {_short(rest)} is no mm:ss.xx")
    text, words = _words(rest)
    return [
        (
            start_s,
            text,
            tuple(replace(word, start_s=word.start_s + (start_s - starts_s[0])) for word in words),
        )
        for start_s in starts_s
    ]


def _words(rest: str) -> tuple[str, tuple[LyricWord, ...]]:
    """Return the text of a line without its word stamps, and the words with theirs."""
    stamps = list(_WORD_STAMP.finditer(rest))
    text = " ".join(_WORD_STAMP.sub("", rest).split())
    ends = [stamp.start() for stamp in stamps[1:]] + [len(rest)]
    words = []
    for stamp, end in zip(stamps, ends, strict=False):  # without stamps there are no words
        word = rest[stamp.end() : end].strip()
        if word:
            words.append(LyricWord(_seconds(stamp), word))
    return text, tuple(words)


def _seconds(stamp: re.Match) -> float:
    minutes, seconds, fraction = stamp.groups()
    if int(seconds) >= 60:
        raise ValueError(f"time stamp {stamp[0]} has {seconds} seconds")
    return int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")


def _offset_s(tags: dict[str, str], notes: list[str]) -> float:
    value = tags.get("offset", "0").replace(" ", "")
    if not _OFFSET.match(value):
        notes.append(f"offset {_short(value)} is no number of milliseconds: taken as 0")
        return 0.0
    return int(value) / 1000.0


def _length_s(tags: dict[str, str]) -> float | None:
    length = _LENGTH.match(tags.get("length", ""))
    return _seconds(length) if length and int(length[2]) < 60 else None


def _with_ends(timed: list, offset_s: float, length_s: float | None) -> tuple[LyricLine, ...]:
    """Return the lines that have words, each until the next stamp of another time."""
    lines = []
    for index, (start_s, text, words) in enumerate(timed):
        if not text:
            continue
        later_s = (later for later, _, _ in timed[index + 1 :] if later > start_s)
        last_s = start_s + _LAST_LINE_S
        if length_s is not None and length_s > start_s:
            last_s = length_s
        end_s = min(next(later_s, last_s), start_s + _LONGEST_LINE_S)
        end_s, start_s = max(end_s - offset_s, 0.0), max(start_s - offset_s, 0.0)
        if end_s > start_s:
            moved = tuple(
                replace(word, start_s=max(word.start_s - offset_s, 0.0)) for word in words
            )
            lines.append(LyricLine(start_s, end_s, text, moved))
    return tuple(lines)


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
