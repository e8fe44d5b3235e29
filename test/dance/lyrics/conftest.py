import json

import pytest

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "put", "your", "hands", "up", "down", "low"),
    *("wave", "heart", "turn", "stop", "open", "reach", "to", "the", "sky", "ground", "me", "my"),
    *("is", "and", "a", "world", "around", "now", "arms", "out", "##s", "##ing", ",", "."),
)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    """A folder with a small BERT of fixed random weights, as `save_pretrained` writes it."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
    )
    BertModel(config).save_pretrained(folder)
    return folder
