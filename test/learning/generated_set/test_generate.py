import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ur3_dancer.cli.main import main
from ur3_dancer.dance.lyrics.lrc import read_lrc
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import aist
from ur3_dancer.learning.generated_set import generate, layout
from ur3_dancer.learning.generated_set.generate import SetSettings, generate_set

SAMPLES = Path(__file__).parents[4] / "shared/data/samples"
SETTINGS = SetSettings(seed=4, song_s=8.0, has_lyrics=True)
SONGS = 3


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A set of three songs with verses: one to train, one to validate, one to test."""
    folder = tmp_path_factory.mktemp("sets") / "whole"
    generate_set(folder, SONGS, SETTINGS)
    return folder


def test_when_generated_expect_every_file_of_the_layout_and_nothing_else(whole):
    names = [layout.song_name(index) for index in range(SONGS)]
    assert set(contents(whole)) == {
        "generated.json",
        "songs/settings.json",
        *(f"splits/crossmodal_{part}.txt" for part in layout.PARTS),
        *(f"music/{music}.wav" for _, music in names),
        *(f"motions/{name}.pkl" for name, _ in names),
        *(f"lyrics/{name}.lrc" for name, _ in names),
        *(f"songs/{name}.json" for name, _ in names),
    }
    known = json.loads((whole / "generated.json").read_text())
    assert (known["label"], known["rate_hz"], known["seed"]) == ("generated", 60.0, 4)
    assert [song["name"] for song in known["songs"]] == [name for name, _ in names]


def test_when_a_song_is_described_expect_its_sound_motion_beats_and_words_to_agree(whole):
    for song in json.loads((whole / "generated.json").read_text())["songs"]:
        samples, rate_hz = soundfile.read(whole / "music" / f"{song['music']}.wav")
        assert len(samples) / rate_hz == pytest.approx(song["duration_s"])
        split = (whole / "splits" / f"crossmodal_{song['part']}.txt").read_text().split()
        assert song["name"] in split
        beats_s = np.array(song["beats_s"])
        assert (np.diff(beats_s) > 0.3).all() and beats_s[-1] < song["duration_s"]
        assert set(song["downbeats_s"]) <= set(song["beats_s"])
        assert beats_s[1] - beats_s[0] == pytest.approx(60 / song["tempo_bpm"], rel=0.02)
        assert song["sections"][0]["start_s"] == pytest.approx(beats_s[0])
        lyrics = read_lrc(whole / "lyrics" / f"{song['name']}.lrc")
        assert [line.text for line in lyrics.lines] == [line["text"] for line in song["lyrics"]]
        assert all(line["start_s"] in song["downbeats_s"] for line in song["lyrics"])
        starts_s = [phrase["start_s"] for phrase in song["phrases"]]
        assert starts_s[0] == beats_s[0] and starts_s == sorted(starts_s)


def test_when_read_as_aist_is_expect_every_dance_with_its_beats_and_words(whole):
    found = aist.generated_catalogue(whole)
    assert found.label == "generated" and len(found.entries) == SONGS and not found.skipped
    for entry in found.entries:
        motion = aist.load_motion(entry)
        duration_s = soundfile.info(entry.music_path).duration
        assert motion.rate_hz == 60.0 and duration_s - 1 / 60 < len(motion) / 60 <= duration_s
        assert 0.7 < motion.translation_m[:, 1].mean() < 1.0
        assert entry.known_beats_s and entry.known_lyrics


def test_when_generated_again_expect_the_same_bytes_and_with_another_seed_others(whole, tmp_path):
    generate_set(tmp_path / "again", SONGS, SETTINGS)
    assert contents(tmp_path / "again") == contents(whole)
    other = SetSettings(seed=5, song_s=8.0)
    content = generate_set(tmp_path / "other", 1, other)
    assert (
        content["songs"][0]["beats_s"]
        != json.loads((whole / "generated.json").read_text())["songs"][0]["beats_s"]
    )
    assert not (tmp_path / "other" / "lyrics").exists() and not content["songs"][0]["lyrics"]


def test_when_a_set_grows_expect_the_songs_that_are_there_kept_and_the_same_set(whole, tmp_path):
    folder = tmp_path / "grown"
    generate_set(folder, 1, SETTINGS)
    first = folder / "motions" / f"{layout.song_name(0)[0]}.pkl"
    written = first.stat().st_mtime_ns
    generate_set(folder, SONGS, SETTINGS)
    assert first.stat().st_mtime_ns == written
    assert contents(folder) == contents(whole)


def test_when_the_disk_is_full_expect_an_error_no_list_of_songs_and_going_on_later(
    whole, tmp_path, monkeypatch
):
    folder, write_motion = tmp_path / "full", layout.write_motion
    written = []

    def write_until_full(path, motion):
        if written:
            raise ConfigError(f"{path} cannot be written (No space left on device)")
        written.append(path)
        write_motion(path, motion)

    monkeypatch.setattr(layout, "write_motion", write_until_full)
    with pytest.raises(ConfigError, match="No space left"):
        generate_set(folder, SONGS, SETTINGS)
    assert not (folder / "generated.json").exists()
    monkeypatch.undo()
    generate_set(folder, SONGS, SETTINGS)
    assert contents(folder) == contents(whole)


def test_when_killed_expect_nothing_half_written_and_the_same_set_after_going_on(whole, tmp_path):
    folder = tmp_path / "killed"
    command = [
        *(sys.executable, "-m", "ur3_dancer.cli.main", "generate", "--out", str(folder)),
        *("--songs", str(SONGS), "--seed", "4", "--song-s", "8", "--lyrics", "--workers", "1"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(folder.glob("music/*.wav")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reference = contents(whole)
    for name, content in contents(folder).items():
        assert "/." in f"/{name}" or content == reference[name]
    (folder / "motions").mkdir(exist_ok=True)
    (folder / "motions" / f".{'0' * 32}.pkl").write_bytes(b"what was being written")
    generate_set(folder, SONGS, SETTINGS)
    assert contents(folder) == reference


@pytest.mark.slow
def test_when_several_processes_generate_expect_the_same_bytes(whole, tmp_path):
    generate_set(tmp_path / "two", SONGS, SETTINGS, workers=2)
    assert contents(tmp_path / "two") == contents(whole)


def test_when_the_folder_holds_another_set_or_something_else_expect_it_left_alone(whole, tmp_path):
    before = contents(whole)
    with pytest.raises(ConfigError, match="another seed, song_s"):
        generate_set(whole, SONGS, SetSettings(seed=1, song_s=9.0, has_lyrics=True))
    with pytest.raises(ConfigError, match="already holds 3 songs"):
        generate_set(whole, 2, SETTINGS)
    assert contents(whole) == before
    (tmp_path / "motions").mkdir()
    with pytest.raises(ConfigError, match="something else"):
        generate_set(tmp_path, 1, SETTINGS)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda folder: generate_set(folder, 0, SETTINGS), "0 songs"),
        (lambda folder: generate_set(folder, 1, SETTINGS, workers=0), "0 workers"),
        (lambda folder: SetSettings(song_s=1.0), "songs of 1 s"),
        (lambda folder: SetSettings(song_s=float("nan")), "songs of nan s"),
        (lambda folder: SetSettings(seed=-1), "seed -1"),
        (lambda folder: SetSettings(samples_dir=str(folder / "no")), "no folder of drum"),
    ],
)
def test_when_asked_for_the_impossible_expect_the_value_named(tmp_path, make, text):
    with pytest.raises(ConfigError, match=text):
        make(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_when_the_verb_runs_expect_what_there_is_and_the_next_command(whole, capsys):
    arguments = ["generate", "--out", str(whole), "--songs", "3", "--seed", "4", "--song-s", "8"]
    assert main([*arguments, "--lyrics"]) == 0
    printed = capsys.readouterr().out
    assert "3 generated songs" in printed and "1 train, 1 val, 1 test" in printed
    assert "ur3-dancer prepare generated" in printed
    assert main(arguments) == 2
    assert "another has_lyrics" in capsys.readouterr().err


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"drum recordings are not at {SAMPLES}")
def test_when_recordings_lie_elsewhere_expect_the_same_set_and_with_others_another(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for recording in SAMPLES.glob("bd_*.flac"):
            (tmp_path / name / recording.name).write_bytes(recording.read_bytes())
    made = [
        generate_set(tmp_path / "set", 1, SetSettings(4, 6.0, samples_dir=str(tmp_path / name)))
        for name in ("one", "two")
    ]
    assert made[0] == made[1] and str(tmp_path) not in json.dumps(made[0])
    next((tmp_path / "two").iterdir()).unlink()
    with pytest.raises(ConfigError, match="another drum_recordings"):
        generate_set(tmp_path / "set", 1, SetSettings(4, 6.0, samples_dir=str(tmp_path / "two")))


def test_when_the_code_that_makes_songs_changes_expect_another_set(whole, monkeypatch):
    monkeypatch.setattr(generate, "_made_by", lambda: "other")
    with pytest.raises(ConfigError, match="another made_by"):
        generate_set(whole, SONGS, SETTINGS)
