"""Trains the sieve: which (sentence, topic) may hold a claim, from word vectors alone.

`python sieve.py OUT --base BASE --premises P`. Each word of a stance's hypotheses is matched with its
nearest word of the sentence, and of the passage (late interaction; Khattab and Zaharia 2020), with
vectors that are a projection of the base encoder's word embeddings: so words that the training data
lack are near to those that they have. OUT gets `sieve.pt`.
"""

import argparse
import random
import re
import time

import torch
from transformers import AutoTokenizer, MPNetModel

import common
import labelled
from examples import Maker
from topic_model import padded

WIDTH = 64


class Sieve(torch.nn.Module):
    """Logits `[pairs]` from word embeddings of hypotheses and passages."""

    def __init__(self, words):
        super().__init__()
        self.words = torch.nn.Embedding.from_pretrained(torch.nn.functional.normalize(words, dim=-1), freeze=True)
        size = words.shape[1]
        self.query, self.key = torch.nn.Linear(size, WIDTH, bias=False), torch.nn.Linear(size, WIDTH, bias=False)
        torch.nn.init.orthogonal_(self.query.weight)
        with torch.no_grad():
            self.key.weight[:] = self.query.weight
        # How much a word of a hypothesis counts, matched in the sentence and in the passage.
        self.weight = torch.nn.Linear(size, 2)
        torch.nn.init.zeros_(self.weight.weight)
        self.scale = torch.nn.Parameter(torch.tensor([4.0, 1.0]))
        self.bias = torch.nn.Parameter(torch.tensor(-2.0))

    def forward(self, labels, label_mask, ids, mask, sentence, pair_label, pair_passage):
        """`pair_label` and `pair_passage` say which label goes with which passage."""
        label_words, words = self.words(labels), self.words(ids)
        q, k = self.query(label_words), self.key(words)
        share = torch.nn.functional.softplus(self.weight(label_words)) * label_mask[..., None]
        share = share / share.sum(1, keepdim=True).clamp(min=1e-6)
        match = torch.einsum("pud,ptd->put", q[pair_label], k[pair_passage])
        in_sentence = match.masked_fill(~sentence[pair_passage][:, None], -1e4).amax(-1)
        in_passage = match.masked_fill(~mask[pair_passage][:, None], -1e4).amax(-1)
        both = torch.stack([in_sentence, in_passage], -1)
        return ((share[pair_label] * both).sum(1) * self.scale).sum(-1) + self.bias

    def table(self):
        """`[vocabulary, 2 × WIDTH + 2]`: queries, keys and the shares' numerators of each word."""
        words = self.words.weight
        share = torch.nn.functional.softplus(self.weight(words))
        return torch.cat([self.query(words), self.key(words), share], -1)


def tensors(examples, pad):
    """The arguments of the sieve for a batch of examples, and their goals by pair."""
    passages, labels, pairs = {}, {}, []
    for e in examples:
        passage = passages.setdefault((e.ids, e.types), len(passages))
        for ids, label in zip(e.stances, e.labels):
            pairs.append((labels.setdefault(ids, len(labels)), passage, label == "entailment"))
    label_ids = padded(labels, pad)
    label_mask = padded([[1.0] * len(ids) for ids in labels], 0.0)
    # Its first token is the separator.
    label_mask[:, 0] = 0
    ids = padded([ids for ids, _ in passages], pad)
    words = padded([[0] + [1] * (len(ids) - 2) + [0] for ids, _ in passages], 0).bool()
    sentence = padded([types for _, types in passages], 0).bool() & words
    l, p, y = zip(*pairs)
    return (label_ids, label_mask, ids, words, sentence, torch.tensor(l), torch.tensor(p)), torch.tensor(y).float()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("out")
    args.add_argument("--base", required=True)
    args.add_argument("--premises", required=True)
    args.add_argument("--elsewhere", help="premises of news that has no claim on the program's topics")
    args.add_argument("--passes", type=int, default=3)
    args = args.parse_args()
    torch.manual_seed(1)
    maker = Maker(args.premises, AutoTokenizer.from_pretrained(args.base), 5)
    words = MPNetModel.from_pretrained(args.base, add_pooling_layer=False).embeddings.word_embeddings.weight.detach()
    model, rng = Sieve(words), random.Random(1)
    examples = []
    for document, sentence, topic, claim in labelled.asked(maker.own, "train"):
        if claim or rng.random() < (0.15 if document.kind == "claims" else 0.6):
            examples.append(maker.example(sentence, topic))
    if args.elsewhere:
        for row in common.read(args.elsewhere):
            if not re.search("India|Pakistan|Kashmir", row["before"] + row["sentence"]):
                maker.rows[row["id"]] = row
                sentence = {"id": row["id"], "text": row["text"], "claims": []}
                examples += [maker.example(sentence, topic) for topic in maker.own if rng.random() < 0.3]
    print(len(examples), "examples", flush=True)
    trained = [p for n, p in model.named_parameters() if not n.startswith("words")]
    optimiser = torch.optim.Adam(trained, lr=2e-3)
    steps, step, started = args.passes * len(examples) // 128, 0, time.time()
    for _ in range(args.passes):
        rng.shuffle(examples)
        for at in range(0, len(examples) - 127, 128):
            for group in optimiser.param_groups:
                group["lr"] = 2e-3 * (1 - step / (steps + 1))
            inputs, goal = tensors(examples[at : at + 128], maker.tokens.pad)
            # A claim that is sieved out is lost; one that is not costs only time.
            value = torch.nn.functional.binary_cross_entropy_with_logits(model(*inputs), goal, 1 + 9 * goal)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            step += 1
            if step % 100 == 0:
                print(step, steps, round(value.item(), 4), f"{time.time() - started:.0f}s", flush=True)
    torch.save({n: p.detach() for n, p in model.state_dict().items() if not n.startswith("words")}, args.out)


@torch.no_grad()
def scores(model, examples, pad):
    """The greatest logit among the stances of each example."""
    out = []
    for at in range(0, len(examples), 256):
        batch = examples[at : at + 256]
        inputs, _ = tensors(batch, pad)
        logits, start = model(*inputs), 0
        for e in batch:
            out.append(float(logits[start : start + len(e.stances)].max()))
            start += len(e.stances)
    return out


if __name__ == "__main__":
    main()
