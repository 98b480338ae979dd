"""Writes passages for `cargo xtask premises`: all labelled sentences, or those of news articles.

`python passages.py > passages.jsonl`, `python passages.py DATA/text/newswire.jsonl.gz >
elsewhere.jsonl`.
"""

import json
import re
import sys

import common
import labelled


def articles(path):
    for article in common.read(path):
        texts = re.split(r"\n+|(?<=[.!?”\"]) +(?=[A-Z“\"])", article["text"])
        yield [{"id": f"{article['id']}-{at}", "text": text} for at, text in enumerate(texts) if text.strip()]


if sys.argv[1:]:
    found = articles(sys.argv[1])
else:
    found = (document.sentences for document in labelled.documents())
for sentences in found:
    kept = [{"id": s["id"], "text": s["text"]} for s in sentences]
    print(json.dumps({"sentences": kept}, ensure_ascii=False))
