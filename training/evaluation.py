"""F1 of claims, of names and of the skim for a topic model in training; the program's own figures are those of `demarche evaluate`."""

import argparse
import collections
import json
import math
import os
import pathlib

import torch
from transformers import AutoTokenizer

import common
import labelled
from examples import Maker
from topic_model import TopicModel, predict


def best_f1(candidates, gold):
    """The best F1 over all thresholds for (score, right) pairs, with threshold, precision, recall."""
    right, best = 0, (0.0, 1.0, 0.0, 0.0)
    for taken, (score, ok) in enumerate(sorted(candidates, key=lambda c: -c[0]), 1):
        right += ok
        f1 = 2 * right / (taken + gold) if taken + gold else 0.0
        best = max(best, (f1, score, right / taken, right / max(1, gold)))
    return best


def look(model, maker, folder, name="real", verbose=True):
    """`folder` has `NAME.premises.jsonl` and `NAME.gold.json`, a list of sentences with `id`, `text`, `claims`."""
    folder = pathlib.Path(folder)
    maker.rows.update({row["id"]: row for row in common.read(folder / f"{name}.premises.jsonl")})
    gold = json.loads((folder / f"{name}.gold.json").read_text())
    examples = [maker.example(g, topic, vary=False) for g in gold if g["claims"] is not None for topic in maker.own]
    return report(predict(model, examples, maker.tokens.pad), examples, name, verbose)


def report(predictions, examples, name, verbose=True):
    stances, triples, skims, by = [], [], [], collections.defaultdict(list)
    g2, g3, names, evidence = 0, 0, [0, 0], [0, 0, 0]
    for e, (probabilities, roles, skim, pointers) in zip(examples, predictions):
        sentence, topic, wanted, actors = e.about
        claims = [c for c in sentence["claims"] if c["topic"] == topic]
        open_ = {(c["stance"], c["holder"]) for c in sentence.get("ambiguous", []) if c["topic"] == topic}
        g2 += len({c["stance"] for c in claims})
        g3 += len({(c["stance"], c["holder"]) for c in claims})
        any_claim = False
        for n, stance in enumerate(wanted):
            held = {c["holder"] for c in claims if c["stance"] == stance}
            any_claim |= bool(held)
            if not held and any(s == stance for s, _ in open_):
                continue
            best = int(roles[n, :, 0].argmax())
            score = math.sqrt(float(probabilities[n, 0]) * float(roles[n, best, 0]))
            stances.append((score, bool(held)))
            by[topic, stance].append((score, bool(held), actors[best] in held))
            triples.append((score, actors[best] in held))
            for a, actor in enumerate(actors):
                if a != best and actor != "narrator" and actors[best] != "narrator" and roles[n, a, 0] > 0.3:
                    triples.append((math.sqrt(float(probabilities[n, 0]) * float(roles[n, a, 0])), actor in held))
            at = e.pointers[n]
            if held and at[0] is not None:
                names[0] += int(pointers[n, 0].argmax()) == at[0]
                names[1] += 1
            if held and at[2] is not None:
                first, last = pointed_span(pointers[n, 2:], e.types)
                own, ours = set(range(at[2], at[3] + 1)), set(range(first, last + 1))
                evidence[0] += len(own & ours)
                evidence[1] += len(own)
                evidence[2] += len(ours)
        skims.append((float(skim.max()), any_claim))
    b2, b3 = best_f1(stances, g2), best_f1(triples, g3)
    at_half = lambda c, g: 2 * sum(ok for s, ok in c if s >= 0.5) / max(1, g + sum(s >= 0.5 for s, _ in c))
    text = f"{name}: stance {b2[0]:.3f}@{b2[1]:.2f} P{b2[2]:.2f} R{b2[3]:.2f} | holder {b3[0]:.3f}@{b3[1]:.2f} P{b3[2]:.2f} R{b3[3]:.2f}"
    text += f" | at .5 {at_half(stances, g2):.3f} {at_half(triples, g3):.3f} | gold {g2} {g3}"
    positive = sorted(s for s, any_ in skims if any_)
    stop = {}
    for share in (0.95, 0.98, 0.99):
        bound = positive[int((1 - share) * len(positive))] if positive else 0
        stop[share] = round(sum(s < bound for s, _ in skims) / len(skims), 3)
    f1 = 2 * evidence[0] / max(1, evidence[1] + evidence[2])
    print(text, "| skim stops", stop, f"| names {names[0]}/{names[1]} evidence {f1:.3f}", flush=True)
    if verbose:
        for key, rows in sorted(by.items()):
            count = sum(ok for _, ok, _ in rows)
            b = best_f1([(s, ok) for s, ok, _ in rows], count)
            h = best_f1([(s, ok) for s, _, ok in rows], count)
            print(f"    {key[0]}/{key[1]}: {b[0]:.2f}@{b[1]:.2f} P{b[2]:.2f} R{b[3]:.2f} holder {h[0]:.2f} n {count}", flush=True)
    return b2[0], b3[0]


def pointed_span(scores, types, longest=40):
    """The best span of tokens `first..=last` within the sentence."""
    start = next(i for i, kind in enumerate(types) if kind == 1)
    end = len(types) - 1
    best, found = -math.inf, (start, max(start, end - 1))
    for first in range(start, end):
        for last in range(first, min(end, first + longest)):
            value = float(scores[0, first] + scores[1, last])
            if value > best:
                best, found = value, (first, last)
    return found


def labelled_part(model, maker, kind, part, name=None):
    """The figures on the documents of one kind and part of `data/`."""
    asked = labelled.asked(maker.own, part)
    examples = [maker.example(s, topic, vary=False) for document, s, topic, _ in asked if document.kind == kind]
    return report(predict(model, examples, maker.tokens.pad), examples, name or f"{kind} {part}", verbose=False)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("weights")
    args.add_argument("--base", required=True)
    args.add_argument("--premises", required=True)
    args.add_argument("--layers", type=int, default=12)
    args.add_argument("--real", help="a folder with real.premises.jsonl and real.gold.json")
    args.add_argument("parts", nargs="*", help="KIND:PART")
    args = args.parse_args()
    torch.set_num_threads(int(os.environ.get("TRAIN_THREADS", os.cpu_count() or 1)))
    model = TopicModel(args.base, args.layers)
    weights = torch.load(args.weights, weights_only=True)
    model.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    maker = Maker(args.premises, AutoTokenizer.from_pretrained(args.base), 1)
    if args.real:
        look(model, maker, args.real)
    for part in args.parts:
        labelled_part(model, maker, *part.split(":"))


if __name__ == "__main__":
    main()
