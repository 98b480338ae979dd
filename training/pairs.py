"""NLI pairs from labelled claims: `python pairs.py PREMISES PART OUT [--seed N]`.

PREMISES: what `cargo run --release --example premises` writes of `data/claims` and `data/topics`
(passages.py makes its input), so that a premise is what the program reads. PART: train, dev or
test. OUT: rows of `premise`, `hypothesis`, `label`, `source`.

A sentence entails the stances that it is labelled with, contradicts those that oppose them in the
same topic and holder, and leaves everything else open. Asked, as by the program, are: whether
anyone takes a stance; of a stance taken, which of the candidates; of a claim, who reports it.
Half of the hypotheses have another wording than the program's.
"""

import argparse
import json
import pathlib
import random

import common

DATA = pathlib.Path(__file__).parent / "data"
PHRASES = {
    "India": "India",
    "Pakistan": "Pakistan",
    "United States": "the United States",
    "other": "someone else",
    "narrator": "the article itself",
}
ANYONE = "someone"
SOURCES = ["{source} reports that {claim}.", "According to {source}, {claim}.", "It is {source} who says that {claim}."]
# Stances that can stand beside any other of their topic.
APART = {("civilian_casualties", "attack_toll")}


def topics():
    """Topic id -> stance id -> wordings, the program's first; and the part of each topic."""
    wordings = json.loads((DATA / "wordings.json").read_text())
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
        options = self.wordings[topic][stance]
        return options[0] if self.rng.random() < 0.5 else self.rng.choice(options)

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
        stances += rng.sample(elsewhere, min(len(elsewhere), 2 if claims else 3))
        for t, s in stances:
            label = self.label(claims, t, s)
            yield pair(filled(self.template(t, s), ANYONE), label, "stance")
            # Of some stances that nobody takes a candidate is asked for, that the model learns to say no.
            candidates = reading["candidates"]
            some = 1 if rng.random() < 0.3 else 0
            for holder in candidates if label == "entailment" else rng.sample(candidates, some):
                hypothesis = filled(self.template(t, s), PHRASES[holder])
                yield pair(hypothesis, self.label(claims, t, s, holder), "holder")
        # Actors without a name in the configuration get one some day: "China rejects …".
        others = sorted({text for text, actor in reading["mentions"] if actor == "other"})
        if len(others) == 1:
            for claim in claims:
                hypothesis = filled(self.template(claim["topic"], claim["stance"]), others[0])
                label = "entailment" if claim["holder"] == "other" else "neutral"
                if claim.get("source") != "other" and (label == "entailment" or rng.random() < 0.5):
                    yield pair(hypothesis, label, "named")
        for claim in claims:
            if claim["holder"] == "narrator":
                continue
            body = self.template(claim["topic"], claim["stance"]).replace("{holder}", PHRASES[claim["holder"]])
            for source in reading["candidates"]:
                label = "entailment" if claim.get("source") == source else "neutral"
                # Most claims have no source: too many noes would teach nothing else.
                if source in (claim["holder"], "narrator") or (label == "neutral" and rng.random() > 0.4):
                    continue
                template = SOURCES[0] if rng.random() < 0.6 else rng.choice(SOURCES)
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
