"""Writes a fine-tuned model as ONNX: `python export.py MODEL TASK DEST [--float]`.

TASK: `nli` or `ner`. DEST gets `model.onnx`, `tokenizer.json` and `config.json`. Without
`--float` the weights are int8:

- each linear layer has signed per-column weights and *row-wise* activation scales: per token
  `scale = max|x| / 127`, `q = uint8(x / scale + 128.5)`. A token's result then depends on that
  token alone, never on the rest of the batch.
- weights use 7 bits (at most 63 in size): u8 x s8 products are summed in pairs in 16 bits on
  CPUs without VNNI and would saturate there with 8.
- word embeddings have one scale per row.
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)

TASKS = {"nli": AutoModelForSequenceClassification, "ner": AutoModelForTokenClassification}
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
# The settings from which the backend libtorch builds the same network.
SHAPE = [
    "model_type", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "max_position_embeddings", "type_vocab_size", "hidden_act",
]
MAX_LENGTH = {"nli": 256, "ner": 192}
BITS = 7


class Logits(torch.nn.Module):
    """The model's forward pass, so that its graph contains only what the program needs.

    MPNet's relative positions are a table instead of a computation; its classifier reads every
    token.
    """

    def __init__(self, model, task):
        super().__init__()
        self.model = model
        self.encoder = model.base_model
        self.mpnet = model.config.model_type == "mpnet"
        if self.mpnet:
            size = MAX_LENGTH[task]
            table = self.encoder.encoder.compute_position_bias(torch.zeros(1, size, 1)).detach()
            self.register_buffer("bias", table)

    def parts(self, layer):
        if self.mpnet:
            own = layer.attention.attn
            return own.q, own.k, own.v, own.o, layer.attention.LayerNorm, layer.intermediate.dense, layer.output
        own, out = layer.attention.self, layer.attention.output
        return own.query, own.key, own.value, out.dense, out.LayerNorm, layer.intermediate.dense, layer.output

    def layer(self, layer, x, mask):
        query, key, value, out, norm, widen, narrow = self.parts(layer)
        heads = self.model.config.num_attention_heads

        def split(y):
            return y.view(y.shape[0], y.shape[1], heads, -1).transpose(1, 2)

        q, k, v = split(query(x)), split(key(x)), split(value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) * (q.shape[-1] ** -0.5)
        if self.mpnet:
            scores = scores + self.bias[:, :, : x.shape[1], : x.shape[1]]
        mixed = torch.matmul(torch.softmax(scores + mask, dim=-1), v)
        mixed = mixed.transpose(1, 2).reshape(x.shape)
        x = norm(out(mixed) + x)
        return narrow.LayerNorm(narrow.dense(torch.nn.functional.gelu(widen(x))) + x)

    def forward(self, input_ids, attention_mask, token_type_ids=None):
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        if self.mpnet:
            positions = torch.arange(input_ids.shape[1])[None] + 2
            x = self.encoder.embeddings(input_ids=input_ids, position_ids=positions)
        else:
            x = self.encoder.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        for layer in self.encoder.encoder.layer:
            x = self.layer(layer, x, mask)
        if self.mpnet:
            head = self.model.classifier
            return head.out_proj(torch.tanh(head.dense(x)))
        return self.model.classifier(x)


def export(model, task, path):
    names = INPUTS[:2] if model.config.model_type == "mpnet" else INPUTS
    graph = Logits(model, task).eval()
    sample = tuple(torch.ones(2, 9, dtype=torch.long) for _ in names[1:])
    sample = (torch.full((2, 9), model.config.vocab_size // 2), *sample)
    with torch.no_grad():
        ours, theirs = graph(*sample), model(**dict(zip(names, sample))).logits
    # The sequence classifiers of transformers read only the first token.
    if not torch.allclose(ours[:, 0] if task == "nli" else ours, theirs, atol=1e-3):
        raise SystemExit(f"the graph gives {ours}, the model {theirs}")
    axes = {name: {0: "batch", 1: "sequence"} for name in names}
    torch.onnx.export(
        graph, sample, str(path), dynamo=False, opset_version=17,
        input_names=names, output_names=["logits"], dynamic_axes={**axes, "logits": {0: "batch", 1: "sequence"}},
    )


def steps(w, limit):
    """The step of each column of `w`: that of the grid on which `rounding.py` has put it, otherwise the one with
    which its greatest weight has the level `limit`."""
    most = np.maximum(np.abs(w).max(axis=0), 1e-12)
    size, found = most / limit, np.zeros(most.shape, bool)
    for top in range(limit, limit // 2, -1):
        level = w / (most / top)
        fits = ~found & (np.abs(level - np.rint(level)).max(axis=0) < 1e-2)
        size, found = np.where(fits, most / top, size), found | fits
    return size


def quantise(path):
    """Rewrites the f32 graph at `path` in place; returns how many layers were rewritten."""
    model = onnx.load(path)
    graph = model.graph
    # Shapes and types recorded for the float graph would contradict the new nodes.
    del graph.value_info[:]
    weights = {t.name: t for t in graph.initializer}
    limit = 2 ** (BITS - 1) - 1
    consts, nodes, rows, done = {}, [], {}, 0

    def const(name, value):
        consts[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def node(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def quantised_rows(x):
        """Nodes that quantise each row of `x`; created once for all layers that read `x`."""
        if x not in rows:
            size = node("ReduceMax", [node("Abs", [x], f"{x}_abs")], f"{x}_max", axes=[-1], keepdims=1)
            floor = node("Max", [size, const("q_floor", np.float32(1e-6))], f"{x}_floor")
            scale = node("Mul", [floor, const("q_step", np.float32(1 / 127))], f"{x}_scale")
            # Only multiplications: rten divides by one-element tensors differently from longer
            # ones.
            ratio = node("Mul", [node("Reciprocal", [floor], f"{x}_inv"), const("q_127", np.float32(127))], f"{x}_ratio")
            level = node("Mul", [x, ratio], f"{x}_level")
            shifted = node("Add", [level, const("q_shift", np.float32(128.5))], f"{x}_shifted")
            rows[x] = node("Cast", [shifted], f"{x}_u8", to=TensorProto.UINT8), scale
        return rows[x]

    def linear(x, w, out):
        """`x @ w` with row-wise int8 activations and per-column weights."""
        size = steps(w, limit)
        q, scale = quantised_rows(x)
        whole = node(
            "MatMulInteger",
            [q, const(f"{out}_w", np.rint(w / size).astype(np.int8)), const("q_zero", np.uint8(128))],
            f"{out}_i32",
        )
        back = node("Cast", [whole], f"{out}_f32", to=TensorProto.FLOAT)
        by_row = node("Mul", [back, scale], f"{out}_row")
        node("Mul", [by_row, const(f"{out}_ws", size.astype(np.float32))], out)

    for old in graph.node:
        out = old.output[0]
        if old.op_type == "MatMul" and old.input[1] in weights:
            linear(old.input[0], numpy_helper.to_array(weights[old.input[1]]), out)
            done += 1
        elif old.op_type == "Gather" and old.input[0] in weights and "word_embeddings" in old.input[0]:
            w = numpy_helper.to_array(weights[old.input[0]])
            size = np.maximum(np.abs(w).max(axis=1, keepdims=True), 1e-12) / 127
            table = node("Gather", [const(f"{out}_w", np.rint(w / size).astype(np.int8)), old.input[1]], f"{out}_i8")
            scale = node("Gather", [const(f"{out}_ws", size.astype(np.float32)), old.input[1]], f"{out}_scale")
            node("Mul", [node("Cast", [table], f"{out}_f32", to=TensorProto.FLOAT), scale], out)
            done += 1
        else:
            nodes.append(old)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for n in graph.node for name in n.input}
    kept = [t for t in graph.initializer if t.name in used] + list(consts.values())
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return done


def main():
    args = argparse.ArgumentParser()
    args.add_argument("model")
    args.add_argument("task", choices=TASKS)
    args.add_argument("dest", type=pathlib.Path)
    args.add_argument("--float", action="store_true")
    args = args.parse_args()
    model = TASKS[args.task].from_pretrained(args.model, attn_implementation="eager").float().eval()
    args.dest.mkdir(parents=True, exist_ok=True)
    path = args.dest / "model.onnx"
    export(model, args.task, path)
    if not args.float:
        print(quantise(path), "layers quantised")
    AutoTokenizer.from_pretrained(args.model).backend_tokenizer.save(str(args.dest / "tokenizer.json"))
    config = model.config
    settings = {
        "task": args.task,
        "id2label": {str(i): label for i, label in sorted(config.id2label.items())},
        "token_types": getattr(config, "token_types", "segment"),
        "max_length": MAX_LENGTH[args.task],
        "precision": "f32" if args.float else "int8",
        **{name: getattr(config, name, 1) for name in SHAPE},
    }
    (args.dest / "config.json").write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    main()
