"""Preparing: what is heard and danced at the same times."""

import json

import numpy as np
import pytest
import soundfile

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.data import hearing, sources
from ur3_dancer.learning.data.parts import SHORTEST_FRAMES, PartSettings
from ur3_dancer.learning.data.prepare import prepare
from ur3_dancer.learning.data.prepared import PreparedSet
from ur3_dancer.motion.arm_angles import arm_angles_rad, arm_points
from ur3_dancer.motion.body import body_fk
from ur3_dancer.motion.body_pose import to_vector
from ur3_dancer.music.features import FeatureStream
from ur3_dancer.music.resample import Resampler
from ur3_dancer.music.spec import feature_spec

AIST = PartSettings("aist", "mdlt30", "right", "signed")
"""At 30 Hz, so that the tests are quick."""


def heard_live(path, features, block):
    """The frames that a listener hears of a whole file, in blocks of one size."""
    samples, rate_hz = soundfile.read(path, dtype="float32")
    spec = feature_spec(features)
    resampler, stream = Resampler(rate_hz, spec.sample_rate_hz), FeatureStream(spec)
    pieces = [samples[i : i + block] for i in range(0, len(samples), block)]
    return np.concatenate([stream.process(resampler.process(piece)) for piece in pieces])


def test_when_set_is_prepared_expect_what_the_live_extractor_hears(aist_folder, tmp_path):
    folder = aist_folder()
    made = prepare(folder, tmp_path / "out", AIST)
    found = PreparedSet.open(tmp_path / "out")
    assert [song.name for song in found.songs] == [s["name"] for s in made.manifest["songs"]]
    assert len(found.songs) == 4 and len(made.skipped) == 1
    assert found.features.dtype == np.float32 and found.features.shape[1] == 438
    live = heard_live(folder / "music/mBR0.wav", "mdlt30", block=177)
    for song in found.songs[:2]:
        assert song.song == "mBR0"
        np.testing.assert_array_equal(found.features[song.rows], live[: song.frames])


def test_when_set_is_prepared_expect_the_pose_at_the_end_of_each_frame(aist_folder, tmp_path):
    """Frame i ends at (i + 1) / 30 s, where 60 Hz motion has its frame 2 (i + 1)."""
    folder = aist_folder()
    prepare(folder, tmp_path / "out", AIST)
    found = PreparedSet.open(tmp_path / "out")
    entries = sources.catalogue("aist", folder).entries
    for song, entry in zip(found.songs, entries, strict=True):
        motion = sources.load("aist", entry).motion
        later = 2 * (np.arange(song.frames) + 1)
        assert song.frames == (len(motion) - 1) // 2
        angles = arm_angles_rad(arm_points(body_fk(motion), "right"), "right")
        np.testing.assert_allclose(found.arm_angles_rad[song.rows], angles[later], atol=1e-5)
        np.testing.assert_allclose(found.body[song.rows], to_vector(motion)[later], atol=1e-5)


def test_when_set_is_prepared_expect_manifest_beats_and_splits(aist_folder, tmp_path):
    prepare(aist_folder(), tmp_path / "out", AIST)
    found = PreparedSet.open(tmp_path / "out")
    wanted = {"source": "aist", "label": "recorded", "features": "mdlt30", "rate_hz": 30.0,
              "side": "right", "angles": "signed", "has_body": True}  # fmt: skip
    assert {key: found.manifest[key] for key in wanted} == wanted
    assert found.manifest["hash"] == found.digest()
    for song in found.songs:
        assert song.beats_from == "librosa"
        # 120 beats a minute.
        assert np.median(np.diff(song.beats_s)) == pytest.approx(0.5, abs=0.03)
        assert song.beats_s.min() >= 0.0 and song.beats_s.max() <= song.frames / 30.0
    assert [s.name[-10:] for s in found.split("crossmodal", "train")] == [
        "_mBR0_ch01",
        "_mBR0_ch02",
    ]
    assert [s.genre for s in found.split("genre:JS", "test")] == ["JS"]
    assert [s.song for s in found.split("paper:1", "test")] == ["mBR1"]
    with pytest.raises(ConfigError, match="unknown part"):
        found.split("song", "holdout")


def test_when_dances_share_music_expect_it_heard_once(aist_folder, tmp_path, monkeypatch):
    heard, listen = [], hearing.listen
    monkeypatch.setattr(
        hearing, "listen", lambda path, *a: heard.append(path.stem) or listen(path, *a)
    )
    prepare(aist_folder(), tmp_path / "out", AIST)
    assert sorted(heard) == ["mBR0", "mBR1", "mJS0"]


