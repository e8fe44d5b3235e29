import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ur3_dancer.dance.catalog import available, load_policy, policy_spec
from ur3_dancer.dance.checkpoint import CONFIG_FILE, WEIGHTS_FILE, Checkpoint, read_config, save
from ur3_dancer.dance.mdlt_t import MdltT, config_for
from ur3_dancer.dance.policy import PolicySpec
from ur3_dancer.dance.pose_space import PoseSpace
from ur3_dancer.errors import CheckpointError, ConfigError
from ur3_dancer.joints import JOINTS
from ur3_dancer.music.normalizer import Normalizer
from ur3_dancer.music.window import Window

SIZES = {
    "width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "feed_forward": 16,
    "dropout": 0.1,
}  # fmt: skip


def write(folder, ur3, **changes):
    spec = {
        "name": "tiny",
        "features": "mdlt60",
        "window_frames": 6,
        "feature_count": 438,
        "rate_hz": 60.0,
        "horizon": 4,
        "pose_space": ur3.pose_space(),
        **changes,
    }
    spec = PolicySpec(**spec)
    checkpoint = Checkpoint(
        kind="mdlt-t",
        spec=spec,
        model=SIZES,
        normalizer=Normalizer(np.zeros(438), np.full(438, 3.0)),
        home_rad=np.zeros(len(spec.pose_space.names)) if changes else ur3.home_rad,
        training={"data": "generated"},
    )
    torch.manual_seed(0)
    save(folder, checkpoint, MdltT(config_for(spec, SIZES)))
    return folder


@pytest.fixture
def folder(tmp_path, ur3):
    return write(tmp_path / "tiny", ur3)


def edit(folder, change):
    path = folder / CONFIG_FILE
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_when_saved_and_read_expect_the_same(folder, ur3):
    checkpoint = read_config(folder)
    assert checkpoint.spec.window_frames == 6 and checkpoint.spec.horizon == 4
    assert checkpoint.model == SIZES and checkpoint.training == {"data": "generated"}
    np.testing.assert_array_equal(checkpoint.normalizer.upper, np.full(438, 3.0))
    np.testing.assert_array_equal(checkpoint.spec.pose_space.lower_rad, ur3.limits.lower_rad)
    assert policy_spec(folder).name == "tiny"


def test_when_loaded_twice_expect_equal_chunks(folder, ur3):
    window = Window(np.ones((6, 438), np.float32), 5.0, 60.0)
    one, other = (load_policy(folder, ur3).predict(window) for _ in range(2))
    np.testing.assert_array_equal(one.targets_rad, other.targets_rad)
    assert one.targets_rad.shape == (4, 6) and one.capture_s == pytest.approx(5.0)


def test_when_saved_again_expect_no_remains_beside_it(folder, ur3):
    write(folder, ur3)
    assert sorted(file.name for file in folder.iterdir()) == [CONFIG_FILE, WEIGHTS_FILE]


def test_when_saving_fails_expect_the_old_checkpoint_whole(folder, ur3, monkeypatch):
    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(OSError, match="No space"):
        write(folder, ur3)
    assert sorted(file.name for file in folder.iterdir()) == [CONFIG_FILE, WEIGHTS_FILE]
    load_policy(folder, ur3)


def test_when_spec_is_read_expect_torch_not_imported(folder):
    code = (
        "import sys; from ur3_dancer.dance.catalog import policy_spec, load_policy, available\n"
        f"policy_spec({str(folder)!r}); policy_spec('groove'); available()\n"
        "sys.exit(any(m in sys.modules for m in ('torch', 'librosa', 'numba')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def delete(key):
    return lambda content: content.pop(key)


def put(key, value):
    return lambda content: content.update({key: value})


@pytest.mark.parametrize(
    "key",
    [
        "format", "kind", "name", "features", "window_frames", "feature_count", "rate_hz",
        "horizon", "pose_space", "home_rad", "model", "training", "normalizer",
    ],
)  # fmt: skip
def test_when_a_key_is_missing_expect_checkpoint_error_naming_it(folder, ur3, key):
    edit(folder, delete(key))
    with pytest.raises(CheckpointError, match=key):
        load_policy(folder, ur3)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (put("format", 7), "format is 7"),
        (put("kind", "mdlt-x"), "mdlt-x"),
        (put("features", "mdlt44"), "mdlt44"),
        (put("feature_count", 35), "feature_count is 35"),
        (put("rate_hz", 30.0), "rate_hz is 30"),
        (put("window_frames", 0), "window_frames is 0"),
        (put("window_frames", 9), "time.weight has shape"),
        (put("horizon", 30), "head.bias has shape"),
        (put("horizon", "many"), "many"),
        (put("home_rad", [0.0, 1.0]), "home_rad"),
        (put("pose_space", {"name": "UR3"}), "names"),
        (put("model", {**SIZES, "heads": 3}), "3 heads"),
        (put("model", {**SIZES, "depth": 3}), "depth"),
        (put("model", {**SIZES, "encoder_layers": 2}), "lack"),
        (put("model", []), "must be a mapping"),
        (put("normalizer", {"lower": [0.0]}), "upper"),
        (put("normalizer", {"lower": [0.0], "upper": [1.0]}), "1 features"),
    ],
)
def test_when_a_value_is_wrong_expect_checkpoint_error_naming_it(folder, ur3, change, named):
    edit(folder, change)
    with pytest.raises(CheckpointError, match=named):
        load_policy(folder, ur3).warm_up()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '"text"'])
