"""Trains the topic model. `python train_topics.py OUT --premises P --init WEIGHTS …`"""

import argparse
import collections
import json
import math
import os
import pathlib
import random
import time

import torch
from transformers import AutoTokenizer

import common
import evaluation
import general
import labelled
import sieve as sieving
from examples import Maker
from topic_model import Batch, TopicModel, loss

# How often a sentence of each kind is read in one pass: with claims on the topic, and without them.
SHARES = {"retold": (1, 0.22), "statements": (1, 0.22), "near": (1, 0.45), "hard": (1, 0.45), "long": (1, 0.3), "topics": (1, 0.4), "claims": (0.35, 0.05)}


def general_examples(maker, path, seed, count):
    """Examples of general inference: up to four hypotheses about one premise."""
    rng, groups = random.Random(seed), collections.OrderedDict()
    for row in general.mixed(common.read(path), seed):
        groups.setdefault((row["source"], row["premise"]), []).append(row)
    groups = list(groups.items())
    rng.shuffle(groups)
    for (_, premise), rows in groups[:count]:
        rows = rng.sample(rows, min(4, len(rows)))
        yield maker.general(premise, [r["hypothesis"] for r in rows], [r["label"] for r in rows])


def chosen(maker, seed, shares, sieve=None):
    """One pass over the training documents, as examples by sentence.

    Sentences without a claim on a topic are read the more often, the more the sieve finds in them.
    """
    rng, groups, without = random.Random(seed), [], []
    others = [t for t in maker.wordings if t not in maker.own]
    for document in labelled.documents():
        if document.part != "train":
            continue
        for sentence in document.sentences:
            if sentence["claims"] is None:
                continue
            taken = {c["topic"] for c in sentence["claims"]}
            group = (document.kind, [])
            groups.append(group)
            for topic in [document.topic] if document.topic else maker.own:
                if topic in taken:
                    for _ in range(int(shares[document.kind][0] + rng.random())):
                        group[1].append(maker.example(sentence, topic))
                else:
                    without.append((group, document, maker.example(sentence, topic)))
            if document.topic is None and rng.random() < 0.02:
                group[1].append(maker.example(sentence, rng.choice(others)))
            if document.topic and rng.random() < 0.1:
                group[1].append(maker.example(sentence, rng.choice(maker.own)))
    likely = [e for _, _, e in without]
    likely = sieving.scores(sieve, likely, maker.tokens.pad) if sieve else [0.0] * len(likely)
    of_kind = collections.defaultdict(list)
    for (group, document, example), score in zip(without, likely):
        of_kind[document.kind].append((group, example, 0.04 + 1 / (1 + math.exp(-score))))
    for kind, rows in of_kind.items():
        wanted = shares[kind][1] * len(rows)
        scale = wanted / sum(weight for _, _, weight in rows)
        for group, example, weight in rows:
            if rng.random() < scale * weight:
                group[1].append(example)
    return [group for group in groups if group[1]]


def batches(groups, budget, rng):
    """Batches of about `budget` padded tokens; the examples of one sentence stay together."""
    order = list(groups)
    rng.shuffle(order)
    out = []
    for at in range(0, len(order), 2048):
        pool = sorted(order[at : at + 2048], key=lambda g: max(e.length for e in g))
        batch, widest = [], 0
        for group in pool:
            wide = max(widest, max(e.length for e in group))
            if batch and wide * (len(batch) + len(group)) > budget:
                out.append(batch)
                batch, wide = [], max(e.length for e in group)
            batch, widest = batch + group, wide
        out.append(batch)
    rng.shuffle(out)
    return out


