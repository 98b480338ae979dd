"""Fine-tunes the entity tagger with its relevance head: `python ner.py BASE DATA OUT`.

BASE: a folder written by base.py. DATA: a folder with `train.jsonl.gz` and `dev.jsonl.gz`, rows of
`tokens` and BIO `tags`; the project's own sentences (data/entities, data/claims) are added. OUT: a
transformers model folder.

The vocabulary is uncased, so the token type ids encode each word's shape (common.shape). Words are
those of the tokenizer's pre-tokenizer; the first token of a word has its label.

Each row is used unchanged and with about half of its mentions replaced by others of the same type
(Dai & Adel 2020), so that the model learns contexts rather than the names in the training data.

The first token has, besides the tags, one logit per topic: whether the sentence makes a claim on
it. The program asks the NLI model only about topics that may be relevant.
"""

import argparse
import collections
import json
import pathlib
import random
import re

import torch
from seqeval.metrics import f1_score
from transformers import AutoTokenizer, BertForTokenClassification

import common

OWN = pathlib.Path(__file__).parent / "data"
TAGS = ["O"] + [f"{p}-{t}" for t in ("PER", "ORG", "LOC", "MISC") for p in "BI"]
TOPICS = [topic["id"] for topic in common.config("topics.toml")["topic"]]
LABELS = TAGS + [f"topic:{topic}" for topic in TOPICS]
# How often the project's own sentences occur in an epoch.
REPEAT = {"entities": 3, "claims": 2}


def own(part):
    """The project's own entity sentences of a split, as rows of tokens and tags."""
    rows = []
    for path in sorted((OWN / "entities").glob("*.jsonl")):
        for row in common.read(path):
            if row["part"] == part:
                rows.append(tagged(row["text"], row["entities"]))
    return rows


def tagged(text, entities):
    tokens, tags = [], []
    for word in re.finditer(r"\w+|[^\w\s]", text):
        tag = "O"
        for e in entities:
            if e["start"] <= word.start() < e["end"]:
                tag = ("B-" if word.start() == e["start"] else "I-") + e["label"]
        tokens.append(word.group())
        tags.append(tag)
    return {"tokens": tokens, "tags": tags}


def claims(part):
    """The claims sentences of a split, with their topics."""
    for path in sorted((OWN / "claims").glob("*.jsonl")):
        for passage in common.read(path):
            if passage["part"] == part:
                for sentence in passage["sentences"]:
                    touched = {c["topic"] for c in sentence["claims"]}
                    yield sentence["text"], [float(t in touched) for t in TOPICS]


def mentions(row):
    """(start, end, type) of each entity, in tokens."""
    out = []
    for at, tag in enumerate(row["tags"]):
        if tag.startswith("B-"):
            out.append((at, at + 1, tag[2:]))
        elif tag.startswith("I-") and out and out[-1][1] == at:
            out[-1] = (out[-1][0], at + 1, out[-1][2])
    return out


def replaced(rows, rng):
    """A copy of `rows` with about half of the mentions exchanged within their type."""
    pool = collections.defaultdict(list)
    for row in rows:
        for start, end, kind in mentions(row):
            pool[kind].append(row["tokens"][start:end])
    out = []
    for row in rows:
        tokens, tags, done = [], [], 0
        for start, end, kind in mentions(row):
            name = rng.choice(pool[kind]) if rng.random() < 0.5 else row["tokens"][start:end]
            tokens += row["tokens"][done:start] + name
            tags += row["tags"][done:start] + [f"B-{kind}"] + [f"I-{kind}"] * (len(name) - 1)
            done = end
        out.append({"tokens": tokens + row["tokens"][done:], "tags": tags + row["tags"][done:]})
    return out


def encode(tok, rows):
    """Token ids, shapes and labels for each row; -100 for tokens that do not begin a word."""
    out = []
    for row in rows:
        text, starts = "", []
        for token in row["tokens"]:
            starts.append(len(text))
            text += token + " "
        owner = {}
        for index, (start, token) in enumerate(zip(starts, row["tokens"])):
            owner.update(dict.fromkeys(range(start, start + len(token)), index))
        enc = tok(text, truncation=True, max_length=192, return_offsets_mapping=True)
        shapes, labels, seen_token, word_before = [], [], None, None
        for at, (start, end) in enumerate(enc["offset_mapping"]):
            word = enc.word_ids()[at]
            if word is None:
                shapes.append(common.LOWER)
                labels.append(-100)
                continue
            span = enc.word_to_chars(word)
            shapes.append(common.shape(text[span.start : span.end]))
            if word == word_before:
                labels.append(-100)
                continue
            word_before = word
            token = owner[start]
            tag = row["tags"][token]
            # A word that the pre-tokenizer splits ("U.S.") has B- once, then I-.
            if token == seen_token and tag.startswith("B-"):
                tag = "I-" + tag[2:]
            seen_token = token
            labels.append(TAGS.index(tag))
        out.append((enc["input_ids"], shapes, labels, [-1.0] * len(TOPICS)))
    return out


