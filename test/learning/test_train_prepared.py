"""Training on a prepared set, in the paper's four arm angles, with one process and with two."""

import json

import numpy as np
import pytest

from ur3_dancer.errors import ConfigError
from ur3_dancer.learning.measure_training import measure_training
from ur3_dancer.learning.run_state import RunFolder
from ur3_dancer.learning.train import train

SONGS, FRAMES = 10, 150


@pytest.fixture
def prepared_folder(tmp_path):
    """A prepared set of waves with beats; every second song's beats are not known."""
    random, folder = np.random.default_rng(0), tmp_path / "prepared"
    folder.mkdir()
    count = SONGS * FRAMES
    np.save(folder / "features.npy", random.random((count, 438), np.float32))
    wave = np.sin(np.arange(count)[:, None] / 10.0 + np.arange(4)).astype(np.float32)
    # A whole turn away, as angles that are continuous in time may be.
    np.save(folder / "arm_angles_rad.npy", wave + np.float32(2 * np.pi))
    songs = [
        {
            "name": f"dance{i}", "genre": "pop", "song": f"song{i}", "start": i * FRAMES,
            "frames": FRAMES, "beats_s": [0.5, 1.0, 1.5] if i % 2 else [],
            "beats_from": "known", "lyrics": [],
        }
        for i in range(SONGS)
    ]  # fmt: skip
    manifest = {
        "format": 1, "source": "aist", "label": "recorded", "version": "0", "features": "mdlt60",
        "rate_hz": 60.0, "side": "right", "angles": "signed", "hash": "h", "frames": count,
        "songs": songs,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("processes", [1, 2])
def test_when_a_prepared_set_is_learnt_expect_the_papers_angles_and_its_label(
    tmp_path, tiny_config, prepared_folder, processes
):
    config = tiny_config(horizon=1, data={"prepared": str(prepared_folder), "protocol": "song"})
    trained = train(config, tmp_path / "x", tmp_path, processes=processes, quiet=True)
    checkpoint = trained.checkpoint
    assert checkpoint.spec.pose_space.name == "MDLT_ARM" and checkpoint.spec.horizon == 1
    assert checkpoint.training["data"] == "recorded" and checkpoint.training["songs"] < SONGS
    assert checkpoint.training["processes"] == processes
    last = json.loads((tmp_path / "x" / "train.jsonl").read_text().splitlines()[-1])
    # Waves of one radian around neutral: the whole turn was taken off, unknown beats left out.
    assert last["rmse_rad"] < 1.5 and np.isfinite(last["beat_error"])
    if processes == 2:
        streams = [RunFolder(tmp_path / "x").state(12, rank)["task"]["streams"] for rank in (0, 1)]
        assert streams[0]["newest"].tolist() != streams[1]["newest"].tolist()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"features": "mdlt30"}, "prepared with mdlt60"),
        ({"window_frames": 200}, "window and horizon need"),
    ],
)
def test_when_a_prepared_set_does_not_fit_expect_the_value_and_the_way_out(
    tmp_path, tiny_config, prepared_folder, changes, said
):
    config = tiny_config(data={"prepared": str(prepared_folder)}, **changes)
    with pytest.raises(ConfigError, match=said):
        train(config, tmp_path / "x", tmp_path, quiet=True)


def test_when_training_is_measured_expect_every_way_to_have_made_steps(tmp_path, tiny_config):
    figures = measure_training(tiny_config(), 0.3)
    assert set(figures["whole"]) == {
        "batch_steps_s", "stacked_steps_s", "one_by_one_steps_s",
        "quicker_than_stacked", "quicker_than_one_by_one",
    }  # fmt: skip
    assert all(value > 0 for value in figures["whole"].values())
    assert figures["sampling"]["batch_steps_s"] > 0 and figures["batch"] == 4
