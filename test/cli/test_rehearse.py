"""A rehearsal as a person asks for it: every file of it, and what happens without one."""

import builtins
import json
import re
import subprocess

import numpy as np
import pytest
import soundfile
from support.live import free_host

from ur3_dancer.cli.main import main
from ur3_dancer.joints import JOINTS
from ur3_dancer.motion.arm_config import load_arm_config

pytest.importorskip("matplotlib", reason="the extra `stage` is not installed")
imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="the extra `stage` is not installed")

RATE_HZ = 22_050


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Six seconds of clicks at 120 BPM, with a name that must be escaped."""
    since_s = (np.arange(6 * RATE_HZ) / RATE_HZ) % 0.5
    sound = 0.8 * np.exp(-since_s / 0.03) * np.sin(2 * np.pi * 110 * since_s)
    path = tmp_path_factory.mktemp("song") / "a <b> & $c$.wav"
    soundfile.write(path, sound.astype(np.float32), RATE_HZ)
    return path


@pytest.fixture(scope="module")
def folder(song, tmp_path_factory):
    out = tmp_path_factory.mktemp("rehearsal") / "out"
    assert main(["rehearse", str(song), "--model", "groove", "--out", str(out)]) == 0
    return out


def test_when_rehearsed_expect_every_file_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html",
        "rehearsal.mp4",
        "rehearsal.png",
        "report.json",
        "trajectory.csv",
        "trajectory.npz",
    ]


def test_when_read_expect_csv_and_npz_to_agree_and_to_keep_every_limit(folder):
    with np.load(folder / "trajectory.npz") as arrays:
        time_s, q = arrays["time_s"], arrays["sent_rad"]
        np.testing.assert_array_equal(q, arrays["measured_rad"])
    text = (folder / "trajectory.csv").read_text().splitlines()
    assert text[0] == ",".join(["time_s", *(f"{joint}_rad" for joint in JOINTS)])
    rows = np.array([line.split(",") for line in text[1:]], float)
    np.testing.assert_allclose(rows, np.column_stack([time_s, q]), atol=1e-4)
    limits = load_arm_config("ur3").limits
    speed = np.diff(q, axis=0) / np.diff(time_s)[:, None]
    assert (np.abs(speed) <= limits.velocity_rad_s * 1.001).all()
    assert np.ptp(q, axis=0).max() > 0.1


def test_when_read_expect_the_report_to_say_what_was_done(folder, song):
    report = json.loads((folder / "report.json").read_text())
    assert report["song"]["name"] == song.name
    assert report["song"]["duration_s"] == pytest.approx(6.0)
    assert report["model"] == "groove"
    assert report["pace"]["times_real_time"] > 0
    assert report["motion"]["energy_rad_s"] > 0.05
    assert set(report["joints"]) == {joint.removesuffix("_joint") for joint in JOINTS}
    for key in ("limits_bind", "too_fast", "amplitude_reduced", "quiet", "held_by_workspace"):
        assert isinstance(report[key], list)


def test_when_opened_expect_a_film_with_the_song(folder):
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(folder / "rehearsal.mp4")],
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    assert "Video: h264" in said and "Audio: aac" in said
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    assert 60 * int(minutes) + float(seconds) == pytest.approx(6.5, abs=1.0) and hours == "00"


def test_when_opened_expect_a_page_that_needs_nothing_beside_it(folder, song):
    page = (folder / "index.html").read_text()
    assert "a &lt;b&gt; &amp; $c$.wav danced by groove" in page and "<b> &" not in page
    outside = re.findall(r"(?:src|href)=['\"](?!data:)[^'\"]*", page)
    assert outside == []
    assert "data:video/mp4;base64," in page and "data:image/png;base64," in page


def test_when_drawn_by_the_verb_picture_expect_the_same_file_to_do(folder, tmp_path):
    picture = tmp_path / "dance.png"
    assert main(["picture", str(folder / "trajectory.npz"), str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def rehearse_again(song, out, capsys, *more):
    capsys.readouterr()
    status = main(["rehearse", str(song), "--model", "groove", "--out", str(out), *more])
    return status, capsys.readouterr()


def test_when_there_is_no_ffmpeg_expect_the_rest_and_a_word(song, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nothing"))
    (tmp_path / "rehearsal.mp4").write_text("of an earlier song")
    status, said = rehearse_again(song, tmp_path, capsys)
    assert status == 0
    assert "rehearsal.mp4 is left out" in said.err and "--no-video" in said.err
    assert not (tmp_path / "rehearsal.mp4").exists()
    assert "<video" not in (tmp_path / "index.html").read_text()
    assert (tmp_path / "trajectory.npz").exists()


def test_when_there_is_no_matplotlib_expect_the_rest_and_a_word(
    song, tmp_path, capsys, monkeypatch
):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError("No module named 'matplotlib'", name="matplotlib")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    status, said = rehearse_again(song, tmp_path, capsys, "--no-video")
    assert status == 0
    assert "rehearsal.png is left out: no picture without matplotlib" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "index.html",
        "report.json",
        "trajectory.csv",
        "trajectory.npz",
    ]


@pytest.mark.parametrize("content", [b"", b"this is no sound", None])
def test_when_the_song_cannot_be_heard_expect_one_line_and_no_folder(content, tmp_path, capsys):
    path = tmp_path / "song.wav"
    if content is not None:
        path.write_bytes(content)
    status, said = rehearse_again(path, tmp_path / "out", capsys)
    assert status == 2
    assert said.err.startswith("error: ") and "song.wav" in said.err
    assert len(said.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_when_the_song_is_shorter_than_a_frame_expect_one_line(tmp_path, capsys):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.zeros(100, np.float32), RATE_HZ)
    status, said = rehearse_again(path, tmp_path / "out", capsys)
    assert status == 2
    assert "0.02 s" in said.err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--amplitude", "1.5"), ("--latency-ms", "-3"), ("--model", "nobody"), ("--lyrics", "a.lrc")],
)
def test_when_a_setting_is_wrong_expect_it_named(option, value, song, tmp_path, capsys):
    status, said = rehearse_again(song, tmp_path / "out", capsys, option, value)
    assert status == 2
    assert value in said.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--play", "192.0.2.7"], "--allow-motion is not given"),
        (["--yes"], "belong to --play"),
    ],
)
def test_when_play_is_not_allowed_expect_it_said_before_anything_is_done(
    options, words, song, tmp_path, capsys
):
    status, said = rehearse_again(song, tmp_path / "out", capsys, *options)
    assert status == 2
    assert words in said.err
    assert not (tmp_path / "out").exists()


def test_when_a_person_does_not_confirm_expect_no_connection(song, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda _: "no")
    options = ["--no-video", "--play", "192.0.2.7", "--allow-motion"]
    status, said = rehearse_again(song, tmp_path / "out", capsys, *options)
    assert status == 2
    assert "not begun" in said.err and "will go home and then dance" in said.out


@pytest.mark.slow
def test_when_played_on_the_embedded_controller_expect_the_rehearsed_joints(song, tmp_path, capsys):
    options = ["--no-video", "--play", "embedded", "--no-sound", "--controller-host", free_host()]
    status, said = rehearse_again(song, tmp_path / "out", capsys, *options)
    assert status == 0, said.err
    rms_rad = float(re.search(r"the joints were ([\d.]+) rad", said.out)[1])
    assert rms_rad < 0.02
