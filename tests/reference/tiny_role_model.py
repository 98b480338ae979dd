"""Writes a tiny random model with role labels: `python tiny_role_model.py`.

Install `training/requirements.txt` first. Writes `tests/data/role_model/`: a graph in int8 with the
labels of natural language inference and `holder` and `source` for each token. The seed is fixed.
"""

import json
import pathlib
import sys

import torch
from transformers import MPNetConfig, MPNetForSequenceClassification

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "training"), str(pathlib.Path(__file__).parent)]

import export
from tiny_topic_model import WORDS, tokenizer

# A short table of relative positions.
LONGEST = export.MAX_LENGTH["nli"] = 64
OUT = pathlib.Path(__file__).parents[1] / "data" / "role_model"
LABELS = ["neutral", "entailment", "holder", "contradiction", "source"]


def main():
    torch.manual_seed(5)
    config = MPNetConfig(
        vocab_size=4 + len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=260, num_labels=len(LABELS), id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )
    model = MPNetForSequenceClassification._from_config(config, attn_implementation="eager").eval()
    OUT.mkdir(parents=True, exist_ok=True)
    export.export(model, "nli", OUT / "model.onnx")
    print(export.quantise(OUT / "model.onnx"), "layers quantised")
    tokenizer().backend_tokenizer.save(str(OUT / "tokenizer.json"))
    settings = {
        "task": "nli", "id2label": config.id2label, "token_types": "segment", "max_length": LONGEST, "precision": "int8",
        **{name: getattr(config, name, 1) for name in export.SHAPE},
    }
    (OUT / "config.json").write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    main()
