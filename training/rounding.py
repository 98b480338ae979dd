"""Rounds a topic model's weights to int8 levels so that the layers' outputs change least.

`python rounding.py WEIGHTS OUT --base BASE --premises P`. Rounding each weight by itself would undo
further training from a restored model: most weights then move by less than half a step. So the error
of each column of a matrix is made up for by the columns after it, given the layer's inputs on
training sentences (GPTQ; Frantar et al. 2023). `export_topics.py OUT` keeps these levels.
"""

import argparse
import os
import random

import torch
from transformers import AutoTokenizer

import labelled
from examples import Maker
from export import BITS
from topic_model import Batch, TopicModel

LIMIT = 2 ** (BITS - 1) - 1
BLOCK = 128
DAMPING = 0.01
# Of the tokens that a layer reads, every nth is enough.
EVERY = 3


def inputs(model, examples, pad):
    """For each linear layer the sum of its inputs' outer products `[in, in]`."""
    sums, known, hooks = {}, {}, []

    def watch(name):
        def hook(_, args, __):
            x = args[0]
            # Layers that read the same tensor share the sum.
            key = (x.data_ptr(), x.shape)
            if known.get("key") != key:
                rows = x.detach().reshape(-1, x.shape[-1])[::EVERY].float()
                with torch.autocast("cpu", enabled=False):
                    known.update(key=key, product=rows.T @ rows, kept=x)
            sums[name] = sums[name] + known["product"] if name in sums else known["product"].clone()

        return hook

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and module.out_features > 3:
            hooks.append(module.register_forward_hook(watch(name)))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for batch in examples:
            _, upper, states = Batch(batch, pad).read(model)
            model.stances(states)
            model.query(states)
            model.key(upper)
    for hook in hooks:
        hook.remove()
    return sums


def rounded(weight, products):
    """`weight` `[out, in]` on a grid for each row."""
    w = weight.detach().float().clone()
    step = w.abs().amax(1).clamp(min=1e-12) / LIMIT
    h = products.clone()
    h.diagonal().add_(DAMPING * h.diagonal().mean())
    # Rounding the inputs that matter most first leaves the others to make up for them.
    order = torch.argsort(h.diagonal(), descending=True)
    w, h = w[:, order], h[order][:, order]
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    out = torch.zeros_like(w)
    for start in range(0, w.shape[1], BLOCK):
        end = min(start + BLOCK, w.shape[1])
        errors = torch.zeros(w.shape[0], end - start)
        for at in range(start, end):
            column = w[:, at]
            level = torch.clamp(torch.round(column / step), -LIMIT, LIMIT) * step
            out[:, at] = level
            error = (column - level) / inverse[at, at]
            w[:, at:end] -= error[:, None] * inverse[at, at:end][None]
            errors[:, at - start] = error
        w[:, end:] -= errors @ inverse[start:end, end:]
    return out[:, torch.argsort(order)]


def main():
    args = argparse.ArgumentParser()
    args.add_argument("weights")
    args.add_argument("out")
    args.add_argument("--base", required=True)
    args.add_argument("--premises", required=True)
    args.add_argument("--examples", type=int, default=480)
    args = args.parse_args()
    torch.set_num_threads(int(os.environ.get("TRAIN_THREADS", os.cpu_count() or 1)))
    model = TopicModel(args.base)
    weights = {k: v.float() for k, v in torch.load(args.weights, weights_only=True).items()}
    model.load_state_dict(weights, strict=False)
    maker, rng = Maker(args.premises, AutoTokenizer.from_pretrained(args.base), 3), random.Random(3)
    asked = [row for row in labelled.asked(maker.own, "train") if row[0].kind != "claims" and row[1]["id"] in maker.rows]
    asked = [row for row in asked if row[3] or rng.random() < 0.1]
    examples = [maker.example(s, topic) for _, s, topic, _ in rng.sample(asked, args.examples)]
    examples.sort(key=lambda e: e.length)
    sums = inputs(model.eval(), [examples[at : at + 32] for at in range(0, len(examples), 32)], maker.tokens.pad)
    modules = dict(model.named_modules())
    for name, products in sums.items():
        before = modules[name].weight.detach()
        after = rounded(before, products)
        change = (after - before).float()
        loss = torch.sqrt(((change @ products) * change).sum() / ((before @ products) * before).sum())
        weights[f"{name}.weight"] = after
        print(f"{name}: outputs change by {float(loss):.4f}", flush=True)
    torch.save({k: v for k, v in weights.items() if "word_embeddings" not in k}, args.out)


if __name__ == "__main__":
    main()
