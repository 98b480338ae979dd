"""Labelled sentences as examples for the topic model: one for each (sentence, topic) that is asked about."""

import dataclasses
import random

import common
import labelled
from labelled import ACTORS, APART, CATCH_ALL, NARRATOR, OTHERS, OWN
from topic_model import BEFORE, SENTENCE

MOST_PASSAGE, MOST_SENTENCE, MOST_LABEL = 160, 112, 48


@dataclasses.dataclass
class Example:
    """Token ids and types of a passage, ids of hypotheses and actors, and what is to be learnt.

    `pointers`: for each stance the places (holder, source, evidence's first and last token) among the
    passage's tokens, None where unknown; empty if nothing is known.
    """

    ids: tuple
    types: tuple
    stances: list
    actors: list = dataclasses.field(default_factory=list)
    labels: list = dataclasses.field(default_factory=list)
    holders: list = dataclasses.field(default_factory=list)
    sources: list = dataclasses.field(default_factory=list)
    pointers: list = dataclasses.field(default_factory=list)
    weight: float = 1.0
    about: object = None

    @property
    def length(self):
        return len(self.ids) + sum(map(len, self.stances)) + sum(map(len, self.actors))


def filled(hypothesis):
    """The hypothesis that someone takes the stance, as the program asks it."""
    text = hypothesis.replace("{holder}", ACTORS["anyone"])
    return text[0].upper() + text[1:]


class Tokens:
    """The tokenizer, with a memory for hypotheses and names."""

    def __init__(self, tokenizer):
        self.tokenizer, self.known = tokenizer, {}
        self.pad = tokenizer.pad_token_id

    def label(self, text):
        if text not in self.known:
            ids = self.tokenizer(text, add_special_tokens=False)["input_ids"][: MOST_LABEL - 1]
            self.known[text] = (self.tokenizer.sep_token_id, *ids)
        return self.known[text]

    def offsets(self, text):
        coded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return coded["input_ids"], coded["offset_mapping"]

    def passage(self, before, sentence):
        """Ids, types, and for both parts the characters of each kept token with its place."""
        ids, spans = self.offsets(sentence)
        ids, spans = ids[:MOST_SENTENCE], spans[:MOST_SENTENCE]
        first, first_spans = self.offsets(f"{before} »") if before else ([], [])
        cut = max(0, len(first) - (MOST_PASSAGE - 2 - len(ids)))
        first, first_spans = first[cut:], first_spans[cut:]
        all_ids = (self.tokenizer.cls_token_id, *first, *ids, self.tokenizer.sep_token_id)
        types = (BEFORE,) * (1 + len(first)) + (SENTENCE,) * (len(ids) + 1)
        places = [(s, e, 1 + at) for at, (s, e) in enumerate(first_spans)]
        own = [(s, e, 1 + len(first) + at) for at, (s, e) in enumerate(spans)]
        return all_ids, types, places, own


class Passage:
    """A sentence as the program reads it (`cargo xtask premises`), tokenized."""

    def __init__(self, row, tokens):
        self.row = row
        self.ids, self.types, self.before, self.sentence = tokens.passage(row["before"], row["sentence"])
        text = row["text"].encode()
        # Places of inserted names, in characters.
        self.inserted = [(len(text[:at].decode()), size) for at, size in row["inserted"]]

    def moved(self, at, end):
        """Where a character of the sentence stands once names are inserted."""
        return at + sum(size for place, size in self.inserted if place < at or (place == at and not end))

    def token(self, spans, start, end, last=False):
        """The first (or last) token that overlaps the characters `start..end`."""
        found = [place for s, e, place in spans if s < end and e > start and e > s]
        return (found[-1] if last else found[0]) if found else None

    def span(self, raw, span):
        """Places of the first and last token of a span of the sentence as labelled."""
        start, end = span
        if self.row["text"] != raw:
            start = self.row["text"].find(raw[start:end])
            end = start + span[1] - span[0]
            if start < 0:
                return None, None
        start, end = self.moved(start, False), self.moved(end, True)
        return self.token(self.sentence, start, end), self.token(self.sentence, start, end, True)

    def name(self, raw, claim, role):
        """The place where the name of a claim's holder or source begins."""
        if claim.get(f"{role}_span"):
            return self.span(raw, claim[f"{role}_span"])[0]
        name = claim.get(f"{role}_name")
        if not name:
            return None
        at = self.row["before"].rfind(name)
        return self.token(self.before, at, at + len(name)) if at >= 0 else None


