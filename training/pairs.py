"""NLI pairs from labelled claims: `python pairs.py PREMISES PART OUT [--seed N]`.

PREMISES: what `cargo run --release --example premises` writes of `data/claims` and `data/topics`
(passages.py makes its input), so that a premise is what the program reads. PART: train, dev or
test. OUT: rows of `premise`, `hypothesis`, `label`, `source`.

A sentence entails the stances that it is labelled with and leaves everything else open, but for what
opposes them in the same topic: that it contradicts of the same holder, and of "someone" if nobody takes it. Asked, as by the program, are: whether
anyone takes a stance; of a stance taken, which of the candidates; of a claim, who reports it.
Half of the hypotheses, where a stance has other wordings, have one of those. What is the program's own (its
hypotheses, how it names actors, how it asks for a source) is read from `config/`.
"""

import argparse
import json
import pathlib
import random

import common

DATA = pathlib.Path(__file__).parent / "data"
ACTORS, TOPICS = common.config("actors.toml"), common.config("topics.toml")["topic"]
PHRASES = {a["name"]: a["phrase"] for a in ACTORS["actor"]} | {"narrator": ACTORS["narrator"]}
(OTHERS,) = [set(a.get("places", [])) for a in ACTORS["actor"] if a.get("catch_all")]
SOURCES = [
    common.config("attribution.toml")["source_hypothesis"],
    "According to {source}, {claim}.",
    "It is {source} who says that {claim}.",
]
# Stances that can stand beside any other of their topic.
APART = {(t["id"], s["id"]) for t in TOPICS for s in t["stance"] if s.get("beside")}


def topics():
    """Topic id -> stance id -> wordings, the program's first; and the part of each topic."""
    others = json.loads((DATA / "wordings.json").read_text())
    wordings = {t["id"]: {s["id"]: [s["hypothesis"], *others[t["id"]][s["id"]]] for s in t["stance"]} for t in TOPICS}
    parts = dict.fromkeys(wordings, None)
    for path in sorted((DATA / "topics").glob("*.jsonl")):
        for topic in common.read(path):
            wordings[topic["id"]] = {s["id"]: s["hypotheses"] for s in topic["stances"]}
            parts[topic["id"]] = topic["part"]
    return wordings, parts


def sentences(part):
    """Labelled sentences of a part, each with the topics that its labels are complete for."""
    for path in sorted((DATA / "claims").glob("*.jsonl")):
        for passage in common.read(path):
            if passage["part"] == part:
                for sentence in passage["sentences"]:
                    yield sentence, None
    for path in sorted((DATA / "topics").glob("*.jsonl")):
        for topic in common.read(path):
            if topic["part"] == part:
                for sentence in topic["sentences"]:
                    claims = [{"topic": topic["id"], **claim} for claim in sentence["claims"]]
                    yield {**sentence, "claims": claims}, topic["id"]


def filled(template, holder):
    text = template.replace("{holder}", holder)
    return text[0].upper() + text[1:]


class Asker:
    """The pairs of one sentence."""

    def __init__(self, wordings, own, rng):
        self.wordings, self.own, self.rng = wordings, own, rng

    def template(self, topic, stance):
        first, *others = self.wordings[topic][stance]
        return self.rng.choice(others) if others and self.rng.random() < 0.5 else first

    def label(self, claims, topic, stance, holder=None):
        held = [c for c in claims if c["topic"] == topic and holder in (None, c["holder"])]
        if any(c["stance"] == stance for c in held):
            return "entailment"
        opposed = [c for c in held if (topic, c["stance"]) not in APART]
        return "contradiction" if opposed and (topic, stance) not in APART else "neutral"

    def pairs(self, sentence, reading, topic):
        claims, rng = sentence["claims"], self.rng
        pair = lambda hypothesis, label, kind: {
            "premise": reading["premise"], "hypothesis": hypothesis, "label": label, "source": kind,
        }
        asked = {topic} if topic else set(reading["topics"]) | {c["topic"] for c in claims}
        stances = [(t, s) for t in sorted(asked) for s in self.wordings[t]]
        elsewhere = [(t, s) for t in self.own for s in self.wordings[t] if t not in asked]
        stances += rng.sample(elsewhere, min(len(elsewhere), 1))
        for t, s in stances:
            label = self.label(claims, t, s)
            yield pair(filled(self.template(t, s), ACTORS["anyone"]), label, "stance")
            # Of some stances that nobody takes a candidate is asked for, that the model learns to say no.
            holders = {c["holder"] for c in claims if (c["topic"], c["stance"]) == (t, s)}
            others = [c for c in reading["candidates"] if c not in holders]
            some = 2 if holders else int(rng.random() < 0.2)
            for holder in sorted(holders) + rng.sample(others, min(len(others), some)):
                hypothesis = filled(self.template(t, s), PHRASES[holder])
                yield pair(hypothesis, self.label(claims, t, s, holder), "holder")
        # Actors without a name in the configuration get one some day: "China rejects …".
        others = sorted({text for text, actor in reading["mentions"] if actor == "other"})
        if len(others) == 1 and others[0] in OTHERS and all(c.get("source") != "other" for c in claims):
            for t, s in sorted({(c["topic"], c["stance"]) for c in claims}):
                yield pair(filled(self.template(t, s), others[0]), self.label(claims, t, s, "other"), "named")
        for claim in claims:
            if claim["holder"] == "narrator":
                continue
            body = self.template(claim["topic"], claim["stance"]).replace("{holder}", PHRASES[claim["holder"]])
            for source in reading["sources"]:
                label = "entailment" if claim.get("source") == source else "neutral"
                # Most claims have no source: too many noes would teach nothing else, and the few yeses count twice.
                if source == claim["holder"] or (label == "neutral" and rng.random() > 0.4):
                    continue
                for template in rng.choices(SOURCES, [4, 1, 1], k=2 if label == "entailment" else 1):
                    hypothesis = template.replace("{source}", PHRASES[source]).replace("{claim}", body.rstrip("."))
                    yield pair(hypothesis[0].upper() + hypothesis[1:], label, "source")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("premises")
    parser.add_argument("part", choices=["train", "dev", "test"])
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    wordings, parts = topics()
    own = [t for t, part in parts.items() if part in (None, args.part)]
    asker = Asker(wordings, own, random.Random(args.seed))
    readings = {row["id"]: row for row in common.read(args.premises)}
    with open(args.out, "w", encoding="utf-8") as out:
        for sentence, topic in sentences(args.part):
            for row in asker.pairs(sentence, readings[sentence["id"]], topic):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
