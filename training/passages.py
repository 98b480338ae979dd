"""Writes passages for `cargo xtask premises`: all labelled sentences, or those of news articles.

`python passages.py > passages.jsonl`, `python passages.py DATA/text/newswire.jsonl.gz >
elsewhere.jsonl`.
"""

import json
import pathlib
import re
import sys

import common

DATA = pathlib.Path(__file__).parent / "data"


def labelled():
    for path in sorted((DATA / "claims").glob("*.jsonl")):
        yield from common.read(path)
    for path in sorted((DATA / "topics").glob("*.jsonl")):
        for topic in common.read(path):
            for sentence in topic["sentences"]:
                yield {"sentences": [sentence]}


def articles(path):
    for article in common.read(path):
        texts = re.split(r"\n+|(?<=[.!?”\"]) +(?=[A-Z“\"])", article["text"])
        yield {"sentences": [{"id": f"{article['id']}-{at}", "text": text} for at, text in enumerate(texts) if text.strip()]}


for passage in articles(sys.argv[1]) if sys.argv[1:] else labelled():
    print(json.dumps(passage, ensure_ascii=False))
