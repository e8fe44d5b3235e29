import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ur3_dancer.errors import CheckpointError
from ur3_dancer.music.beat_bands import BANDS, BeatBands
from ur3_dancer.music.beat_network import BeatNetwork
from ur3_dancer.resources import find


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(find("resource/checkpoints/beat"), tmp_path / "beat")


def test_when_it_runs_in_numpy_expect_what_torch_computes():
    torch = pytest.importorskip("torch")
    from ur3_dancer.learning.train_beat import BeatModel

    network = BeatNetwork()
    bands = np.random.default_rng(0).random((200, 2 * BANDS)).astype(np.float32)
    logits = []
    for index in range(len(network.output_bias)):
        model = BeatModel(network.output_weight.shape[1])
        layer = model.recurrent
        with torch.no_grad():
            layer.weight_ih_l0.copy_(torch.from_numpy(network.input_weight[index]))
            layer.weight_hh_l0.copy_(torch.from_numpy(network.state_weight[index]))
            layer.bias_ih_l0.copy_(torch.from_numpy(network.input_bias[index]))
            layer.bias_hh_l0.copy_(torch.from_numpy(network.state_bias[index]))
            model.output.weight.copy_(torch.from_numpy(network.output_weight[index : index + 1]))
            model.output.bias.fill_(float(network.output_bias[index]))
            logits.append(model(torch.from_numpy(bands)[None])[0])
    expected = torch.sigmoid(torch.stack(logits).amax(dim=0)).numpy()
    ours = []
    for frame in bands:
        network.step(frame)
        ours.append(network.activation)
    np.testing.assert_allclose(ours, expected, atol=2e-5)


def test_when_weights_are_missing_or_wrong_expect_them_named(folder):
    weights = load_file(folder / "model.safetensors")
    wrong = {**weights, "weight_hh": weights["weight_hh"][:, :, :-1].copy()}
    save_file(wrong, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="weight_hh"):
        BeatNetwork(folder)
    wrong = {**weights, "output_bias": np.full_like(weights["output_bias"], np.nan)}
    save_file(wrong, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="output_bias"):
        BeatNetwork(folder)
    del weights["bias_ih"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="bias_ih"):
        BeatNetwork(folder)


def test_when_the_checkpoint_is_damaged_expect_its_folder_named(folder):
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        BeatNetwork(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        BeatNetwork(folder)
    with pytest.raises(CheckpointError, match="nowhere"):
        BeatNetwork(folder / "nowhere")


def test_when_its_config_is_read_expect_the_bands_it_was_trained_on():
    config = json.loads((find("resource/checkpoints/beat") / "config.json").read_text())
    assert config["bands"] == BANDS


def test_when_the_volume_changes_expect_equal_bands():
    magnitude = np.random.default_rng(0).random((50, 1025)).astype(np.float32)
    loud, quiet = (BeatBands(15.0, 1025, 2048) for _ in range(2))
    for frame in magnitude:
        loud.step(frame * 400.0)
        quiet.step(frame * 40.0)
    np.testing.assert_allclose(loud.values, quiet.values, atol=1e-5)
