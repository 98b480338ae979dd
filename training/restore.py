"""Turns an exported int8 model back into a transformers folder: `python restore.py MODEL BASE OUT`.

MODEL: a folder written by export.py. BASE: the folder of its base encoder (base.py), for the
tokenizer and the configuration. OUT: a folder that nli.py and ner.py accept as base, to continue
training from the built-in models. The weights are the int8 weights times their scales; further
training soon makes up for the rounding.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoConfig, AutoTokenizer

from export import TASKS

# The prefix that export.Logits gives the names of the model's own parameters.
PREFIX = "model."


def weights(graph):
    """Parameter name -> f32 array, for all parameters except the relative positions."""
    held = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    adds = {name: node for node in graph.node if node.op_type == "Add" for name in node.input}
    out = {name.removeprefix(PREFIX): array for name, array in held.items() if name.startswith(PREFIX)}
    for node in graph.node:
        name = node.output[0]
        if node.op_type == "MatMulInteger":
            product = name.removesuffix("_i32")
            weight = (held[f"{product}_w"].astype(np.float32) * held[f"{product}_ws"]).T
        elif name.endswith("_i8"):
            table = held[node.input[0]].astype(np.float32) * held[f"{node.input[0]}s"]
            out["embeddings.word_embeddings.weight"] = table
            continue
        else:
            continue
        # The name of the bias that is added to a product is that of the layer.
        (bias,) = [name for name in adds[product].input if name.startswith(PREFIX)]
        out[bias.removeprefix(PREFIX).removesuffix("bias") + "weight"] = np.ascontiguousarray(weight)
    return out, held.get("bias")


def relative(encoder, table):
    """The embedding of MPNet's relative positions whose table this is, `[1, heads, length,
    length]`.
    """
    embedding = encoder.relative_attention_bias.weight
    heads = embedding.shape[1]
    embedding.data = torch.arange(len(embedding), dtype=torch.float32)[:, None].expand(-1, heads).clone()
    bucket = encoder.compute_position_bias(torch.zeros(1, table.shape[-1], 1))[0, 0].long()
    embedding.data.zero_()
    for at in range(len(embedding)):
        # A bucket without any distance is never read.
        for row, column in (bucket == at).nonzero()[:1]:
            embedding.data[at] = torch.from_numpy(table[0, :, row, column].copy())


@torch.no_grad()
def main():
    folder, base, dest = map(pathlib.Path, sys.argv[1:4])
    settings = json.loads((folder / "config.json").read_text())
    if settings["precision"] != "int8":
        raise SystemExit(f"{folder} is no int8 export; its training run's own folder is what you want")
    labels = {int(i): label for i, label in settings["id2label"].items()}
    found, table = weights(onnx.load(folder / "model.onnx").graph)
    layers = {int(name.split(".layer.")[1].split(".")[0]) for name in found if ".layer." in name}
    config = AutoConfig.from_pretrained(
        base, num_hidden_layers=len(layers), id2label=labels, label2id={label: i for i, label in labels.items()},
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )
    types = [array for name, array in found.items() if "token_type_embeddings" in name]
    if types:
        config.type_vocab_size, config.token_types = len(types[0]), settings["token_types"]
    model = TASKS[settings["task"]].from_config(config)
    word = found.pop("embeddings.word_embeddings.weight")
    found[f"{model.base_model_prefix}.embeddings.word_embeddings.weight"] = word
    missing, unknown = model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in found.items()}, strict=False)
    if table is not None:
        relative(model.base_model.encoder, table)
    # The relative positions come from the table; an unused pooler keeps its initial values.
    lost = [name for name in missing if "relative_attention_bias" not in name and "pooler" not in name]
    if lost or unknown:
        raise SystemExit(f"missing parameters {lost}, unknown ones {unknown}")
    model.save_pretrained(dest)
    AutoTokenizer.from_pretrained(base).save_pretrained(dest)


if __name__ == "__main__":
    main()
