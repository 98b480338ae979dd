"""A teacher's probabilities for NLI pairs: `python teach.py TEACHER FILE OUT`.

TEACHER: a model that nli.py wrote. FILE: rows of `premise`, `hypothesis`, with or without `label`. OUT: the
same rows, each with `soft`, the three probabilities in the order of nli.LABELS (Hinton et al. 2015).
"""

import gzip
import json
import random
import sys
import time

import torch
from transformers import AutoTokenizer

import common
import nli


@torch.no_grad()
def main():
    teacher, path, out = sys.argv[1:4]
    rows = nli.load(path, 7)
    tok = AutoTokenizer.from_pretrained(teacher)
    model = nli.load_model(teacher).to(torch.bfloat16).eval()
    pairs = nli.Pairs(tok, rows)
    started = time.time()
    plan = common.batches(pairs.lengths, 6000, random.Random(0))
    for done, batch in enumerate(plan):
        soft = model(**pairs.tensors(batch)).logits.float().softmax(-1).tolist()
        for i, probabilities in zip(batch, soft):
            rows[i]["soft"] = [round(p, 4) for p in probabilities]
        if done % 50 == 0:
            print(f"{done}/{len(plan)} {time.time() - started:.0f}s", flush=True)
    with gzip.open(out, "wt", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
