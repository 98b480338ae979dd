"""Fine-tunes the entity tagger: `python ner.py BASE DATA OUT`.

BASE: the folder that base.py filled. DATA: a folder with `train.jsonl.gz` and `dev.jsonl.gz`,
rows of `tokens` and BIO `tags`. OUT: a transformers model folder.

The vocabulary is uncased, so the token types carry each word's shape (common.shape). A word is
what the tokenizer's own pre-tokenizer makes of the text; its first piece carries the label.

Each row is seen as it is and with about half of its mentions replaced by others of the same type
(Dai & Adel 2020), so that the model learns contexts rather than the names that it happens to see.
"""

import collections
import random

import torch
from seqeval.metrics import f1_score
from transformers import BertForTokenClassification

import common

LABELS = ["O"] + [f"{p}-{t}" for t in ("PER", "ORG", "LOC", "MISC") for p in "BI"]


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
    """Piece ids, shapes and labels for each row; -100 where a piece does not begin a word."""
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
        for piece, (start, end) in enumerate(enc["offset_mapping"]):
            word = enc.word_ids()[piece]
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
            # A token that the pre-tokenizer cuts ("U.S.") begins once and goes on.
            if token == seen_token and tag.startswith("B-"):
                tag = "I-" + tag[2:]
            seen_token = token
            labels.append(LABELS.index(tag))
        out.append((enc["input_ids"], shapes, labels))
    return out


def main():
    args, tok, model = common.start(BertForTokenClassification, LABELS, rate=2e-4)
    old = model.bert.embeddings.token_type_embeddings.weight.data
    wide = torch.nn.Embedding(4, old.shape[1])
    wide.weight.data.copy_(old[0].expand(4, -1))
    model.bert.embeddings.token_type_embeddings = wide
    model.config.type_vocab_size = 4
    model.config.token_types = "word_shape"
    tok.save_pretrained(args.out)

    rows = common.read(args.data / "train.jsonl.gz")
    train = encode(tok, rows + replaced(rows, random.Random(args.seed)))
    dev = encode(tok, common.read(args.data / "dev.jsonl.gz"))

    def tensors(part, rows):
        return {
            "input_ids": common.pad([part[i][0] for i in rows], 0),
            "token_type_ids": common.pad([part[i][1] for i in rows], 0),
            "attention_mask": common.pad([[1] * len(part[i][0]) for i in rows], 0),
        }

    def loss(rows):
        labels = common.pad([train[i][2] for i in rows], -100)
        return model(**tensors(train, rows), labels=labels).loss

    @torch.no_grad()
    def evaluate():
        gold, guess = [], []
        for rows in common.batches([len(r[0]) for r in dev], 8000, random.Random(0)):
            best = model(**tensors(dev, rows)).logits.argmax(-1).tolist()
            for i, line in zip(rows, best):
                kept = [(g, p) for g, p in zip(dev[i][2], line) if g != -100]
                gold.append([LABELS[g] for g, _ in kept])
                guess.append([LABELS[p] for _, p in kept])
        return {"span_f1": float(f1_score(gold, guess))}

    common.train(
        model, loss, [len(r[0]) for r in train], args.out,
        epochs=args.epochs, rate=args.rate, budget=2400, seed=args.seed, evaluate=evaluate,
    )


if __name__ == "__main__":
    main()
