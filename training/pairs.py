"""NLI pairs from labelled claims: `python pairs.py PREMISES PART OUT [--seed N]`.

PREMISES: output of `cargo xtask premises` for `data/claims` and `data/topics` (passages.py writes
its input), so that premises are those of the program. PART: train, dev or test; or `elsewhere`, for
premises of news articles: sentences about other countries only make no claim on the program's
topics. OUT: rows of `premise`, `hypothesis`, `label`, `source`, `actors`, `holders`, `sources`.

A sentence entails the stances that it is labelled with. It contradicts stances of the same topic
that oppose these, unless someone takes them, and is neutral to everything else. As in the program,
the hypothesis is that anyone takes the stance; `actors` follow the hypothesis, and `holders` and
`sources` say for each actor whether the stance is theirs and whether they report it. Half of the
hypotheses have another wording, if the stance has one. The program's own hypotheses and names of
actors are read from `config/`.
"""

import argparse
import json
import pathlib
import random
import re

import common

DATA = pathlib.Path(__file__).parent / "data"
ACTORS, TOPICS = common.config("actors.toml"), common.config("topics.toml")["topic"]
(CATCH_ALL,) = [a for a in ACTORS["actor"] if a.get("catch_all")]
OTHERS = set(CATCH_ALL["places"])
NARRATOR = "narrator"
OWN = {t["id"] for t in TOPICS}
# Stances that do not oppose the others of their topic.
APART = {(t["id"], s["id"]) for t in TOPICS for s in t["stance"] if s.get("beside")}


def topics():
    """Topic id -> stance id -> wordings, the program's first; and the split of each topic."""
    others = json.loads((DATA / "wordings.json").read_text())
    wordings = {t["id"]: {s["id"]: [s["hypothesis"], *others[t["id"]][s["id"]]] for s in t["stance"]} for t in TOPICS}
    parts = dict.fromkeys(wordings, None)
    for path in sorted((DATA / "topics").glob("*.jsonl")):
        for topic in common.read(path):
            wordings[topic["id"]] = {s["id"]: s["hypotheses"] for s in topic["stances"]}
            parts[topic["id"]] = topic["part"]
    return wordings, parts


def sentences(part):
    """Labelled sentences of a split, each with the topics for which its labels are complete."""
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


def elsewhere(readings):
    """Unlabelled sentences that match a topic's words and name a country, but no actor except the
    catch-all.
    """
    for row in readings:
        named = {actor for _, actor in row["mentions"]} == {CATCH_ALL["name"]}
        place = any(text in OTHERS for text, _ in row["mentions"])
        if row["topics"] and named and place and not re.search("India|Pakistan|Kashmir", row["premise"]):
            yield {"id": row["id"], "claims": []}, None


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

    def label(self, claims, topic, stance):
        of_topic = [c for c in claims if c["topic"] == topic]
        if any(c["stance"] == stance for c in of_topic):
            return "entailment"
        opposed = [c for c in of_topic if (topic, c["stance"]) not in APART]
        return "contradiction" if opposed and (topic, stance) not in APART else "neutral"

    def actors(self, claims, reading):
        """The candidates' names, and the name among them for an actor that is not in the table."""
        rng, kept = self.rng, {c.get(role) for c in claims for role in ("holder", "source")}
        kept |= {CATCH_ALL["name"], NARRATOR}
        names = [name for name in reading["candidates"] if name in kept or rng.random() > 0.1]
        # An analyst may add actors that now belong to the catch-all: then "China" is a candidate.
        others = sorted({text for text, actor in reading["mentions"] if actor == CATCH_ALL["name"]})
        named = CATCH_ALL["name"]
        if len(others) == 1 and others[0] in OTHERS and rng.random() < 0.5:
            named = others[0]
            names.insert(rng.randrange(len(names)), named)
        if rng.random() < 0.3:
            rng.shuffle(names)
        return names, named

    def pairs(self, sentence, reading, topic):
        claims, rng = sentence["claims"], self.rng
        asked = {topic} if topic else set(reading["topics"]) | {c["topic"] for c in claims}
        stances = [(t, s) for t in sorted(asked) for s in self.wordings[t]]
        unasked = [(t, s) for t in self.own for s in self.wordings[t] if t not in asked]
        # Sentences on one of many topics are good negative examples for the others.
        more = 3 if topic else int(rng.random() < 0.5)
        stances += rng.sample(unasked, min(len(unasked), more))
        for t, s in stances:
            names, named = self.actors(claims, reading)
            taken = [c for c in claims if (c["topic"], c["stance"]) == (t, s)]
            having = lambda role: {named if c.get(role) == CATCH_ALL["name"] else c.get(role) for c in taken}
            yield {
                "premise": reading["premise"],
                "hypothesis": filled(self.template(t, s), ACTORS["anyone"]),
                "label": self.label(claims, t, s),
                "source": "own" if t in OWN else "topics",
                "actors": names,
                "holders": [int(name in having("holder")) for name in names],
                "sources": [int(name in having("source")) for name in names],
            }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("premises")
    parser.add_argument("part", choices=["train", "dev", "test", "elsewhere"])
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    wordings, parts = topics()
    own = [t for t, part in parts.items() if part in (None, args.part)]
    asker = Asker(wordings, own, random.Random(args.seed))
    readings = {row["id"]: row for row in common.read(args.premises)}
    with open(args.out, "w", encoding="utf-8") as out:
        labelled = elsewhere(readings.values()) if args.part == "elsewhere" else sentences(args.part)
        for sentence, topic in labelled:
            for row in asker.pairs(sentence, readings[sentence["id"]], topic):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
