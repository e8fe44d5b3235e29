"""A small BERT of fixed random weights: the hub is out of reach where tests run."""

import json

import torch
from transformers import BertConfig, BertModel

WORDS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "put", "your", "hands", "up", "down", "low"),
    *("wave", "heart", "turn", "stop", "open", "reach", "to", "the", "sky", "ground", "me", "my"),
    *("is", "and", "a", "world", "around", "now", "arms", "out", "##s", "##ing", ",", "."),
)


def save_tiny_bert(folder):
    """Write the model and its tokenizer as `save_pretrained` does; return the folder."""
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
