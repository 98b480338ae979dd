"""The labelled sentences in `data/`, in one form, whatever their file has."""

import dataclasses
import json
import pathlib

import common

DATA = pathlib.Path(__file__).parent / "data"
ACTORS, TOPICS = common.config("actors.toml"), common.config("topics.toml")["topic"]
# The actor that stands for everybody else, and names of countries that belong to it.
(CATCH_ALL,) = [a["name"] for a in ACTORS["actor"] if a.get("catch_all")]
OTHERS = {place for a in ACTORS["actor"] if a.get("catch_all") for place in a["places"]}
NARRATOR = "narrator"
OWN = {t["id"] for t in TOPICS}
# Stances that do not oppose the others of their topic.
APART = {(t["id"], s["id"]) for t in TOPICS for s in t["stance"] if s.get("beside")}


@dataclasses.dataclass
class Document:
    """Sentences that are read after each other. Each has `id`, `text` and `claims` (None: not decided).

    `topic` is the further topic that the claims are on; None for those of the program.
    """

    kind: str
    part: str
    sentences: list
    topic: str | None = None


def documents():
    """All documents, those of the program's own topics first."""
    for kind in ["claims", "retold", "long", "hard", "statements", "near", "silent"]:
        for path in sorted((DATA / kind).glob("*.jsonl")):
            for row in common.read(path):
                yield Document(kind, row["part"], row["sentences"])
    for topic in topics():
        for sentences in topic["documents"]:
            yield Document("topics", topic["part"], sentences, topic["id"])


def asked(own, part):
    """Each decided sentence of a part with each topic that it is labelled for, and whether it makes a claim on it:
    (document, sentence, topic, claim).

    `own` are the program's topics.
    """
    for document in documents():
        if document.part == part:
            for sentence in document.sentences:
                if sentence["claims"] is not None:
                    taken = {c["topic"] for c in sentence["claims"]}
                    for topic in [document.topic] if document.topic else own:
                        yield document, sentence, topic, topic in taken


def topics():
    """The further topics: `id`, `part`, `stances` with their wordings, and `documents`."""
    for path in sorted((DATA / "topics").glob("*.jsonl")):
        for topic in common.read(path):
            articles = [article["sentences"] for article in topic.get("articles", [])]
            documents = articles or [[sentence] for sentence in topic["sentences"]]
            for sentence in (s for document in documents for s in document):
                if sentence["claims"] is not None:
                    sentence["claims"] = [{"topic": topic["id"], **claim} for claim in sentence["claims"]]
            yield {
                "id": topic["id"],
                "part": topic.get("part", "train"),
                "stances": {stance["id"]: stance["hypotheses"] for stance in topic["stances"]},
                "documents": documents,
            }


def wordings():
    """Topic -> stance -> wordings, those of the program first."""
    others = json.loads((DATA / "wordings.json").read_text())
    found = {t["id"]: {s["id"]: [s["hypothesis"], *others[t["id"]][s["id"]]] for s in t["stance"]} for t in TOPICS}
    return {**found, **{topic["id"]: topic["stances"] for topic in topics()}}