def test_when_other_arm_or_angles_are_wanted_expect_them(aist_folder, tmp_path):
    folder = aist_folder()
    sets = {}
    for side, angles in (("right", "signed"), ("left", "signed"), ("right", "paper")):
        out = tmp_path / f"{side}-{angles}"
        prepare(folder, out, PartSettings("aist", "lm2d30", side, angles))
        sets[side, angles] = PreparedSet.open(out)
    right, left, paper = (np.asarray(found.arm_angles_rad) for found in sets.values())
    assert np.abs(right - left).max() > 0.1
    np.testing.assert_allclose(np.cos(paper[:, :2]).__pow__(2).sum(axis=1), 1.0, atol=1e-5)
    assert sets["left", "signed"].features.shape[1] == 35


def test_when_dance_begins_within_the_music_expect_frames_beats_and_words_from_there(
    tmp_path, clicks, swaying, write_lmd
):
    """1.5 s into the music is no multiple of a frame: the grid is laid from the dance's start."""
    folder = tmp_path / "lmd"
    place = folder / "Songs_2020/OneTwo"
    write_lmd(place, swaying(6.0, rate_hz=30.0), stamps=("00:01.510", "00:04.000"))
    clicks(place / "audio.wav", 9.0, rate_hz=15_360)
    prepare(folder, tmp_path / "out", PartSettings("just-lmd", "lm2d30", "left", "signed"))
    found = PreparedSet.open(tmp_path / "out")
    (song,) = found.songs
    assert song.frames == 179
    samples, _ = soundfile.read(place / "audio.wav", dtype="float32")
    start = round(1.51 * 15_360)
    heard = FeatureStream(feature_spec("lm2d30")).process(samples[start % 512 :])
    first = start // 512
    np.testing.assert_array_equal(found.features[song.rows], heard[first : first + 179])
    assert song.lyrics[0] == (pytest.approx(-0.01), pytest.approx(1.49), "hands up")
    assert song.lyrics[1][:2] == (pytest.approx(1.49), pytest.approx(11.49))
    assert len(song.lyrics) == 2
    offset_s = np.mod(np.median(np.mod(song.beats_s + 1.51 + 0.25, 0.5)) - 0.25, 0.5)
    assert min(offset_s, 0.5 - offset_s) < 0.06


def test_when_set_knows_joints_alone_expect_angles_without_bodies(tmp_path, clicks, write_melody):
    for number in (1, 2):
        place = tmp_path / f"set/DANCE_W_{number}"
        write_melody(place)
        clicks(place / "audio.wav", 9.0)
        (place / "audio.wav").rename(place / "audio.mp3")
    out = tmp_path / "out"
    prepare(tmp_path / "set", out, PartSettings("dance-with-melody", "lm2d30", "right", "signed"))
    found = PreparedSet.open(out)
    assert found.body is None and len(found.songs) == 2
    assert found.manifest["hash"] == found.digest()
    assert not (out / "body.npy").exists()
    # The arm swings once in two seconds of motion time, 1.3 % longer in the music's.
    swing = found.arm_angles_rad[found.songs[0].rows, 0]
    assert np.ptp(swing) > 0.5


def test_when_beats_and_words_are_known_expect_them_instead_of_an_estimate(aist_folder, tmp_path):
    folder = aist_folder()
    records = [
        {"name": path.stem, "genre": "popping", "beats_s": [0.25, 0.5, 0.75, 7.9],
         "lyrics": [{"start_s": 1.0, "end_s": 2.0, "text": "turn"},
                    {"start_s": 7.0, "end_s": 7.5, "text": "too late"}]}
        for path in (folder / "motions").glob("*.pkl")
    ]  # fmt: skip
    content = {"label": "generated", "songs": records}
    (folder / "generated.json").write_text(json.dumps(content))
    prepare(folder, tmp_path / "out", PartSettings("generated", "lm2d30", "right", "signed"))
    found = PreparedSet.open(tmp_path / "out")
    assert found.manifest["label"] == "generated"
    assert {song.beats_from for song in found.songs} == {"known"}
    np.testing.assert_allclose(found.songs[0].beats_s, [0.25, 0.5, 0.75])
    assert found.songs[0].lyrics == ((1.0, 2.0, "turn"),)


