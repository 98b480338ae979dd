"""Temperature and thresholds from dev answers: `python calibrate.py ANSWERS`.

ANSWERS: what `score answers dev` writes with temperature 1. Prints the temperature that makes the
answers most probable (Guo et al. 2017), the expected calibration error before and after, and for
each stance the threshold with the best F1 and the floor below which few claims are left to find.
"""

import collections
import json
import math
import sys

FLOOR_RECALL = 0.97


def cooled(p, temperature):
    powers = {k: math.exp(math.log(max(v, 1e-4)) / temperature) for k, v in p.items()}
    return powers["entailment"] / sum(powers.values())


def loss(answers, temperature):
    total = 0.0
    for a in answers:
        p = min(max(cooled(a["probabilities"], temperature), 1e-6), 1 - 1e-6)
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


def main():
    answers = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    grid = [0.5 + 0.05 * i for i in range(51)]
    best = min(grid, key=lambda t: loss(answers, t))
    after = [(cooled(a["probabilities"], best), a["right"]) for a in answers]
    before = [(a["probabilities"]["entailment"], a["right"]) for a in answers]
    print(f"temperature {best:.2f}: calibration error {ece(before):.4f} -> {ece(after):.4f}, {len(answers)} answers")
    by_stance = collections.defaultdict(list)
    for a, pair in zip(answers, after):
        by_stance[a["stance"]].append(pair)
    for stance, pairs in by_stance.items():
        if not any(right for _, right in pairs):
            print(f"{stance}: nobody takes it in these answers; its thresholds stay as they are")
            continue
        grid = [0.05 * i for i in range(3, 20)]
        scores = [f1_at(pairs, t) for t in grid]
        # The middle of the best stretch: its ends hang on single sentences.
        top = max(scores)
        near = [t for t, s in zip(grid, scores) if s >= top - 0.005]
        threshold = near[len(near) // 2]
        claimed = sorted(p for p, right in pairs if right)
        floor = min(threshold, claimed[int((1 - FLOOR_RECALL) * len(claimed))])
        print(f"{stance}: threshold {threshold:.2f} floor {max(0.05, floor):.2f}  F1 {f1_at(pairs, threshold):.4f} ({len(claimed)} claims)")


if __name__ == "__main__":
    main()