def main():
    args = argparse.ArgumentParser()
    args.add_argument("out", type=pathlib.Path)
    args.add_argument("--base", required=True)
    args.add_argument("--premises", required=True)
    args.add_argument("--init")
    args.add_argument("--prototype")
    args.add_argument("--nli", help="pairs of general inference")
    args.add_argument("--sieve", help="what sieve.py wrote")
    args.add_argument("--general", type=float, default=0.12)
    args.add_argument("--layers", type=int, default=12)
    args.add_argument("--rate", type=float, default=3e-5)
    args.add_argument("--passes", type=int, default=1)
    args.add_argument("--budget", type=int, default=4800)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--minutes", type=float, default=1e9, help="the rate falls to zero within this time")
    args.add_argument("--hold", action="store_true", help="the rate does not fall")
    args.add_argument("--shares", default="{}")
    args.add_argument("--evaluate", help="a folder with premises and gold of articles for a last look")
    args = args.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(int(os.environ.get("TRAIN_THREADS", os.cpu_count() or 1)))
    tokenizer = AutoTokenizer.from_pretrained(args.base)
    model = TopicModel(args.base, args.layers)
    if args.prototype:
        print("from the prototype:", model.start_from_prototype(torch.load(args.prototype, weights_only=True)))
    if args.init:
        state = torch.load(args.init, weights_only=True)
        missing = model.load_state_dict({k: v.float() for k, v in state.get("net", state).items()}, strict=False)
        print(missing)
    maker = Maker(args.premises, tokenizer, args.seed)
    shares = {**SHARES, **json.loads(args.shares)}
    sieve = None
    if args.sieve:
        sieve = sieving.Sieve(model.enc.embeddings.word_embeddings.weight.detach())
        sieve.load_state_dict(torch.load(args.sieve, weights_only=True), strict=False)
    groups = [g for turn in range(args.passes) for g in chosen(maker, args.seed + turn, shares, sieve)]
    print({k: sum(len(g) for kind, g in groups if kind == k) for k in shares}, flush=True)
    groups = [g for _, g in groups]
    count = sum(map(len, groups))
    if args.nli:
        groups += [[e] for e in general_examples(maker, args.nli, args.seed, int(count * args.general / (1 - args.general)))]
    plan = batches(groups, args.budget, random.Random(args.seed))
    print("examples", count, "steps", len(plan), flush=True)
    train(model, maker, plan, args)
    model.eval()
    if args.evaluate:
        evaluation.look(model, maker, args.evaluate)


def train(model, maker, plan, args):
    model.enc.embeddings.word_embeddings.weight.requires_grad_(False)
    model.enc.encoder.relative_attention_bias.weight.requires_grad_(False)
    fresh = [p for n, p in model.named_parameters() if not n.startswith("enc.")]
    rest = [p for n, p in model.named_parameters() if n.startswith("enc.") and p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "lr": args.rate, "full": args.rate}, {"params": fresh, "lr": args.rate * 4, "full": args.rate * 4}],
        weight_decay=0.01, betas=(0.9, 0.98), fused=True,
    )
    args.out.mkdir(parents=True, exist_ok=True)
    started, saved, running = time.time(), time.time(), None
    warm = max(1, int(0.05 * len(plan)))
    for step, examples in enumerate(plan):
        spent = (time.time() - started) / 60
        left = 1.0 if args.hold else 1 - max(step / len(plan), spent / args.minutes)
        if left <= 0:
            break
        for group in optimiser.param_groups:
            group["lr"] = group["full"] * min((step + 1) / warm, left)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(model, Batch(examples, maker.tokens.pad))
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(rest + fresh, 1.0)
        optimiser.step()
        running = value.item() if running is None else 0.96 * running + 0.04 * value.item()
        if step % 10 == 0:
            print(f"step {step}/{len(plan)} loss {running:.4f} {time.time() - started:.0f}s", flush=True)
        if time.time() - saved > 600:
            save(model, args.out)
            saved = time.time()
    save(model, args.out)


def save(model, out):
    kept = {k: v.to(torch.bfloat16) for k, v in model.state_dict().items() if "word_embeddings" not in k}
    torch.save(kept, out / "weights.tmp")
    (out / "weights.tmp").replace(out / "weights.pt")


if __name__ == "__main__":
    main()