def encode_topics(tok, rows):
    """The same for sentences with known topics and unknown entities."""
    out = []
    for text, touched in rows:
        enc = tok(text, truncation=True, max_length=192)
        spans = [enc.word_to_chars(w) if w is not None else None for w in enc.word_ids()]
        shapes = [common.shape(text[s.start : s.end]) if s else common.LOWER for s in spans]
        out.append((enc["input_ids"], shapes, [-100] * len(shapes), touched))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    tok = AutoTokenizer.from_pretrained(args.base)
    tok.save_pretrained(args.out)
    model = BertForTokenClassification.from_pretrained(
        args.base,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    old = model.bert.embeddings.token_type_embeddings.weight.data
    if len(old) != 4:
        wide = torch.nn.Embedding(4, old.shape[1])
        wide.weight.data.copy_(old[0].expand(4, -1))
        model.bert.embeddings.token_type_embeddings = wide
        model.config.type_vocab_size = 4
    model.config.token_types = "word_shape"

    rows = common.read(args.data / "train.jsonl.gz") + own("train") * REPEAT["entities"]
    train = encode(tok, rows + replaced(rows, random.Random(args.seed)))
    train += encode_topics(tok, claims("train")) * REPEAT["claims"]
    parts = {"dev": common.read(args.data / "dev.jsonl.gz"), "own dev": own("dev")}
    parts = {name: encode(tok, rows) for name, rows in parts.items() if rows}
    topics_dev = encode_topics(tok, claims("dev"))

    def tensors(part, rows):
        return {
            "input_ids": common.pad([part[i][0] for i in rows], 0),
            "token_type_ids": common.pad([part[i][1] for i in rows], 0),
            "attention_mask": common.pad([[1] * len(part[i][0]) for i in rows], 0),
        }

    def loss(rows):
        labels = common.pad([train[i][2] for i in rows], -100)
        touched = torch.tensor([train[i][3] for i in rows])
        logits = model(**tensors(train, rows)).logits.float()
        tags, heads = logits[..., : len(TAGS)], logits[:, 0, len(TAGS) :]
        known = touched[:, 0] >= 0
        total = 0.0
        if (labels >= 0).any():
            total = torch.nn.functional.cross_entropy(tags.transpose(1, 2), labels)
        if known.any():
            share = known.float().mean()
            total = total + share * torch.nn.functional.binary_cross_entropy_with_logits(heads[known], touched[known])
        return total

    @torch.no_grad()
    def evaluate():
        model.eval()
        scores = {}
        for name, part in parts.items():
            gold, guess = [], []
            for rows in common.batches([len(r[0]) for r in part], 8000, random.Random(0)):
                best = model(**tensors(part, rows)).logits[..., : len(TAGS)].argmax(-1).tolist()
                for i, line in zip(rows, best):
                    kept = [(g, p) for g, p in zip(part[i][2], line) if g != -100]
                    gold.append([TAGS[g] for g, _ in kept])
                    guess.append([TAGS[p] for _, p in kept])
            scores[f"span F1, {name}"] = round(float(f1_score(gold, guess)), 4)
        found = []
        for rows in common.batches([len(r[0]) for r in topics_dev], 8000, random.Random(0)):
            heads = model(**tensors(topics_dev, rows)).logits[:, 0, len(TAGS) :].sigmoid().tolist()
            found += [(p, t) for i, line in zip(rows, heads) for p, t in zip(line, topics_dev[i][3])]
        for recall in (0.95, 0.98, 0.99):
            positive = sorted((p for p, t in found if t), reverse=True)
            threshold = positive[min(len(positive) - 1, int(recall * len(positive)))]
            asked = sum(p >= threshold for p, _ in found) / len(topics_dev)
            scores[f"topics asked a sentence at recall {recall}"] = (round(asked, 3), round(threshold, 4))
        return scores

    common.train(
        model, loss, [len(r[0]) for r in train], args.out,
        epochs=args.epochs, rate=args.rate, budget=2400, seed=args.seed, evaluate=evaluate,
    )


if __name__ == "__main__":
    main()
