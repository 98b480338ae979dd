"""The figures of seqeval, nervaluate and scikit-learn for labels: `python figures.py GOLD PRED >
figures.json`.

`pip install seqeval==1.2.2 nervaluate==1.2.1 scikit-learn==1.9.1`. GOLD and PRED: JSON Lines of
gold lines, or folders of them; PRED may also be a sentences.jsonl. `tests/suite/evaluate.rs`
compares `demarche evaluate` with the figures in `tests/reference`; the predictions there were
written by `python figures.py --perturb GOLD > predicted.jsonl`.
"""

import collections
import json
import pathlib
import random
import sys
import warnings

import nervaluate
from seqeval import metrics as seqeval
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score
from sklearn.preprocessing import MultiLabelBinarizer

LABELS = ["PER", "ORG", "LOC", "MISC"]


def read(path):
    path = pathlib.Path(path)
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    rows = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    docs = collections.defaultdict(list)
    for row in rows:
        row.setdefault("field", "text")
        row["claims"] = [c for c in row["claims"] if c.get("status") != "uncertain"]
        if not row.get("boilerplate"):
            docs[row.get("doc", row.get("doc_id"))].append(row)
        elif "sentence_id" not in row:
            docs[row["doc"]].append(row)
    return docs


def units(gold, pred):
    """Gold claims, paired with those of the predicted sentences that overlap the line most."""
    for doc, lines in gold.items():
        found = [[] for _ in lines]
        for row in pred.get(doc, []):
            shared = [
                (min(row["end"], g["end"]) - max(row["start"], g["start"])) * (row["field"] == g["field"]) for g in lines
            ]
            best = max(range(len(lines)), key=lambda i: (shared[i], -i))
            if shared[best] > 0:
                found[best] += row["claims"]
            elif row["claims"]:
                yield [], row["claims"]
        yield from zip((g["claims"] for g in lines), found)


def keys(claims, fields, topic=None):
    return sorted({"/".join(c[f] for f in fields) for c in claims if topic in (None, c["topic"])})


def spans(rows, field):
    found = {(e["start"], e["end"], e["label"]) for r in rows if r["field"] == field and not r.get("boilerplate") for e in r["entities"]}
    return sorted(found, key=lambda s: (s[0], s[1], LABELS.index(s[2])))


def entities(gold, pred):
    fields = [(doc, field) for doc in gold for field in ("text", "title")]
    pairs = [(spans(gold[d], f), spans(pred.get(d, []), f)) for d, f in fields]
    as_dicts = lambda side: [[{"label": l, "start": s, "end": e - 1} for s, e, l in pair[side]] for pair in pairs]
    result = nervaluate.Evaluator(as_dicts(0), as_dicts(1), tags=LABELS, loader="dict").evaluate()
    names = {"strict": "entities_strict", "exact": "entities_exact", "partial": "entities_partial", "ent_type": "entities_type"}
    score = lambda r: {"precision": r.precision, "recall": r.recall, "f1": r.f1}
    out = {
        ours: {"micro": score(result["overall"][theirs]), "by": {label: score(r[theirs]) for label, r in sorted(result["entities"].items())}}
        for theirs, ours in names.items()
    }
    size = lambda pair: max([s[1] for side in pair for s in side], default=0)
    true, guess = [tagged(p[0], size(p)) for p in pairs], [tagged(p[1], size(p)) for p in pairs]
    out["seqeval"] = {
        "precision": seqeval.precision_score(true, guess),
        "recall": seqeval.recall_score(true, guess),
        "f1": seqeval.f1_score(true, guess),
        "macro_f1": seqeval.f1_score(true, guess, average="macro"),
    }
    return out


def tagged(spans, size):
    """One tag per character, so that the result does not depend on a tokenizer."""
    tags = ["O"] * size
    for start, end, label in spans:
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tags


def claims(pairs):
    out = {}
    for name, fields in [("topic", ["topic"]), ("stance", ["topic", "stance"]), ("holder", ["topic", "stance", "holder"])]:
        gold, found = [keys(g, fields) for g, _ in pairs], [keys(p, fields) for _, p in pairs]
        binary = MultiLabelBinarizer().fit(gold + found)
        gold, found = binary.transform(gold), binary.transform(found)
        scores = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
        out[f"claims_{name}"] = {
            "micro": {key: score(gold, found, average="micro") for key, score in scores.items()},
            "macro_f1": f1_score(gold, found, average="macro"),
        }
    topics = sorted({c["topic"] for pair in pairs for side in pair for c in side})
    kappa = lambda fields, topic: cohen_kappa_score(*zip(*(("+".join(keys(g, fields, topic)), "+".join(keys(p, fields, topic))) for g, p in pairs)))
    agreement = {
        topic: {"kappa_stances": kappa(["stance"], topic), "kappa_holders": kappa(["topic", "stance", "holder"], topic)} for topic in topics
    }
    return out, agreement


def perturbed(gold, seed=7):
    """Labels with every kind of mistake."""
    rng = random.Random(seed)
    stances = {"mediation": ["supports", "rejects"], "ceasefire_credit": ["third_party", "bilateral"], "civilian_casualties": ["affirms", "denies", "attack_toll"]}
    holders = ["India", "Pakistan", "United States", "other", "narrator"]
    for rows in gold.values():
        for row in rows:
            kept = []
            for entity in row["entities"]:
                dice = rng.random()
                if dice < 0.08:
                    continue
                if dice < 0.16:
                    entity["label"] = rng.choice(LABELS)
                elif dice < 0.24 and entity["end"] - entity["start"] > 3:
                    entity["start"] += 2
                elif dice < 0.28 and entity["end"] - entity["start"] > 5:
                    middle = (entity["start"] + entity["end"]) // 2
                    kept.append({**entity, "start": middle})
                    entity["end"] = middle
                kept.append(entity)
            row["entities"] = [{k: e[k] for k in ("start", "end", "label")} for e in kept]
            claims = [c for c in row["claims"] if rng.random() > 0.15]
            for claim in claims:
                if rng.random() < 0.15:
                    claim["stance"] = rng.choice(stances[claim["topic"]])
                if rng.random() < 0.15:
                    claim["holder"] = rng.choice(holders)
            if rng.random() < 0.05 and not row["boilerplate"]:
                topic = rng.choice(sorted(stances))
                claims.append({"topic": topic, "stance": rng.choice(stances[topic]), "holder": rng.choice(holders)})
            row["claims"] = claims
            row.pop("text")
            print(json.dumps(row, ensure_ascii=False))


def main():
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--perturb":
        return perturbed(read(sys.argv[2]))
    gold, pred = read(sys.argv[1]), read(sys.argv[2])
    scores, agreement = claims(list(units(gold, pred)))
    json.dump({"scores": {**entities(gold, pred), **scores}, "agreement": agreement}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
