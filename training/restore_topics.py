"""Turns an exported int8 topic model back into weights: `python restore_topics.py MODEL OUT`.

MODEL: a folder written by export_topics.py. OUT: a file that `train_topics.py --init` reads, to
continue training from the built-in model. The weights are the int8 weights times their scales;
further training soon makes up for the rounding. Word embeddings are those of the base encoder, and
are left out.
"""

import json
import pathlib
import sys

import onnx
import torch
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from restore import weights


def main():
    folder, out = map(pathlib.Path, sys.argv[1:3])
    settings = json.loads((folder / "config.json").read_text())
    if settings["precision"] != "int8":
        raise SystemExit(f"{folder} is no int8 export; its training run's own folder is what you want")
    found = {}
    for name in ["lower.onnx", "upper.onnx"]:
        own, distances = weights(onnx.load(folder / name).graph)
        found.update(own)
    found.pop("embeddings.word_embeddings.weight")
    state = {name: torch.from_numpy(array.copy()) for name, array in found.items()}
    # The embedding of each bucket of relative positions, from the table by distance.
    distances = torch.from_numpy(distances.copy())
    longest = (len(distances) + 1) // 2
    buckets = MPNetEncoder.relative_position_bucket(torch.arange(1 - longest, longest), num_buckets=32)
    relative = torch.zeros(32, distances.shape[1])
    relative[buckets] = distances
    state["enc.encoder.relative_attention_bias.weight"] = relative
    heads = settings["heads"]
    state["role_bias"] = torch.tensor(heads["roles"]["bias"])
    state["skim_out.weight"] = torch.tensor([heads["skim"]["weights"]])
    state["skim_out.bias"] = torch.tensor([heads["skim"]["bias"]])
    torch.save(state, out)


if __name__ == "__main__":
    main()
