"""Fine-tunes an NLI cross-encoder: `python nli.py BASE OUT FILE...`.

BASE: a folder with an encoder (base.py) or with an earlier result (restore.py). FILE: gzipped or plain JSONL
of `premise`, `hypothesis`, `label`, `source`; `FILE:0.3` takes a random 30% of it. OUT: a transformers
model folder.
"""

import argparse
import collections
import json
import random

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import common

LABELS = ["entailment", "neutral", "contradiction"]
# Breaking NLI is 87% contradiction and made from one template: too much of it teaches a bias.
CAP = {"breaking_nli": 2000}
# CB (embedded clauses under a verb of saying) is small and close to reported speech.
REPEAT = {"cb": 3}


def mixed(rows, seed):
    rng = random.Random(seed)
    by_source = collections.defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row)
    out = []
    for source, part in sorted(by_source.items()):
        rng.shuffle(part)
        out += part[: CAP.get(source)] * REPEAT.get(source, 1)
    return out


def load(spec, seed):
    path, _, share = spec.partition(":")
    rows = mixed(common.read(path), seed)
    return random.Random(seed).sample(rows, int(float(share) * len(rows))) if share else rows


def load_model(base, layers=None):
    """The classifier on `base`; `layers` keeps just those of the encoder, in that order."""
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    if layers:
        encoder = model.base_model.encoder
        encoder.layer = torch.nn.ModuleList(encoder.layer[i] for i in layers)
        model.config.num_hidden_layers = len(layers)
    return model


class Pairs:
    """Encoded pairs, and tensors of a batch of them."""

    def __init__(self, tok, rows, max_length=160):
        self.rows = rows
        pairs = [(r["premise"], r["hypothesis"]) for r in rows]
        enc = tok(pairs, truncation="only_first", max_length=max_length)
        self.columns = {
            "input_ids": (enc["input_ids"], tok.pad_token_id),
            "attention_mask": (enc["attention_mask"], 0),
        }
        if "token_type_ids" in enc:
            self.columns["token_type_ids"] = (enc["token_type_ids"], 0)
        self.lengths = [len(ids) for ids in enc["input_ids"]]

    def tensors(self, batch):
        return {
            name: common.pad([column[i] for i in batch], value)
            for name, (column, value) in self.columns.items()
        }


@torch.no_grad()
def accuracy(model, tok, rows):
    """Accuracy over `rows` and for each source."""
    pairs = Pairs(tok, rows)
    right, total = collections.Counter(), collections.Counter()
    for batch in common.batches(pairs.lengths, 8000, random.Random(0)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            guesses = model(**pairs.tensors(batch)).logits.argmax(-1).tolist()
        for i, guess in zip(batch, guesses):
            for key in ("all", rows[i]["source"]):
                total[key] += 1
                right[key] += LABELS[guess] == rows[i]["label"]
    return {key: round(right[key] / total[key], 4) for key in sorted(total)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("out")
    parser.add_argument("data", nargs="+")
    parser.add_argument("--dev", help="a JSONL file to score at the end")
    parser.add_argument("--layers", help="layers of the base to keep, as 0,2,4")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--budget", type=int, default=2400, help="padded tokens in a batch")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    tok = AutoTokenizer.from_pretrained(args.base)
    tok.save_pretrained(args.out)
    model = load_model(args.base, args.layers and [int(i) for i in args.layers.split(",")])

    rows = [row for spec in args.data for row in load(spec, args.seed)]
    pairs = Pairs(tok, rows)
    target = torch.tensor([LABELS.index(row["label"]) for row in rows])

    def loss(batch):
        return torch.nn.functional.cross_entropy(model(**pairs.tensors(batch)).logits, target[batch])

    common.train(
        model, loss, pairs.lengths, args.out,
        epochs=args.epochs, rate=args.rate, budget=args.budget, seed=args.seed,
        evaluate=lambda: accuracy(model, tok, common.read(args.dev)) if args.dev else {},
    )


if __name__ == "__main__":
    main()
