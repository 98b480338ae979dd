"""Fine-tunes the NLI cross-encoder: `python nli.py BASE DATA OUT`.

BASE: the folder that base.py filled. DATA: a folder with `train.jsonl.gz` and `dev.jsonl.gz`,
rows of `premise`, `hypothesis`, `label`, `source`. OUT: a transformers model folder.
"""

import collections
import random

import torch
from transformers import BertForSequenceClassification

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


def main():
    args, tok, model = common.start(BertForSequenceClassification, LABELS, rate=1e-4)
    tok.save_pretrained(args.out)

    def encode(rows):
        pairs = [(r["premise"], r["hypothesis"]) for r in rows]
        enc = tok(pairs, truncation="only_first", max_length=160)
        return enc["input_ids"], enc["token_type_ids"], [LABELS.index(r["label"]) for r in rows]

    def tensors(ids, types, rows):
        input_ids = common.pad([ids[i] for i in rows], 0)
        token_types = common.pad([types[i] for i in rows], 0)
        mask = common.pad([[1] * len(ids[i]) for i in rows], 0)
        return {"input_ids": input_ids, "token_type_ids": token_types, "attention_mask": mask}

    ids, types, gold = encode(mixed(common.read(args.data / "train.jsonl.gz"), args.seed))
    dev = common.read(args.data / "dev.jsonl.gz")

    def loss(rows):
        labels = torch.tensor([gold[i] for i in rows])
        return model(**tensors(ids, types, rows), labels=labels).loss

    @torch.no_grad()
    def evaluate():
        dev_ids, dev_types, dev_gold = encode(dev)
        right, total = collections.Counter(), collections.Counter()
        plan = common.batches(list(map(len, dev_ids)), 8000, random.Random(0))
        for rows in plan:
            guesses = model(**tensors(dev_ids, dev_types, rows)).logits.argmax(-1).tolist()
            for i, guess in zip(rows, guesses):
                total[dev[i]["source"]] += 1
                right[dev[i]["source"]] += guess == dev_gold[i]
        scores = {source: right[source] / total[source] for source in sorted(total)}
        return {"accuracy": sum(right.values()) / len(dev), **scores}

    common.train(
        model, loss, list(map(len, ids)), args.out,
        epochs=args.epochs, rate=args.rate, budget=2400, seed=args.seed, evaluate=evaluate,
    )


if __name__ == "__main__":
    main()
