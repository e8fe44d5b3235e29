import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ur3_dancer.dance.lyrics.lrc import LyricWord, parse_lrc, read_lrc
from ur3_dancer.errors import ConfigError

SONG = """[ti:Über den Wolken]
[ar:Somebody]
[00:01.50] first line
[00:04.25]second line

[00:06.00]
[01:00.123] third line
"""


def spans(lyrics):
    return [(round(line.start_s, 3), round(line.end_s, 3), line.text) for line in lyrics.lines]


def test_when_a_song_is_read_expect_lines_that_sound_until_the_next_stamp():
    lyrics = parse_lrc(SONG)
    assert spans(lyrics) == [
        (1.5, 4.25, "first line"),
        (4.25, 6.0, "second line"),
        (60.123, 64.123, "third line"),
    ]
    assert (lyrics.title, lyrics.artist, lyrics.notes) == ("Über den Wolken", "Somebody", ())
    assert all(line.words == () for line in lyrics.lines)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
)
def test_when_the_encoding_is_any_unicode_expect_the_same_lyrics(tmp_path, encode):
    path = tmp_path / "song.lrc"
    path.write_bytes(encode(SONG))
    assert read_lrc(path) == parse_lrc(SONG)


def test_when_a_line_has_several_stamps_expect_it_sung_each_time_without_a_note():
    lyrics = parse_lrc("[00:01.00][00:09.00] chorus\n[00:03] verse\n[0:07:50]bridge\n[00:11.00]")
    assert spans(lyrics) == [
        (1.0, 3.0, "chorus"),
        (3.0, 7.5, "verse"),
        (7.5, 9.0, "bridge"),
        (9.0, 11.0, "chorus"),
    ]
    assert lyrics.notes == ()


@pytest.mark.parametrize(("offset", "start_s"), [("+250", 9.75), ("-500", 10.5), ("99999", None)])
def test_when_there_is_an_offset_expect_lines_sooner_by_it(offset, start_s):
    lyrics = f"[00:10.00]<00:10.00>a <00:11.00>b\n[00:12.00]\n[09:00.00]last\n[offset:{offset}]"
    first = parse_lrc(lyrics).lines[0]
    if start_s is None:
        assert first.text == "last", "a line that ends before the song begins is never heard"
    else:
        assert (first.start_s, first.end_s) == (start_s, start_s + 2.0)
        assert first.words[1].start_s == start_s + 1.0


def test_when_words_have_times_expect_them_and_the_plain_text():
    text = "[00:12.50][00:22.50] <00:12.50> wor<00:12.80>ds <00:13.10>  again <00:13.90>"
    first, again = parse_lrc(text).lines
    assert first.text == again.text == "words again"
    assert first.words == (
        LyricWord(12.5, "wor"),
        LyricWord(12.8, "ds"),
        LyricWord(13.1, "again"),
    )
    later_s = [b.start_s - a.start_s for a, b in zip(first.words, again.words, strict=True)]
    assert later_s == pytest.approx([10.0] * 3)


def test_when_lines_are_broken_expect_them_numbered_and_the_others_kept():
    lyrics = parse_lrc(
        "[00:01.00] one\nno stamp here\n[00:99.00] late\n[xx:yy] what\n[00:04.00] four\n"
        "[offset:soon]"
    )
    assert [line.text for line in lyrics.lines] == ["one", "four"]
    assert [note.split(":")[0] for note in lyrics.notes[:2]] == [
        "line 2 left out",
        "line 3 left out",
    ]
    assert "'no stamp here'" in lyrics.notes[0] and "99 seconds" in lyrics.notes[1]
    assert "offset 'soon'" in lyrics.notes[-1]


def test_when_stamps_are_out_of_order_expect_them_sorted_and_a_note():
    lyrics = parse_lrc("[00:05.00] two\n[00:01.00] one")
    assert [line.text for line in lyrics.lines] == ["one", "two"]
    assert any("out of order" in note for note in lyrics.notes)


def test_when_a_long_silence_follows_expect_no_line_to_sound_through_it():
    assert parse_lrc("[00:05.00] one\n[01:05.00] two").lines[0].end_s == 15.0
    assert parse_lrc("[length:00:07]\n[00:05.00] one").lines[0].end_s == 7.0


def test_when_lyrics_are_longer_than_the_song_expect_what_fits_and_a_note():
    lyrics = parse_lrc(SONG).within(5.0)
    assert spans(lyrics)[-1] == (4.25, 5.0, "second line") and len(lyrics.lines) == 2
    assert "1 of 3 lines" in lyrics.notes[-1]
    assert parse_lrc(SONG).within(100.0) == parse_lrc(SONG)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"[00:01.00] la\n" * 80_000, "1,000,000 bytes"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01", "no text"),
        (bytes(range(256)) * 8, "no text"),
        ("[00:01.00] für\n".encode("latin-1"), "save them as UTF-8"),
        (b"some words\nwithout times\n", "no line like .*line 1 left out"),
        (b"[ti:only tags]\n[00:01.00]\n", "no line like"),
    ],
)
def test_when_a_file_holds_no_lyrics_expect_the_reason(tmp_path, content, text):
    path = tmp_path / "song.lrc"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=text) as caught:
        read_lrc(path)
    assert "song.lrc" in str(caught.value)


def test_when_there_is_no_file_expect_it_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.lrc"):
        read_lrc(tmp_path / "nowhere.lrc")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_lrc(tmp_path)


@given(
    st.text(max_size=200) | st.from_regex(r"(\[\d?\d?\d:\d\d(\.\d+)?\]){0,3}.*\n?", fullmatch=True)
)
def test_when_any_text_is_given_expect_ordered_lines_or_a_config_error(text):
    try:
        lyrics = parse_lrc(text)
    except ConfigError:
        return
    starts = [line.start_s for line in lyrics.lines]
    assert starts == sorted(starts) and lyrics.lines
    assert all(0 <= line.start_s < line.end_s and line.text for line in lyrics.lines)
