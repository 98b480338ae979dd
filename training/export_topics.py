"""Writes a topic model as ONNX: `python export_topics.py WEIGHTS BASE DEST [--float]`.

DEST gets `lower.onnx`, `upper.onnx`, `tokenizer.json` and `config.json`. Without `--float` the weights
are int8, as `export.py` describes.
"""

import argparse
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer

import examples
import topic_model
from export import quantise
from sieve import WIDTH, Sieve
from topic_model import LABELS, TopicModel

LONGEST = 352


class Layers(torch.nn.Module):
    """Some layers of the model, with a table of the attention scores of relative positions."""

    def __init__(self, model, layers):
        super().__init__()
        self.model, self.layers = model, layers
        apart = torch.arange(1 - LONGEST, LONGEST)
        buckets = model.enc.encoder.relative_position_bucket(apart, num_buckets=32)
        # `[2 × LONGEST - 1, heads]`, by the distance of two tokens.
        self.register_buffer("bias", model.enc.encoder.relative_attention_bias.weight.detach()[buckets])

    def run(self, x, attention_mask):
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        places = torch.arange(x.shape[1])
        apart = places[None, :] - places[:, None] + (LONGEST - 1)
        scores = self.bias[apart].permute(2, 0, 1)[None] + mask
        for layer in self.layers:
            x = self.layer(layer, x, scores)
        return x

    def layer(self, layer, x, scores):
        own = layer.attention.attn
        heads = own.num_attention_heads
        split = lambda y: y.view(y.shape[0], y.shape[1], heads, -1).transpose(1, 2)
        q, k, v = split(own.q(x)), split(own.k(x)), split(own.v(x))
        mixed = torch.softmax(torch.matmul(q, k.transpose(-1, -2)) * (q.shape[-1] ** -0.5) + scores, dim=-1)
        mixed = own.o(torch.matmul(mixed, v).transpose(1, 2).reshape(x.shape))
        x = layer.attention.LayerNorm(mixed + x)
        return layer.output.LayerNorm(layer.output.dense(torch.nn.functional.gelu(layer.intermediate.dense(x))) + x)


class Lower(Layers):
    def __init__(self, model):
        super().__init__(model, list(model.enc.encoder.layer)[: model.lower])

    def forward(self, input_ids, attention_mask, token_type_ids):
        embeddings = self.model.enc.embeddings
        positions = torch.arange(input_ids.shape[1])[None] + 2
        x = embeddings.word_embeddings(input_ids) + self.model.types(token_type_ids)
        x = embeddings.LayerNorm(x + embeddings.position_embeddings(positions))
        x = self.run(x, attention_mask)
        return x, torch.cat([self.model.skim_query(x), self.model.skim_key(x)], -1)


class Upper(Layers):
    def __init__(self, model):
        super().__init__(model, list(model.enc.encoder.layer)[model.lower :])

    def forward(self, states, attention_mask):
        x = self.run(states, attention_mask)
        return self.model.stances(x), self.model.query(x), self.model.key(x)


def export(graph, sample, names, outputs, path):
    axes = {name: {0: "batch", 1: "sequence"} for name in names + outputs}
    torch.onnx.export(
        graph.eval(), sample, str(path), dynamo=False, opset_version=17,
        input_names=names, output_names=outputs, dynamic_axes=axes,
    )


def write(model, base, dest, precision="int8"):
    """The model's graphs, tokenizer and settings in the folder `dest`."""
    dest.mkdir(parents=True, exist_ok=True)
    ids, mask = torch.full((2, 9), 20), torch.ones(2, 9, dtype=torch.long)
    export(
        Lower(model), (ids, mask, torch.ones(2, 9, dtype=torch.long)),
        ["input_ids", "attention_mask", "token_type_ids"], ["states", "skim"], dest / "lower.onnx",
    )
    export(
        Upper(model), (torch.randn(2, 9, model.enc.config.hidden_size), mask),
        ["states", "attention_mask"], ["logits", "query", "key"], dest / "upper.onnx",
    )
    if precision == "int8":
        for name in ["lower.onnx", "upper.onnx"]:
            print(name, quantise(dest / name), "layers quantised")
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.save(str(dest / "tokenizer.json"))
    rounded = lambda values: [round(float(v), 6) for v in values]
    config = model.enc.config
    settings = {
        "task": "nli",
        "id2label": dict(enumerate(LABELS)),
        "token_types": "segment",
        "max_length": LONGEST,
        "precision": precision,
        "model_type": config.model_type,
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": len(model.enc.encoder.layer),
        "lower_layers": model.lower,
        "num_attention_heads": config.num_attention_heads,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position_embeddings,
        "layer_norm_eps": config.layer_norm_eps,
        "heads": {
            "most": {"passage": examples.MOST_PASSAGE, "sentence": examples.MOST_SENTENCE, "label": examples.MOST_LABEL},
            "roles": {"width": topic_model.ROLE_WIDTH, "scale": 4.0, "bias": rounded(model.role_bias)},
            "pointers": {"width": topic_model.POINTER_WIDTH, "scale": 4.0},
            "skim": {
                "width": topic_model.SKIM_WIDTH, "weights": rounded(model.skim_out.weight[0]),
                "bias": round(float(model.skim_out.bias), 6), "bound": 0.0,
            },
            "sieve_bound": 0.0,
        },
    }
    (dest / "config.json").write_text(json.dumps(settings, indent=2) + "\n")


@torch.no_grad()
def write_sieve(sieve, path):
    """The word vectors of a sieve: rows of int8 with a scale each."""
    queries, keys, shares = sieve.table().float().split([WIDTH, WIDTH, 2], -1)
    tensors = {"shares": shares.contiguous(), "scale": sieve.scale, "bias": sieve.bias.reshape(1)}
    for name, rows in [("queries", queries), ("keys", keys)]:
        scales = rows.abs().amax(1).clamp(min=1e-12) / 127
        tensors[name] = torch.round(rows / scales[:, None]).to(torch.int8)
        tensors[f"{name}_scales"] = scales
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("weights")
    args.add_argument("base")
    args.add_argument("dest", type=pathlib.Path)
    args.add_argument("--layers", type=int, default=12)
    args.add_argument("--sieve", help="what sieve.py wrote")
    args.add_argument("--float", action="store_true")
    args = args.parse_args()
    model = TopicModel(args.base, args.layers)
    weights = {k: v.float() for k, v in torch.load(args.weights, weights_only=True).items()}
    print("unknown weights:", model.load_state_dict(weights, strict=False).unexpected_keys)
    write(model.eval(), args.base, args.dest, "f32" if args.float else "int8")
    if args.sieve:
        sieve = Sieve(model.enc.embeddings.word_embeddings.weight.detach())
        sieve.load_state_dict(torch.load(args.sieve, weights_only=True), strict=False)
        write_sieve(sieve, args.dest / "sieve.safetensors")


if __name__ == "__main__":
    main()
