import pytest
from support.clock import FakeClock

from ur3_dancer.errors import ConfigError, DancerError, RobotError
from ur3_dancer.stage.calibration import Calibration
from ur3_dancer.stage.show import Place, Show
from ur3_dancer.stage.show_file import ShowFile, ShowSong

SONG_S = 20.0


class Stage:
    """Keeps what was asked for; music lasts 20 s of the fake clock; people type what is listed."""

    def __init__(self, clock, typed=(), breaks_at_s=None, sound_at_s=None):
        self.clock = clock
        self.typed = list(typed)
        self.breaks_at_s, self.sound_at_s = breaks_at_s, sound_at_s
        self.asked, self.said = [], []
        self.begun_s = None

    def set_up(self, song):
        self.asked.append(f"set up {song.title}")
        self.begun_s = None

    def start_arm(self):
        self.asked.append("start")

    def give_cue(self):
        self.asked.append("cue")
        self.begun_s = self.clock.now_s()

    def cued(self):
        if self.sound_at_s is not None and self.clock.now_s() >= self.sound_at_s:
            self.begun_s = self.begun_s or self.clock.now_s()
        return self.begun_s is not None

    def over(self):
        if self.breaks_at_s is not None and self.clock.now_s() >= self.breaks_at_s:
            raise RobotError("inference ended by itself")
        return self.begun_s is not None and self.clock.now_s() - self.begun_s >= SONG_S

    def go_home(self):
        self.asked.append("home")

    def strike(self):
        self.asked.append("strike")

    def word(self):
        if self.typed and self.clock.now_s() >= self.typed[0][0]:
            return self.typed.pop(0)[1]
        return None

    def say(self, line):
        self.said.append(line)


def show_of(*songs, robot_ip="embedded"):
    return ShowFile("Trial", robot_ip, True, "ur3", "breathe", songs, Calibration())


def song(title, **values):
    return ShowSong(title, audio="demo", **values)


def perform(tmp_path, show, first=0, **stage):
    clock = FakeClock(start_s=0.0)
    hand = Stage(clock, **stage)
    place = Place(tmp_path / ".place", show)
    evening = Show(show, hand, place, clock)
    evening.perform(first)
    return evening, hand, place, clock


def test_when_songs_need_no_cue_expect_each_played_to_its_end_with_home_between(tmp_path):
    show = show_of(song("One", cue="none"), song("Two", cue="none", duration_s=5.0))
    evening, hand, place, _ = perform(tmp_path, show)
    for title in ("One", "Two"):
        assert f"set up {title}" in hand.asked
    one_song = ["start", "cue", "home", "strike"]
    assert hand.asked == ["set up One", *one_song, "set up Two", *one_song]
    assert [played["lasted_s"] for played in evening.played] == pytest.approx([20.0, 5.0], abs=0.1)
    assert not list(tmp_path.iterdir()), "a show that is over begins anew"
    assert place.read() == 0


def test_when_a_song_waits_for_a_key_expect_no_music_before_it(tmp_path):
    _, hand, _, clock = perform(tmp_path, show_of(song("One")), typed=[(7.0, "")])
    assert hand.begun_s == pytest.approx(7.0, abs=0.1)
    assert clock.now_s() == pytest.approx(27.0, abs=0.2)


def test_when_the_cue_comes_by_sound_expect_the_song_to_go_on_from_there(tmp_path):
    show = show_of(song("One", cue="level"))
    _, hand, _, _ = perform(tmp_path, show, sound_at_s=3.0)
    assert "cue" not in hand.asked, "the microphone gave it"
    assert hand.asked[-2:] == ["home", "strike"]


def test_when_the_arm_is_physical_expect_it_started_by_the_cue_and_not_before(tmp_path):
    show = show_of(song("One"), robot_ip="192.168.1.20")
    _, hand, _, _ = perform(tmp_path, show, typed=[(4.0, "")])
    assert hand.asked == ["set up One", "start", "cue", "home", "strike"]


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ([(1.0, "s"), (2.0, "")], ["Two"]),
        ([(1.0, ""), (2.0, ""), (3.0, ""), (4.0, "")], ["One", "Two"]),
        ([(1.0, ""), (2.0, "a"), (3.0, ""), (24.0, "")], ["One", "One", "Two"]),
    ],
)
def test_when_people_skip_end_or_repeat_songs_expect_it_done(tmp_path, typed, titles):
    evening, _, _, _ = perform(tmp_path, show_of(song("One"), song("Two")), typed=typed)
    assert [played["title"] for played in evening.played] == titles


@pytest.mark.parametrize("typed", [[(1.0, "q")], [(1.0, ""), (2.0, "q")]])
def test_when_the_show_is_ended_early_expect_its_place_kept(tmp_path, typed):
    show = show_of(song("Zero", cue="none"), song("One"), song("Two"))
    _, hand, place, _ = perform(tmp_path, show, first=1, typed=typed)
    assert hand.asked[-1] == "strike"
    assert place.read() == 1


def test_when_something_breaks_expect_the_stage_struck_and_the_same_song_next_time(tmp_path):
    show = show_of(song("One", cue="none"), song("Two", cue="none"), song("Three", cue="none"))
    clock = FakeClock(start_s=0.0)
    hand = Stage(clock, breaks_at_s=30.0)
    place = Place(tmp_path / ".place", show)
    with pytest.raises(DancerError, match="inference ended by itself"):
        Show(show, hand, place, clock).perform(0)
    assert hand.asked[-1] == "strike"
    assert place.read() == 1, "the second song was on"
    evening, _, _, _ = perform(tmp_path, show, first=place.read())
    assert [played["title"] for played in evening.played] == ["Two", "Three"]


def test_when_the_set_list_has_changed_expect_the_place_forgotten(tmp_path):
    path = tmp_path / ".place"
    Place(path, show_of(song("One"), song("Two"))).write(1)
    assert Place(path, show_of(song("One"), song("Two"))).read() == 1
    assert Place(path, show_of(song("One"), song("Three"))).read() == 0
    path.write_text("{ cut sh")
    assert Place(path, show_of(song("One"), song("Two"))).read() == 0


def test_when_the_place_cannot_be_kept_expect_it_said_before_anything_moves(tmp_path):
    show = show_of(song("One", cue="none"))
    hand = Stage(FakeClock(start_s=0.0))
    with pytest.raises(ConfigError, match="place cannot be kept"):
        Show(show, hand, Place(tmp_path / "none" / ".place", show), hand.clock).perform(0)
    assert hand.asked == []
