"""Preparing by its verb: whole or not at all, whatever ends it."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data.parts import PartSettings
from ur3_dancer.learning.data.prepare import prepare
from ur3_dancer.learning.data.prepared import PreparedSet


def verb(folder, out, *more, **options):
    command = [sys.executable, "-m", "ur3_dancer.cli.main", "prepare", "aist", str(folder)]
    command += ["--out", str(out), "--features", "lm2d30", *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.slow
def test_when_disk_is_full_expect_one_line_nothing_whole_and_a_way_on(aist_folder, tmp_path):
    """Files may not grow beyond 50 kB: writing fails just as on a full disk."""
    folder, out = aist_folder(), tmp_path / "out"

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    process = verb(folder, out, "--workers", "1", preexec_fn=no_room)
    _, complaint = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "the disk is full" in complaint and "Traceback" not in complaint
    assert not (out / "manifest.json").exists()
    assert not list(out.rglob("*.np[yz]")), "nothing half-written is left"
    assert verb(folder, out).wait(timeout=300) == 0
    assert len(PreparedSet.open(out).songs) == 4


@pytest.mark.slow
def test_when_killed_at_any_moment_expect_the_same_set_in_the_end(aist_folder, tmp_path):
    """By two processes, killed with -9 once the first part is there; nobody is left behind."""
    folder, out = aist_folder(), tmp_path / "out"
    process = verb(folder, out, start_new_session=True)
    deadline = time.monotonic() + 300
    while not list(out.glob("parts/[!.]*.npz")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (out / "manifest.json").exists()
    with pytest.raises(ConfigError, match="did not end"):
        PreparedSet.open(out)
    while _alive_in_session(process.pid):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.05)
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("parts/[!.]*.npz")}
    assert kept
    settings = PartSettings("aist", "lm2d30", "right", "signed")
    resumed = prepare(folder, out, settings, workers=1)
    whole = prepare(folder, tmp_path / "whole", settings, workers=1)
    assert resumed.manifest["hash"] == whole.manifest["hash"] == PreparedSet.open(out).digest()
    assert sorted(path.name for path in out.iterdir()) == [
        "arm_angles_rad.npy",
        "body.npy",
        "features.npy",
        "manifest.json",
    ]


def _alive_in_session(session: int) -> list[str]:
    """Processes of a session that are not zombies."""
    alive = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                told = Path(entry.path, "stat").read_text()
                state, _, _, of = told.rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(of) == session and state != "Z":
                alive.append(entry.name)
    return alive


def test_when_a_part_is_damaged_expect_it_made_again(aist_folder, tmp_path, monkeypatch):
    """As after a power cut: a part's name is there, its content is not."""
    folder, out = aist_folder(), tmp_path / "out"
    settings = PartSettings("aist", "lm2d30", "right", "signed")

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ur3_dancer.learning.data.prepare.assemble", cut)
        with pytest.raises(KeyboardInterrupt):
            prepare(folder, out, settings)
    parts = sorted(out.glob("parts/*.npz"))
    assert len(parts) == 4
    parts[0].write_bytes(parts[0].read_bytes()[:3000])
    parts[1].write_bytes(b"")
    kept = parts[2].stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setattr("ur3_dancer.learning.data.prepare.assemble", cut)
        with pytest.raises(KeyboardInterrupt):
            prepare(folder, out, settings)
    assert parts[2].stat().st_mtime_ns == kept
    assert prepare(folder, out, settings).manifest["hash"] == PreparedSet.open(out).digest()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("aist", "nowhere"), "error: nowhere is no folder"),
        (("aist", "."), "error: . is not AIST++: it lacks motions/*.pkl"),
        (("waltz", "."), "error: unknown set 'waltz': choose one of aist"),
        (("aist", ".", "--side", "middle"), "error: side is 'middle'"),
    ],
)
def test_when_verb_is_used_wrongly_expect_one_line(
    tmp_path, monkeypatch, capsys, arguments, complaint
):
    from ur3_dancer.cli.main import main

    monkeypatch.chdir(tmp_path)
    assert main(["prepare", *arguments, "--out", "out"]) == 2
    assert complaint in capsys.readouterr().err


def test_when_verb_is_used_expect_counts_and_reasons(aist_folder, tmp_path, capsys):
    from ur3_dancer.cli.main import main

    out = str(tmp_path / "out")
    arguments = ["prepare", "aist", str(aist_folder()), "--out", out, "--features", "lm2d30"]
    assert main([*arguments, "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "skipped gJS_sBM_cAll_d01_mJS0_ch02: on the set's own ignore list" in said
    assert "4 dances (recorded) to 3 pieces of music, 716 frames" in said
    assert "3 BR, 1 JS; 1 skipped" in said
    assert main([*arguments, "--workers", "1"]) == 0
    assert "already prepared: 4 dances" in capsys.readouterr().out
