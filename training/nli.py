"""Fine-tunes an NLI cross-encoder: `python nli.py BASE OUT FILE...`.

BASE: a folder with MPNet (base.py) or with an earlier result (restore.py). FILE: gzipped or plain
JSONL of `premise`, `hypothesis`, `label`, `source`; `FILE:0.3` uses a random 30% of it. OUT: a
transformers model folder.

In rows with `actors`, `holders` and `sources` (pairs.py) the actors' names follow the hypothesis.
The classifier reads every token: the first token has the logits of the three labels; the first
token of each name has two more: that the stance is this actor's, and that this actor reports it.
"""

import argparse
import collections
import json
import random

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import common

LABELS = ["entailment", "neutral", "contradiction"]
ROLES = ["holder", "source"]
# Loss weights of the roles if the stance is taken, and if not; sources are rare.
TAKEN, OPEN, SOURCE = 1.0, 0.25, 2.0
# Breaking NLI is 87% contradiction and made from one template: too many rows of it cause a bias.
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
    """The classifier on `base`; `layers` selects layers of the encoder, in that order."""
    labels = LABELS + ROLES
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    if layers:
        encoder = model.base_model.encoder
        encoder.layer = torch.nn.ModuleList(encoder.layer[i] for i in layers)
        model.config.num_hidden_layers = len(layers)
    return model


def logits(model, tensors):
    """The logits of every token, `[batch, tokens, labels]`."""
    head = model.classifier
    return head.out_proj(torch.tanh(head.dense(model.base_model(**tensors).last_hidden_state)))


class Pairs:
    """Encoded pairs, and tensors for a batch of them."""

    def __init__(self, tok, rows, max_length=160):
        self.rows, self.pad = rows, tok.pad_token_id
        behind = [" ".join([r["hypothesis"], *r.get("actors", [])]) for r in rows]
        enc = tok(
            [r["premise"] for r in rows], behind,
            truncation="only_first", max_length=max_length, return_offsets_mapping=True,
        )
        self.ids = enc["input_ids"]
        self.lengths = [len(ids) for ids in self.ids]
        self.labels = torch.tensor([LABELS.index(r["label"]) for r in rows])
        self.names = [self.starts(row, enc, at) for at, row in enumerate(rows)]

    def starts(self, row, enc, at):
        """The first token of each actor's name."""
        if not row.get("actors"):
            return []
        second = {
            span[0]: token
            for token, (span, part) in enumerate(zip(enc["offset_mapping"][at], enc.sequence_ids(at)))
            if part == 1
        }
        out, char = [], len(row["hypothesis"]) + 1
        for name in row["actors"]:
            out.append(second[char])
            char += len(name) + 1
        return out

    def tensors(self, batch):
        ids = [self.ids[i] for i in batch]
        mask = [[1] * len(row) for row in ids]
        return {"input_ids": common.pad(ids, self.pad), "attention_mask": common.pad(mask, 0)}

    def roles(self, batch):
        """Positions of the names in a batch (row, token), whether each is holder and source, and
        their weights.
        """
        places, roles, weights = [], [], []
        for at, i in enumerate(batch):
            row = self.rows[i]
            for token, holder, source in zip(self.names[i], row.get("holders", []), row.get("sources", [])):
                weight = TAKEN if any(row["holders"]) else OPEN
                places.append((at, token))
                roles.append((float(holder), float(source)))
                weights.append((weight, weight * (SOURCE if source else 1.0)))
        return places, torch.tensor(roles), torch.tensor(weights)

    def loss(self, model, batch):
        found = logits(model, self.tensors(batch)).float()
        total = torch.nn.functional.cross_entropy(found[:, 0, : len(LABELS)], self.labels[batch])
        places, roles, weights = self.roles(batch)
        if places:
            rows, tokens = zip(*places)
            at_names = found[list(rows), list(tokens), len(LABELS) :]
            each = torch.nn.functional.binary_cross_entropy_with_logits(at_names, roles, weights, reduction="sum")
            total = total + each / len(batch)
        return total


@torch.no_grad()
def scores(model, tok, rows):
    """Accuracy over `rows` and by data set; accuracy of the most probable holder of stances that
    are taken; F1 of sources.
    """
    pairs = Pairs(tok, rows)
    right, total = collections.Counter(), collections.Counter()
    for batch in common.batches(pairs.lengths, 8000, random.Random(0)):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = logits(model, pairs.tensors(batch)).float()
        for at, i in enumerate(batch):
            row = rows[i]
            for key in ("all", row["source"]):
                total[key] += 1
                right[key] += LABELS[found[at, 0, : len(LABELS)].argmax()] == row["label"]
            if any(row.get("holders", [])):
                holder, source = found[at, pairs.names[i], len(LABELS) :].T
                total["holder"] += 1
                right["holder"] += row["holders"][holder.argmax()]
                guess, gold = {int(source.argmax())} if source.max() > 0 else set(), {i for i, s in enumerate(row["sources"]) if s}
                total["source F1"] += (len(guess) + len(gold)) / 2
                right["source F1"] += len(guess & gold)
    return {key: round(right[key] / max(total[key], 1e-9), 4) for key in sorted(total)}


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
    common.train(
        model, lambda batch: pairs.loss(model, batch), pairs.lengths, args.out,
        epochs=args.epochs, rate=args.rate, budget=args.budget, seed=args.seed,
        evaluate=lambda: scores(model, tok, common.read(args.dev)) if args.dev else {},
    )


if __name__ == "__main__":
    main()
