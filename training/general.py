"""Pairs of general natural language inference, mixed."""

import collections
import random

# Breaking NLI is 87% contradiction and made from one template: too many rows of it cause a bias.
CAP = {"breaking_nli": 2000}
# CB (embedded clauses under a verb of saying) is small and close to reported speech.
REPEAT = {"cb": 3}


def mixed(rows, seed):
    """Rows of `premise`, `hypothesis`, `label` and `source`, so many of each source as is good."""
    rng = random.Random(seed)
    by_source = collections.defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row)
    out = []
    for source, part in sorted(by_source.items()):
        rng.shuffle(part)
        out += part[: CAP.get(source)] * REPEAT.get(source, 1)
    return out
