"""A show: song after song, each with its cue, home in between, and where it was when it broke off.

What happens on the stage is a `Stagehand`'s business; this is the order of it. The place in the set
list is on disk before a song begins, so that whoever starts the show again goes on with that song.
"""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from ur3_dancer.clock import Clock
from ur3_dancer.errors import ConfigError, DancerError
from ur3_dancer.stage.show_file import ShowFile, ShowSong

_TICK_S = 0.05
NEXT, AGAIN, END = "next", "again", "end"


class Stagehand(Protocol):
    """Does on the stage what the show asks for."""

    def set_up(self, song: ShowSong) -> None:
        """Bring everything up for a song; the music waits for its cue. Raises `DancerError`."""
        ...

    def start_arm(self) -> None:
        """Let the arm go home and dance; a person has asked for it, or it is simulated."""
        ...

    def give_cue(self) -> None:
        """Let the music begin."""
        ...

    def cued(self) -> bool:
        """Return whether the music has begun."""
        ...

    def over(self) -> bool:
        """Return whether the song is over by itself. Raises `DancerError` when something broke."""
        ...

    def go_home(self) -> None:
        """Send the arm home and wait until it is there."""
        ...

    def strike(self) -> None:
        """Take everything down, the arm at rest; harmless when nothing is up."""
        ...

    def word(self) -> str | None:
        """Return a line that a person has typed ('' is Enter alone), None where there is none."""
        ...

    def say(self, line: str) -> None:
        """Tell the people on stage."""
        ...


class Place:
    """Which song is next, kept beside the show file; a changed set list starts anew."""

    def __init__(self, path: Path, show: ShowFile):
        self._path = path
        songs = json.dumps([asdict(song) for song in show.songs])
        self._digest = hashlib.sha256(songs.encode()).hexdigest()[:16]

    def read(self) -> int:
        """Return the index of the song to go on with; 0 where there is nothing to go on with."""
        try:
            content = json.loads(self._path.read_text())
            same = content["songs"] == self._digest
            return int(content["next"]) if same else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def write(self, index: int) -> None:
        """Keep the place.

        Raises:
            ConfigError: the folder cannot be written.
        """
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            part.write_text(json.dumps({"songs": self._digest, "next": index}))
            part.replace(self._path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ConfigError(
                f"the show's place cannot be kept in {self._path} ({error.strerror}): put the show "
                "file into a folder that can be written"
            ) from error

    def forget(self) -> None:
        """The show is over: the next one starts from its beginning."""
        self._path.unlink(missing_ok=True)


class Show:
    """One evening.

    Args:
        show: the set list.
        stagehand: does it.
        place: where it was.
        clock: for durations.
    """

    def __init__(self, show: ShowFile, stagehand: Stagehand, place: Place, clock: Clock):
        self._show, self._hand, self._place, self._clock = show, stagehand, place, clock
        self.played: list[dict] = []

    def perform(self, first: int) -> None:
        """Play from song `first`, counted from 0, to the end.

        Raises:
            DancerError: something broke; everything is struck, the place is kept.
        """
        songs = self._show.songs
        index = first
        while index < len(songs):
            self._place.write(index)
            try:
                word = self._play(index + 1, songs[index])
            finally:
                self._hand.strike()
            if word == END:
                self._hand.say("ended here; the same command goes on with this song")
                return
            index += word != AGAIN
        self._place.forget()
        self._hand.say("the show is over")

    def _play(self, number: int, song: ShowSong) -> str:
        hand = self._hand
        hand.say(f"song {number} of {len(self._show.songs)}: {song.title} ({song.model})")
        hand.set_up(song)
        if self._show.simulated:
            hand.start_arm()
        word = self._await_cue(song)
        if word:
            return word
        begun_s = self._clock.now_s()
        hand.say(f"{song.title}: music")
        word = self._await_end(song, begun_s)
        lasted_s = self._clock.now_s() - begun_s
        self.played.append({"title": song.title, "model": song.model, "lasted_s": lasted_s})
        hand.say(f"{song.title}: over after {lasted_s:.0f} s; going home")
        hand.go_home()
        return word

    def _await_cue(self, song: ShowSong) -> str:
        """Wait until the music begins; return what a person wants instead, or ''."""
        hand = self._hand
        if song.cue != "none":
            how = {
                "key": "Enter",
                "service": "`ur3-dancer cue` or Enter",
                "level": "sound, or Enter",
            }[song.cue]
            hand.say(f"{song.title}: waiting for {how} (s skips it, q ends the show)")
        given = song.cue == "none"
        while True:
            if hand.over():
                raise DancerError(f"{song.title} was over before it began: see its sound")
            typed = hand.word()
            if typed in ("s", "q"):
                return NEXT if typed == "s" else END
            if typed is not None or given:
                if not self._show.simulated:
                    hand.start_arm()
                hand.give_cue()
                return ""
            if hand.cued():
                if not self._show.simulated:
                    hand.start_arm()
                return ""
            self._clock.sleep_until_s(self._clock.now_s() + _TICK_S)

    def _await_end(self, song: ShowSong, begun_s: float) -> str:
        """Wait until the song is over; return what comes next."""
        if song.audio == "mic" and not song.duration_s:
            self._hand.say(f"{song.title}: Enter ends it (a plays it again, q ends the show)")
        while not self._hand.over():
            if song.duration_s and self._clock.now_s() - begun_s >= song.duration_s:
                return NEXT
            typed = self._hand.word()
            if typed is not None:
                return {"a": AGAIN, "q": END}.get(typed, NEXT)
            self._clock.sleep_until_s(self._clock.now_s() + _TICK_S)
        return NEXT