class Maker:
    """Makes examples; wordings, order and choice of labels are random."""

    def __init__(self, premises, tokenizer, seed):
        self.tokens, self.rng = Tokens(tokenizer), random.Random(seed)
        self.rows = {row["id"]: row for row in common.read(premises)} if premises else {}
        self.passages = {}
        self.wordings = labelled.wordings()
        self.own = [t for t in self.wordings if t in OWN]

    def passage(self, sentence):
        key = sentence["id"]
        if key not in self.passages:
            self.passages[key] = Passage(self.rows[key], self.tokens)
        return self.passages[key]

    def actors(self, claims, row, vary):
        if not vary:
            return row["candidates"], CATCH_ALL
        rng, kept = self.rng, {c.get(role) for c in claims for role in ("holder", "source")}
        kept |= {CATCH_ALL, NARRATOR}
        names = [name for name in row["candidates"] if name in kept or rng.random() > 0.1]
        # An analyst may add actors that now belong to the catch-all: then "China" is a candidate.
        others = sorted({text for text, actor in row["mentions"] if actor == CATCH_ALL})
        named = CATCH_ALL
        if len(others) == 1 and others[0] in OTHERS and rng.random() < 0.3:
            named = others[0]
            names.insert(rng.randrange(len(names)), named)
        if rng.random() < 0.3:
            rng.shuffle(names)
        return names, named

    def template(self, topic, stance, vary):
        first, *others = self.wordings[topic][stance]
        return self.rng.choice(others) if vary and others and self.rng.random() < 0.4 else first

    def example(self, sentence, topic, vary=True, weight=1.0):
        """The example of a sentence and a topic; `vary` for training."""
        rng, passage, claims = self.rng, self.passage(sentence), sentence["claims"] or []
        stances = list(self.wordings[topic])
        if vary:
            rng.shuffle(stances)
            if len(stances) > 1 and rng.random() < 0.1:
                stances.pop()
        names, named = self.actors(claims, passage.row, vary)
        of_topic = [c for c in claims if c["topic"] == topic]
        opposed = any((topic, c["stance"]) not in APART for c in of_topic)
        labels, holders, sources, pointers = [], [], [], []
        for stance in stances:
            taken = [c for c in of_topic if c["stance"] == stance]
            against = opposed and (topic, stance) not in APART
            labels.append("entailment" if taken else "contradiction" if against else "neutral")
            having = lambda role: {named if c.get(role) == CATCH_ALL else c.get(role) for c in taken}
            holders.append([int(name in having("holder")) for name in names])
            sources.append([int(name in having("source")) for name in names])
            one = taken[0] if len(taken) == 1 else {}
            evidence = passage.span(sentence["text"], one["evidence_span"]) if one.get("evidence_span") else (None, None)
            pointers.append([*(passage.name(sentence["text"], one, role) for role in ("holder", "source")), *evidence])
        hypotheses = [filled(self.template(topic, stance, vary)) for stance in stances]
        return Example(
            passage.ids, passage.types, [self.tokens.label(text) for text in hypotheses],
            [self.tokens.label(name) for name in names], labels, holders, sources, pointers, weight,
            about=(sentence, topic, stances, names),
        )

    def general(self, premise, hypotheses, labels, weight=1.0):
        """An example of general inference, without actors."""
        ids, types, _, _ = self.tokens.passage("", premise)
        return Example(ids, types, [self.tokens.label(text) for text in hypotheses], labels=labels, weight=weight)
