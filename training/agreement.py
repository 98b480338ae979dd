"""Agreement of the two labellers: `python agreement.py`.

Prints Cohen's kappa (1960) per topic over the sentences of `data/claims`, where the label of a
sentence is its set of stances, or of stances with holders; span F1 between the two labellers over
`data/entities`; the share of equal label sets over `data/topics`.
"""

import collections
import pathlib

import common

DATA = pathlib.Path(__file__).parent / "data"
TOPICS = {"M": "mediation", "C": "ceasefire_credit", "V": "civilian_casualties"}


def kappa(pairs):
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first = collections.Counter(a for a, _ in pairs)
    second = collections.Counter(b for _, b in pairs)
    expected = sum(first[k] * second[k] for k in first) / len(pairs) ** 2
    return (observed - expected) / (1 - expected)


def label(codes, topic, length):
    return frozenset(code[:length] for code in codes.split() if code[0] == topic)


def main():
    sentences = []
    for path in sorted((DATA / "claims").glob("*.jsonl")):
        sentences += [s for passage in common.read(path) for s in passage["sentences"]]
    same = sum(s["a"] == s["b"] for s in sentences)
    print(f"claims: {len(sentences)} sentences, the two label sets equal in {same}")
    for letter, name in TOPICS.items():
        for length, what in ((2, "stance"), (4, "stance and holder")):
            pairs = [(label(s["a"], letter, length), label(s["b"], letter, length)) for s in sentences]
            print(f"  {name}, {what}: kappa {kappa(pairs):.3f}")
    both = total = 0
    for path in sorted((DATA / "entities").glob("*.jsonl")):
        for row in common.read(path):
            spans = lambda key: {(e["start"], e["end"], e["label"]) for e in row.get(key, row["entities"])}
            both += len(spans("a") & spans("b"))
            total += len(spans("a")) + len(spans("b"))
    print(f"entities: span F1 between the two {2 * both / total:.4f}")
    rows = [s for path in sorted((DATA / "topics").glob("*.jsonl")) for t in common.read(path) for s in t["sentences"]]
    print(f"topics: {sum(s['a'] == s['b'] for s in rows)} of {len(rows)} sentences with equal labels")


if __name__ == "__main__":
    main()