def test_when_config_is_not_an_object_expect_checkpoint_error(folder, ur3, text):
    (folder / CONFIG_FILE).write_text(text)
    with pytest.raises(CheckpointError, match=CONFIG_FILE):
        load_policy(folder, ur3)


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE])
def test_when_a_file_is_missing_expect_checkpoint_error(folder, ur3, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_policy(folder, ur3)


@pytest.mark.parametrize("size", [0, 5, 400, -100])
def test_when_weights_are_truncated_expect_checkpoint_error(folder, ur3, size):
    path = folder / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_policy(folder, ur3)


def change_weights(folder, change):
    weights = load_file(folder / WEIGHTS_FILE)
    change(weights)
    save_file(weights, folder / WEIGHTS_FILE)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda w: w.pop("head.bias"), "head.bias"),
        (lambda w: w.update(surplus=torch.zeros(1)), "surplus"),
        (lambda w: w.update({"head.bias": torch.zeros(7)}), "shape"),
        (lambda w: w["head.bias"].fill_(float("nan")), "not finite"),
    ],
)
def test_when_weights_are_wrong_expect_checkpoint_error_naming_them(folder, ur3, change, named):
    change_weights(folder, change)
    with pytest.raises(CheckpointError, match=named):
        load_policy(folder, ur3)


def test_when_predictions_are_not_finite_expect_warm_up_to_refuse(folder, ur3):
    change_weights(folder, lambda w: w["head.weight"].fill_(3e38))
    with pytest.raises(CheckpointError, match="not finite"):
        load_policy(folder, ur3).warm_up()


def test_when_made_for_other_joints_expect_checkpoint_error(tmp_path, ur3):
    legs = PoseSpace("LEGS", tuple("abcd"), -np.ones(4), np.ones(4))
    folder = write(tmp_path / "legs", ur3, pose_space=legs)
    with pytest.raises(CheckpointError, match="LEGS"):
        load_policy(folder, ur3)


@pytest.mark.parametrize(("share", "fits"), [(0.5, True), (1.0, True), (1.1, False)])
def test_when_bounds_differ_expect_only_narrower_ones_accepted(tmp_path, ur3, share, fits):
    arm = ur3.pose_space()
    centre, half = (arm.lower_rad + arm.upper_rad) / 2, (arm.upper_rad - arm.lower_rad) / 2
    space = PoseSpace("UR3", JOINTS, centre - share * half, centre + share * half)
    folder = write(tmp_path / "other", ur3, pose_space=space)
    if fits:
        load_policy(folder, ur3)
    else:
        with pytest.raises(CheckpointError, match="widen the arm's limits"):
            load_policy(folder, ur3)


def test_when_name_is_unknown_expect_config_error_listing_what_there_is(ur3):
    for call in (policy_spec, lambda name: load_policy(name, ur3)):
        with pytest.raises(ConfigError, match=r"'waltz'.*groove, mean-pose"):
            call("waltz")


@pytest.mark.parametrize("name", ["groove", "mean-pose"])
def test_when_ruled_expect_spec_as_loaded_but_for_the_bounds(ur3, name):
    spec, loaded = policy_spec(name), load_policy(name, ur3).spec
    assert name in available()
    for key in ("name", "features", "window_frames", "feature_count", "rate_hz", "horizon"):
        assert getattr(spec, key) == getattr(loaded, key)
    np.testing.assert_array_equal(loaded.pose_space.upper_rad, ur3.limits.upper_rad)
