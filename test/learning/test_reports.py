import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from ur3_dancer.dance.catalog import load_policy
from ur3_dancer.dance.pose_space import MDLT_ARM
from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.dance_score import TrueDance
from ur3_dancer.learning.evaluation_report import GENERATED
from ur3_dancer.learning.recorded import LIBROSA
from ur3_dancer.learning.set_evaluation import FreeRun, evaluate_on_set
from ur3_dancer.learning.set_report import SetRun, report_on_set
from ur3_dancer.learning.set_songs import SetSong
from ur3_dancer.learning.song_report import report_on_songs
from ur3_dancer.learning.tables import Table, show, write_whole

MANIFEST = {
    "source": "aist", "label": "recorded", "features": "mdlt60", "hash": "0123456789abcdef",
    "side": "right", "angles": "signed", "rate_hz": 60.0,
}  # fmt: skip
K = 20


@pytest.fixture(scope="module")
def set_run():
    """Two songs danced exactly and foretold with an error that grows."""
    times_s = np.arange(1, 601) / 60
    songs = []
    for music, genre, period_s in (("a", "break", 0.5), ("b", "lock", 0.6)):
        poses = np.cos(np.pi * times_s / period_s)[:, None] * [0.6, 0.4, 0.3, 0.2]
        beats_s = np.arange(period_s, 10, period_s)
        dance = TrueDance(f"song-{music}", genre, times_s, poses, beats_s, 60.0)
        songs.append(SetSong(music, poses.astype(np.float32), dance))

    def exact(frames):
        poses = next(s for s in songs if s.frames is frames).dance.poses_rad
        return FreeRun(poses[K:], K, {0: poses[K:], 6: poses[K + 6 :] + 0.1})

    rows = evaluate_on_set({"exact": exact}, songs, np.zeros(4), K)
    return SetRun(rows, songs, ["short-1"], MDLT_ARM, K, {"exact": exact(songs[0].frames)})


def test_when_a_set_is_reported_expect_the_papers_table_and_what_it_is_blind_to(set_run):
    report = report_on_set(set_run, MANIFEST, "crossmodal")
    paper, sight, horizon = report.tables
    assert [line[0] for line in paper.lines] == ["break", "lock", "average"]
    assert paper.header[:4] == ("genre", "songs", "truth", "exact")
    assert paper.lines[-1][3] == "0.000 / 0.0000"
    names = [line[0] for line in sight.lines]
    assert names == [
        "truth", "exact", "exact, wrong song", "mean pose", "shuffled", "wrong song",
    ]  # fmt: skip
    assert horizon.lines == (("exact", "0.000", "0.100"),)
    facts = " ".join(report.facts)
    assert "free-running" in facts and "shorter than the window: 1 song: short-1" in facts
    assert GENERATED not in report.facts


def test_when_the_data_is_generated_expect_it_said(set_run):
    report = report_on_set(set_run, {**MANIFEST, "label": "generated"}, "song", ("a note",))
    assert GENERATED in report.facts and "a note" in report.facts


def test_when_written_expect_whole_json_and_markdown_with_pictures_beside(set_run, tmp_path):
    report = report_on_set(set_run, MANIFEST, "crossmodal")
    report.write_json(tmp_path / "deep" / "report.json")
    content = json.loads((tmp_path / "deep" / "report.json").read_text())
    exact = next(row for row in content["rows"] if row["name"] == "exact")
    assert exact["aje_rad_by_horizon_s"]["0.117"] == pytest.approx(0.1)
    assert content["split"] == "crossmodal" and len(exact["songs"]) == 2
    report.write_markdown(tmp_path / "report.md", "ur3-dancer evaluate x y")
    text = (tmp_path / "report.md").read_text()
    for name in ("errors", "beats", "dance"):
        picture = tmp_path / f"report-{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG") and f"]({picture.name})" in text
    assert "`ur3-dancer evaluate x y`" in text and "| average | 2 |" in text
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_when_songs_are_reported_expect_each_feature_set_heard_once(ur3, steady_song):
    asked = []

    def songs_for(features):
        asked.append(features)
        return [steady_song(duration_s=14.0)]

    policies = [load_policy(name, ur3) for name in ("groove", "mean-pose")]
    report = report_on_songs(policies, ur3, songs_for, "one song", 0.06)
    assert asked == ["mdlt60"]
    (table,) = report.tables
    assert [line[0] for line in table.lines] == ["groove", "mean-pose"]
    assert table.lines[1][1] == "0.00 / 0.00"
    assert json.loads(report.json())["scores"][0]["policy"] == "groove"


def test_when_beats_are_not_known_expect_whose_they_are_and_their_tempo(ur3, steady_song):
    song = steady_song(120.0, duration_s=14.0)
    recorded = replace(song, name="song.ogg", source="song.ogg", beats_by=LIBROSA)
    policy = load_policy("mean-pose", ur3)
    report = report_on_songs([policy], ur3, lambda _: [recorded], "song.ogg", 0.06)
    assert "song.ogg at 120 BPM (librosa's estimate)" in report.facts[0]
    assert GENERATED not in report.facts


def test_when_printed_to_a_pipe_expect_nothing_folded(capsys):
    wide = Table("wide", ("name", *("a column" for _ in range(10))), (("x" * 30, *"0123456789"),))
    show([wide])
    out = capsys.readouterr().out
    assert "x" * 30 in out and out.count("a column") == 10


def test_when_the_library_for_tables_is_missing_expect_markdown(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    show([Table("small", ("name", "figure"), (("one", "1"),), "a note")])
    assert "## small" in (out := capsys.readouterr().out) and "| one | 1 |" in out


def test_when_the_library_for_pictures_is_missing_expect_what_to_install(
    set_run, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigError, match="pip install"):
        report_on_set(set_run, MANIFEST, "song").write_markdown(tmp_path / "r.md", "x")
    assert not list(tmp_path.iterdir())


def test_when_the_place_is_taken_by_a_folder_expect_config_error_and_nothing_left(tmp_path):
    (tmp_path / "report.json").mkdir()
    with pytest.raises(ConfigError, match=r"report\.json cannot be written"):
        write_whole(tmp_path / "report.json", lambda beside: beside.write_text("x"))
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_when_writing_fails_halfway_expect_the_old_file_whole(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")

    def fail(beside):
        beside.write_text("ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(ConfigError, match="No space left"):
        write_whole(path, fail)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
