"""Fits the skim of a trained topic model anew, with the rest of the model frozen.

`python skim.py WEIGHTS --base BASE --premises P --sieve SIEVE`. It learns from what the sieve lets
through, as the program uses it; the lower layers' states are computed once. Prints how much both
steps stop on the dev articles, and writes the new weights into WEIGHTS.
"""

import argparse
import os
import random
import time

import torch
import torch.nn.functional as F
from transformers import AutoTokenizer

import labelled
import sieve as sieving
from examples import Maker
from topic_model import SENTENCE, STANCE, WORD, TopicModel, padded


@torch.no_grad()
def states(model, sequences, pad, budget=8000):
    """The lower layers' states of sequences `(ids, types)`, as bf16, without padding."""
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i][0]))
    found, at = [None] * len(sequences), 0
    while at < len(order):
        rows = max(1, budget // len(sequences[order[min(at + 64, len(order) - 1)]][0]))
        chunk = order[at : at + rows]
        at += len(chunk)
        ids = padded([sequences[i][0] for i in chunk], pad)
        types = padded([sequences[i][1] for i in chunk], 0)
        mask = padded([[1] * len(sequences[i][0]) for i in chunk], 0)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            read = model.read_lower(ids, types, mask).bfloat16()
        for row, i in enumerate(chunk):
            found[i] = read[row, : len(sequences[i][0])].clone()
    return found


class Pairs:
    """Pairs of a hypothesis and a passage, with the states of both."""

    def __init__(self, model, examples, pad):
        passages, labels, self.pairs = {}, {}, []
        for number, e in enumerate(examples):
            passage = passages.setdefault((e.ids, e.types), len(passages))
            for ids, label in zip(e.stances, e.labels):
                stance = labels.setdefault((ids, (STANCE,) + (WORD,) * (len(ids) - 1)), len(labels))
                self.pairs.append((passage, stance, float(label == "entailment"), number))
        self.passages = states(model, list(passages), pad)
        self.sentences = [[t == SENTENCE for t in types] for _, types in passages]
        self.labels = torch.stack([s[0] for s in states(model, list(labels), pad)]).float()

    def logits(self, model, batch):
        tokens = torch.nn.utils.rnn.pad_sequence([self.passages[p] for p, *_ in batch], batch_first=True).float()
        sentence = padded([self.sentences[p] for p, *_ in batch], False)
        return model.skim(self.labels[[s for _, s, *_ in batch]], tokens, sentence)


def examples_of(maker, part, keep):
    for document, sentence, topic, claim in labelled.asked(maker.own, part):
        if (part == "train" or document.kind == "long") and keep(document, claim):
            yield maker.example(sentence, topic, vary=part == "train")


@torch.no_grad()
def look(model, pairs, examples, sieved, bound):
    """How many (sentence, topic) sieve and skim stop, by the share of claims that they keep."""
    model.eval()
    best = [-1e9] * len(examples)
    for at in range(0, len(pairs.pairs), 256):
        batch = pairs.pairs[at : at + 256]
        for (*_, number), logit in zip(batch, pairs.logits(model, batch).tolist()):
            best[number] = max(best[number], logit)
    claims = ["entailment" in e.labels for e in examples]
    lost = sum(c and s < bound for c, s in zip(claims, sieved))
    print(f"sieve at {bound}: stops {sum(s < bound for s in sieved) / len(sieved):.3f}, loses {lost} of {sum(claims)}")
    passed = [i for i, s in enumerate(sieved) if s >= bound]
    positive = sorted(best[i] for i in passed if claims[i])
    for share in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05):
        skim = positive[int(share * len(positive))]
        stops = 1 - sum(best[i] >= skim for i in passed) / len(examples)
        print(f"  skim at {skim:.2f} ({1 / (1 + 2.718281828 ** -skim):.4f}): both stop {stops:.3f}, lose {lost + int(share * len(positive))}", flush=True)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("weights")
    args.add_argument("--base", required=True)
    args.add_argument("--premises", required=True)
    args.add_argument("--sieve", required=True)
    args.add_argument("--bound", type=float, default=-1.5)
    args.add_argument("--passes", type=int, default=4)
    args.add_argument("--rate", type=float, default=1e-3)
    args = args.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("TRAIN_THREADS", os.cpu_count() or 1)))
    model = TopicModel(args.base)
    weights = {k: v.float() for k, v in torch.load(args.weights, weights_only=True).items()}
    model.load_state_dict(weights, strict=False)
    maker, rng = Maker(args.premises, AutoTokenizer.from_pretrained(args.base), 9), random.Random(1)
    sieve = sieving.Sieve(model.enc.embeddings.word_embeddings.weight.detach())
    sieve.load_state_dict(torch.load(args.sieve, weights_only=True), strict=False)
    shares = {"claims": 0.15, "retold": 0.5, "statements": 0.5, "topics": 0.5, "hard": 1.0, "long": 1.0}
    train = list(examples_of(maker, "train", lambda d, claim: claim or rng.random() < shares[d.kind]))
    passed = sieving.scores(sieve, train, maker.tokens.pad)
    train = [e for e, s in zip(train, passed) if s >= args.bound - 0.5]
    dev = list(examples_of(maker, "dev", lambda d, claim: True))
    sieved = sieving.scores(sieve, dev, maker.tokens.pad)
    started = time.time()
    pairs, dev_pairs = Pairs(model, train, maker.tokens.pad), Pairs(model, dev, maker.tokens.pad)
    print(len(train), "examples", len(pairs.pairs), "pairs", f"{time.time() - started:.0f}s", flush=True)
    look(model, dev_pairs, dev, sieved, args.bound)
    fitted = [p for n, p in model.named_parameters() if n.startswith("skim_")]
    optimiser = torch.optim.AdamW(fitted, lr=args.rate, weight_decay=0.01)
    steps, step = args.passes * len(pairs.pairs) // 256, 0
    for turn in range(args.passes):
        model.train()
        rng.shuffle(pairs.pairs)
        for at in range(0, len(pairs.pairs) - 255, 256):
            for group in optimiser.param_groups:
                group["lr"] = args.rate * (1 - step / (steps + 1))
            batch = pairs.pairs[at : at + 256]
            goal = torch.tensor([y for _, _, y, _ in batch])
            value = F.binary_cross_entropy_with_logits(pairs.logits(model, batch), goal, 1 + 7 * goal)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            step += 1
        print(f"pass {turn} loss {value.item():.4f} {time.time() - started:.0f}s", flush=True)
        look(model, dev_pairs, dev, sieved, args.bound)
    weights.update({n: p.detach().clone() for n, p in model.named_parameters() if n.startswith("skim_")})
    torch.save(weights, args.weights)


if __name__ == "__main__":
    main()
