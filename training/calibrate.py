"""Fits temperature and thresholds to the model's answers: `python calibrate.py ANSWERS...`.

ANSWERS: output of `cargo xtask answers` with temperature 1. Prints the temperature with the highest
likelihood of the claims' scores (Guo et al. 2017); the expected calibration error before and after;
for each stance the threshold with the best F1, and the floor below which few claims remain; and the
thresholds of `attribution.toml` for a second holder and for a source.
"""

import collections
import json
import math
import sys

FLOOR_RECALL = 0.97
NARRATOR = "narrator"


def cooled(p, temperature):
    powers = {k: math.exp(math.log(max(v, 1e-4)) / temperature) for k, v in p.items()}
    return powers["entailment"] / sum(powers.values())


def warmed(p, temperature):
    """A separate probability, such as that of a role."""
    p = min(max(p, 1e-4), 1 - 1e-4)
    return 1 / (1 + ((1 - p) / p) ** (1 / temperature))


def score(answer, temperature):
    """The score of a claim, as the program computes it."""
    holders = [warmed(role["holder"], temperature) for role in answer["roles"]]
    entailment = cooled(answer["probabilities"], temperature)
    return math.sqrt(entailment * max(holders)) if holders else entailment


def loss(answers, temperature):
    total = 0.0
    for a in answers:
        p = min(max(score(a, temperature), 1e-6), 1 - 1e-6)
        total -= math.log(p if a["right"] else 1 - p)
    return total / len(answers)


def ece(pairs):
    bins = collections.defaultdict(list)
    for p, right in pairs:
        bins[min(int(p * 10), 9)].append((p, right))
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / len(pairs)


def f1_at(pairs, threshold):
    both = sum(r for p, r in pairs if p >= threshold)
    return 2 * both / max(1, sum(p >= threshold for p, _ in pairs) + sum(r for _, r in pairs))


def best_threshold(pairs):
    """The middle of the best range: its ends depend on single sentences."""
    grid = [0.05 * i for i in range(1, 20)]
    scores = [f1_at(pairs, t) for t in grid]
    near = [t for t, s in zip(grid, scores) if s >= max(scores) - 0.005]
    return near[len(near) // 2]


def main():
    answers = [json.loads(line) for path in sys.argv[1:] for line in open(path, encoding="utf-8")]
    grid = [0.5 + 0.05 * i for i in range(91)]
    best = min(grid, key=lambda t: loss(answers, t))
    after = [(score(a, best), a["right"]) for a in answers]
    before = [(score(a, 1.0), a["right"]) for a in answers]
    print(f"temperature {best:.2f}: calibration error {ece(before):.4f} -> {ece(after):.4f}, {len(answers)} answers")
    by_stance = collections.defaultdict(list)
    for a, pair in zip(answers, after):
        by_stance[a["stance"]].append(pair)
    for stance, pairs in by_stance.items():
        if not any(right for _, right in pairs):
            print(f"{stance}: nobody takes it in these answers; its thresholds stay as they are")
            continue
        threshold = best_threshold(pairs)
        claimed = sorted(p for p, right in pairs if right)
        floor = min(threshold, claimed[int((1 - FLOOR_RECALL) * len(claimed))])
        print(f"{stance}: threshold {threshold:.2f} floor {max(0.05, floor):.2f}  F1 {f1_at(pairs, threshold):.4f} ({len(claimed)} claims)")
    # For stances that are taken: possible second holders besides the most probable one.
    others, sources = [], []
    for roles in (a["roles"] for a in answers if a["right"] and a["roles"]):
        ranked = sorted(roles, key=lambda r: -r["holder"])
        if ranked[0]["actor"] == NARRATOR:
            continue
        ranked = [r for r in ranked if r["actor"] != NARRATOR]
        others += [(warmed(r["holder"], best), r["holds"]) for r in ranked[1:]]
        reporters = [r for r in ranked[1:] if r["may_report"]]
        first = max(reporters, key=lambda r: r["source"], default={"source": 0, "reports": False})
        sources.append((warmed(first["source"], best), first["reports"]))
    for name, pairs in (("second_holder", others), ("source", sources)):
        if not pairs:
            continue
        threshold = best_threshold(pairs)
        print(f"{name}: {threshold:.2f}  F1 {f1_at(pairs, threshold):.4f} ({sum(r for _, r in pairs)})")


if __name__ == "__main__":
    main()