def test_when_items_are_broken_expect_a_line_for_each_and_the_others_prepared(
    aist_folder, tmp_path, swaying, write_aist_motion, clicks
):
    folder = aist_folder()
    motions = folder / "motions"
    write_aist_motion(motions / "gBR_sBM_cAll_d04_mBR0_ch01.pkl", swaying(1.0))
    nan = np.full((360, 72), np.nan)
    write_aist_motion(motions / "gBR_sBM_cAll_d04_mBR0_ch02.pkl", swaying(), smpl_poses=nan)
    path = motions / "gBR_sBM_cAll_d05_mBR1_ch01.pkl"
    path.write_bytes(path.read_bytes()[:5000])
    mark = tmp_path / "it_ran"
    attack = f"cposix\nsystem\n(S'touch {mark}'\ntR.".encode()
    (motions / "gBR_sBM_cAll_d06_mBR1_ch02.pkl").write_bytes(attack)
    (folder / "music/mBR2.wav").write_bytes(b"RIFF and then nothing")
    clicks(folder / "music/mBR3.wav", 2.0)
    soundfile.write(folder / "music/mBR4.wav", np.zeros(0), 22_050)
    soundfile.write(folder / "music/mBR5.wav", np.zeros(200_000), 22_050)
    for number in (2, 3, 4, 5):
        write_aist_motion(motions / f"gBR_sBM_cAll_d04_mBR{number}_ch01.pkl", swaying())
    made = prepare(folder, tmp_path / "out", AIST)
    assert [song["name"][-10:] for song in made.manifest["songs"]] == ["_mJS0_ch01"]
    reasons = {line.split(":")[0][-10:]: line for line in made.skipped}
    assert len(reasons) == 9
    assert "asks for posix.system" in reasons["_mBR1_ch02"] and not mark.exists()
    assert f"less than a window of {SHORTEST_FRAMES} frames" in reasons["_mBR0_ch01"]
    assert "not finite" in reasons["_mBR0_ch02"]
    assert "no whole pickle" in reasons["_mBR1_ch01"]
    assert "mBR2.wav cannot be read" in reasons["_mBR2_ch01"]
    assert "has only 2.0 s: its frame rate is not 60 Hz" in reasons["_mBR3_ch01"]
    assert "holds no sound" in reasons["_mBR4_ch01"]
    assert "no beat that could be found" in reasons["_mBR5_ch01"]
    assert PreparedSet.open(tmp_path / "out").manifest["skipped"] == list(made.skipped)


def test_when_nothing_is_left_expect_the_first_reason(aist_folder, tmp_path):
    with pytest.raises(ConfigError, match=r"no dance .* all 5 were skipped, the first one as gBR"):
        prepare(aist_folder(duration_s=1.0), tmp_path / "out", AIST)
    with pytest.raises(ConfigError, match=r"has no manifest\.json"):
        PreparedSet.open(tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"features": "mfcc"}, "unknown feature set"),
        ({"side": "both"}, "side is 'both'"),
        ({"angles": "euler"}, "angles is 'euler'"),
        ({"source": "aist++"}, "unknown set"),
        ({"workers": 0}, "--workers is 0"),
    ],
)
def test_when_a_setting_is_wrong_expect_the_choices(aist_folder, tmp_path, changes, complaint):
    values = {"source": "aist", "features": "mdlt30", "side": "right", "angles": "signed"}
    workers = changes.get("workers", 1)
    settings = PartSettings(**{**values, **{k: v for k, v in changes.items() if k != "workers"}})
    with pytest.raises(ConfigError, match=complaint):
        prepare(aist_folder(), tmp_path / "out", settings, workers)
    assert not (tmp_path / "out").exists()


def test_when_set_is_there_already_expect_nothing_done_and_other_settings_refused(
    aist_folder, tmp_path
):
    folder, out = aist_folder(), tmp_path / "out"
    first = prepare(folder, out, AIST)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    again = prepare(folder, out, AIST)
    assert again.was_there and again.manifest == first.manifest
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before
    with pytest.raises(ConfigError, match=r"holds another prepared set .*right arm"):
        prepare(folder, out, PartSettings("aist", "mdlt30", "left", "signed"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(ConfigError, match="holds something else"):
        prepare(folder, tmp_path / "mine", AIST)


def test_when_arrays_or_manifest_are_damaged_expect_that_said(aist_folder, tmp_path):
    out = tmp_path / "out"
    prepare(aist_folder(), out, AIST)
    arrays, manifest = out / "arm_angles_rad.npy", out / "manifest.json"
    whole, told = arrays.read_bytes(), manifest.read_text()
    arrays.write_bytes(whole[:-100])
    with pytest.raises(ConfigError, match=r"arm_angles_rad\.npy"):
        PreparedSet.open(out)
    arrays.write_bytes(whole[:-4] + b"\0\0\0\0")
    changed = PreparedSet.open(out)
    assert changed.digest() != changed.manifest["hash"]
    for broken in ("", "{}", told.replace('"format": 1', '"format": 99'), told[:50]):
        manifest.write_text(broken)
        with pytest.raises(ConfigError, match="prepare the set again"):
            PreparedSet.open(out)
