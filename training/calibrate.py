"""Fits the calibration of claims' scores, and thresholds: `python calibrate.py ANSWERS[=WEIGHT]...`.

ANSWERS: output of `cargo xtask answers`; WEIGHT: how much its answers count (1 if left out). Prints
`calibration` for `models.toml`: slope and intercept of a logistic regression on the score's log odds
(Platt 1999), with the expected calibration error before and after; the threshold of each stance for
`topics.toml`; and those of `attribution.toml` for a second holder and for a source. The figures after
"crosswise" are those of parts of the documents of the first ANSWERS that did not choose them.
"""

import collections
import json
import math
import sys

import numpy as np

NARRATOR = "narrator"
FOLDS = 6
# Answers below this score are never claims.
LEAST = 0.05
GRID = [0.05 * i for i in range(3, 19)]


class Answer:
    """What the program makes of an answer: a claim of the most probable holder."""

    def __init__(self, row, weight):
        self.document, self.stance, self.weight = row["document"], row["stance"], weight
        self.taken = row["right"]
        self.roles = row["roles"]
        best = max(self.roles, key=lambda role: role["holder"])
        self.raw = math.sqrt(row["probabilities"]["entailment"] * best["holder"])
        self.held = self.taken and best["holds"]


def odds(score):
    score = np.clip(score, 1e-4, 1 - 1e-4)
    return np.log(score / (1 - score))


def platt(answers):
    """Slope and intercept by Newton's method, with a weak pull towards the score as it is."""
    x = np.stack([odds(np.array([a.raw for a in answers])), np.ones(len(answers))], 1)
    y = np.array([float(a.held) for a in answers])
    w = np.array([a.weight for a in answers])
    theta, start = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ theta))
        gradient = x.T @ (w * (p - y)) + (theta - start)
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta = theta - step
        if abs(step).max() < 1e-6:
            break
    return theta


def calibrated(theta, answers):
    return 1 / (1 + np.exp(-(theta[0] * odds(np.array([a.raw for a in answers])) + theta[1])))


def error(scores, answers, least=0.2):
    """Expected calibration error in ten bins, of the claims from the floor on."""
    bins = collections.defaultdict(list)
    for p, a in zip(scores, answers):
        if p >= least:
            bins[min(int(p * 10), 9)].append((p, a.held))
    count = sum(map(len, bins.values()))
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / max(1, count)


def counts(scored, threshold):
    """Right claims with and without holder, claims, taken stances, by weight."""
    found = [a for p, a in scored if p >= threshold]
    return sum(a.weight * a.held for a in found), sum(a.weight * a.taken for a in found), sum(a.weight for a in found)


def f1(right, found, gold):
    return 2 * right / max(1e-9, found + gold)


def best(value, slack):
    """The middle of the range of thresholds with about the greatest value: its ends depend on single sentences."""
    values = [value(t) for t in GRID]
    near = [t for t, v in zip(GRID, values) if v >= max(values) - slack]
    return near[len(near) // 2]


def thresholds(scored):
    """The threshold of each stance."""
    by_stance = collections.defaultdict(list)
    for p, a in scored:
        by_stance[a.stance].append((p, a))
    chosen = {}
    for stance, own in sorted(by_stance.items()):
        gold = sum(a.weight for _, a in own if a.taken)
        if not gold:
            continue

        def value(t):
            held, taken, found = counts(own, t)
            return f1(held, found, gold) + f1(taken, found, gold)

        chosen[stance] = round(best(value, 0.01), 2)
    return chosen


def best_threshold(pairs):
    gold = sum(right for _, right in pairs)
    value = lambda t: f1(sum(r for p, r in pairs if p >= t), sum(p >= t for p, _ in pairs), gold)
    threshold = best(value, 0.005)
    return threshold, value(threshold)


def totals(scored, chosen):
    """F1 of topic and stance, and with holder, at the chosen thresholds."""
    found = [a for p, a in scored if p >= chosen.get(a.stance, 0.5)]
    gold = sum(a.taken for _, a in scored)
    return tuple(f1(right, len(found), gold) for right in (sum(a.taken for a in found), sum(a.held for a in found)))


def crosswise(first, others):
    """The first answers, each scored and decided by what the other documents and `others` chose."""
    documents = sorted({a.document for a in first})
    scored, decided = [], []
    for fold in range(FOLDS):
        held_out = set(documents[fold::FOLDS])
        rest = [a for a in first if a.document not in held_out] + others
        own = [a for a in first if a.document in held_out]
        theta = platt([a for a in rest if a.raw >= LEAST])
        chosen = thresholds(list(zip(calibrated(theta, rest), rest)))
        scores = calibrated(theta, own)
        scored += list(zip(scores, own))
        # A claim counts if its score reaches its threshold: shift it, so that 0.5 is the threshold of all.
        decided += [(0.5 + p - chosen.get(a.stance, 0.5), a) for p, a in zip(scores, own)]
    return scored, decided


def main():
    sets = []
    for argument in sys.argv[1:]:
        path, _, weight = argument.partition("=")
        with open(path, encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        sets.append([Answer(row, float(weight or 1)) for row in rows if row["roles"]])
    every = [a for own in sets for a in own]
    theta = platt([a for a in every if a.raw >= LEAST])
    print(f"calibration = {{ slope = {theta[0]:.3f}, intercept = {theta[1]:.3f} }}")
    scored, decided = crosswise(sets[0], [a for own in sets[1:] for a in own])
    before = error([a.raw for a in sets[0]], sets[0])
    after = error([p for p, _ in scored], [a for _, a in scored])
    print(f"calibration error of the first: {before:.3f} before, {after:.3f} crosswise")
    chosen = thresholds(list(zip(calibrated(theta, every), every)))
    for stance, threshold in chosen.items():
        print(f"{stance}: threshold {threshold:.2f}")
    for number, own in enumerate(sets):
        print("set", number, "F1 {:.3f}, with holder {:.3f}".format(*totals(list(zip(calibrated(theta, own), own)), chosen)))
    print("first, crosswise: F1 {:.3f}, with holder {:.3f}".format(*totals(decided, {})))
    # For stances that are taken: possible second holders besides the most probable one, and sources.
    others, sources = [], []
    for roles in (a.roles for a in every if a.taken):
        ranked = sorted(roles, key=lambda role: -role["holder"])
        if ranked[0]["actor"] == NARRATOR:
            continue
        ranked = [role for role in ranked if role["actor"] != NARRATOR]
        others += [(role["holder"], role["holds"]) for role in ranked[1:]]
        reporters = [role for role in ranked[1:] if role["may_report"]]
        first = max(reporters, key=lambda role: role["source"], default={"source": 0, "reports": False})
        sources.append((first["source"], first["reports"]))
    for name, pairs in (("second_holder", others), ("source", sources)):
        if pairs:
            print("{}: {:.2f}  F1 {:.3f} ({})".format(name, *best_threshold(pairs), sum(right for _, right in pairs)))


if __name__ == "__main__":
    main()
