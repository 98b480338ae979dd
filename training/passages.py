"""All labelled sentences as passages for the premises example: `python passages.py > passages.jsonl`."""

import json
import pathlib

import common

DATA = pathlib.Path(__file__).parent / "data"

for path in sorted((DATA / "claims").glob("*.jsonl")):
    for passage in common.read(path):
        print(json.dumps(passage, ensure_ascii=False))
for path in sorted((DATA / "topics").glob("*.jsonl")):
    for topic in common.read(path):
        for sentence in topic["sentences"]:
            print(json.dumps({"sentences": [sentence]}, ensure_ascii=False))
